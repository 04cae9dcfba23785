using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary>The text of <c>--help</c>.</summary>
public static class HelpText
{
    private const int CommandsPerLine = 8;

    public static string For(ProgramName program)
    {
        ArgumentNullException.ThrowIfNull(program);
        var (name, peer) = program;
        return $$"""
            NAME
              {{name}} - self-hosted peer-to-peer chat, end-to-end encrypted

            SYNOPSIS
              {{peer}} <username> [port] [options]
              {{name}} ctl <username | --data <dir>> <command>
              {{name}} restore <file> <username | --data <dir>>
                  [--passphrase-file <path>]
              {{name}} completion <bash | zsh | fish>

            DESCRIPTION
              Runs a peer and registers <username> in a directory. At a terminal, the
              peer shows a prompt: 'chat bob' opens a conversation, in which you type
              messages, and commands after a '/'. Through a pipe, it reads one command
              per line, and finishes each before it reads the next.

              <username>  {{UsernameLength}} characters of a-z, 0-9, '-' and '_'; the first is a
                          letter or a digit
              [port]      TCP port for other peers; 0, the default, lets the system choose

              ctl         sends one console command to a peer that runs on this machine,
                          such as one without a console
              restore     restores a backup into a data directory without a peer. It asks
                          for the passphrase, or reads it from the first line of standard
                          input or of a file.
              completion  prints a completion script for a shell

            OPTIONS
              --discovery <url>        the directory (default: the one where this peer last
                                       registered, or else http://localhost:5000)
              --data <dir>             the data directory, which contains your key and
                                       messages (default: by platform, one per username)
              --api <port>             loopback port of the local API and the web page
                                       (default: chosen by the system)
              --advertise <host:port>  where other peers reach this one (default: this
                                       machine's address and the port in use)
              --web-address <url>      where browsers reach the web page, behind a
                                       published port or a proxy (default: the API's
                                       address)
              --accept <mode>          whose requests are accepted without asking you
                                       (default: ask):
                                         ask       your contacts; you are asked about
                                                   everyone else
                                         contacts  your contacts; everyone else is
                                                   rejected
                                         all       everyone
                                         none      no one
              --no-console             do not read standard input; the same happens if it
                                       is the null device
              --no-color               no colours
              --ephemeral              keep key and messages in memory, and claim the
                                       username only while the peer runs
              --help, -h, -?           print this help
              --version                print the version

              Each option is also a configuration key, such as Peer__Accept=all in the
              environment. The command line wins.

            COMMANDS
            {{string.Join('\n', CommandText.Help())}}

              Replace <...>; [...] is optional.

              {{CommandsWithJson()}}
              take --json, and print one line of JSON, as the local API answers.

            FILES
              In the data directory:

              identity.pem           the identity key
              peer.db                messages, contacts and settings, a SQLite database
              browser-sessions.json  the browsers that are signed in to the web page
              api-address            the address of the local API, while the peer runs
              api-token              the bearer token of the local API
              lock                   held by the peer that runs on this directory

            ENVIRONMENT
              NO_COLOR         if set and not empty, the same as --no-color
              TERM=dumb        plain lines, as through a pipe
              ASPNETCORE_URLS  where the local API listens, unless --api is given

            EXIT STATUS
              0  success
              1  failure
              2  usage error

            EXAMPLES
              {{peer}} dave 8004
              printf 'connect echo\nsend echo hello\n' | {{peer}} dave
              {{name}} ctl alice send bob hello
              {{name}} ctl alice list --json | jq -r '.peers[].username'
              source <({{name}} completion bash)

            """;
    }

    private static string UsernameLength => $"{Username.MinLength} to {Username.MaxLength}";

    private static string CommandsWithJson() =>
        string.Join(
            ",\n  ",
            CommandTable
                .All.Where(command => command.SupportsJson)
                .Select(command => command.Name)
                .Chunk(CommandsPerLine)
                .Select(names => string.Join(", ", names))
        );
}
