using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary>What <c>--help</c> prints.</summary>
public static class HelpText
{
    /// <summary>Follows each usage error.</summary>
    public const string Hint = "Run 'P2PChat.Peer --help' to see how it is used.";

    public static string Full { get; } =
        $$"""
            NAME
              P2PChat.Peer - chat straight from peer to peer, encrypted from end to end

            SYNOPSIS
              P2PChat.Peer <username> [port] [options]
              P2PChat.Peer ctl <username | --data <dir>> <command>
              P2PChat.Peer restore <file> <username | --data <dir>>
                           [--passphrase-file <path>]
              P2PChat.Peer completion <bash | zsh | fish>

            DESCRIPTION
              Registers <username> in a directory, and is a peer under that name. At a
              terminal it shows a prompt; through a pipe it reads a command a line, and
              finishes each before it reads the next.

              <username>  your name in the directory: {{Username.MinLength}} to {{Username.MaxLength}} characters of a-z, 0-9, '-'
                          and '_', of which the first is a letter or a digit
              [port]      TCP port for other peers; 0, the default, lets the system choose

              ctl         has a peer that runs on this machine carry out a command, for
                          instance one without a console
              restore     makes a data directory of what 'backup' wrote, where no peer is.
                          The passphrase is asked for, or read from the first line of
                          standard input or of the file.
              completion  prints a script with which the shell completes command lines

            OPTIONS
              --discovery <url>        the directory (default http://localhost:5000)
              --data <dir>             where your key and messages are kept (default: by
                                       the platform's convention, one for each username)
              --api <port>             port of the local HTTP API, on loopback (default:
                                       the system chooses)
              --advertise <host:port>  where others reach you, if not at this machine's
                                       address and port
              --web-address <url>      where browsers reach your web page, if not at the
                                       API's port: behind a published port or a proxy
              --accept <whom>          whose requests are accepted unasked (default ask):
                                         ask       whom you know; you are asked about
                                                   everybody else
                                         contacts  whom you know; everybody else is
                                                   rejected
                                         all       everybody
                                         none      nobody
              --no-console             run without reading standard input; so does a null
                                       device there
              --no-color               show no colours at a terminal
              --ephemeral              claim the name only while you run: key and messages
                                       are in memory alone
              --help                   this text
              --version                the version

              Each option is also a configuration key, for instance Peer__Accept=all in
              the environment; the command line wins.

            COMMANDS
            {{string.Join('\n', CommandText.Help())}}

              {{JsonListings()}}
              take --json, and answer with one line of JSON, as the local API does.

            FILES
              api-address    in the data directory, while the peer runs: where its local
                             HTTP API is
              api-token      the API's bearer token
              peer.db        messages, contacts and settings, a SQLite database
              lock           held while a peer runs on the directory

            ENVIRONMENT
              NO_COLOR         if set, and not empty: as --no-color
              TERM             'dumb' has the peer write plain lines, as through a pipe
              ASPNETCORE_URLS  where the local API listens, unless --api says

            EXIT STATUS
              0  a clean end
              1  a failure
              2  a usage error

            EXAMPLES
              P2PChat.Peer dave 8004
              printf 'connect echo\nsend echo hello\n' | P2PChat.Peer dave
              P2PChat.Peer ctl alice send bob hello
              P2PChat.Peer ctl alice list --json | jq -r '.peers[].username'
              source <(P2PChat.Peer completion bash)

            """;

    private static string JsonListings() =>
        string.Join(", ", CommandInfo.All.Where(command => command.Lists).Select(command => command.Name));
}
