using P2PChat.Peer.Console;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer;

/// <summary>What <c>--help</c> prints.</summary>
public static class HelpText
{
    /// <summary>Follows each usage error.</summary>
    public const string Hint = "Run 'P2PChat.Peer --help' to see how it is used.";

    public static string Full { get; } = $$"""
        P2PChat.Peer: chat straight from peer to peer, encrypted from end to end.

        Usage:
          P2PChat.Peer <username> [port] [options]
          P2PChat.Peer ctl <username | --data <dir>> <console command>
          P2PChat.Peer restore <file> <username | --data <dir>> [--passphrase-file <path>]

          <username>  your name in the directory
          [port]      TCP port for other peers; 0, the default, lets the system choose

        Options:
          --discovery <url>        the directory (default http://localhost:5000)
          --data <dir>             where your key is kept (default: by the platform's convention, one for each username)
          --api <port>             port of the local HTTP API, on loopback (default: the system chooses)
          --advertise <host:port>  where others reach you, if not at this machine's address and port
          --accept <whom>          whose requests are accepted unasked (default ask):
                                     ask       whom you know; you are asked about everybody else
                                     contacts  whom you know; everybody else is rejected
                                     all       everybody
                                     none      nobody
          --no-console             run without reading standard input; so does a null device there
          --ephemeral              claim the name only while you run, with a key that is not kept
          --help                   this text
          --version                the version

        {{Username.Rule}}
        Each option is also a configuration key, as in Peer__Discovery=http://chat.example.org:5000 in the environment;
        the command line wins. ASPNETCORE_URLS says where the local API listens, unless --api does.

        Console commands:
        {{string.Join('\n', CommandText.Help())}}

        'ctl' has a peer that runs on this machine carry out one of them, for instance one without a console:
          P2PChat.Peer ctl alice send bob hello

        'restore' makes a data directory of what 'backup' wrote, where no peer is. The passphrase is asked for, or read from
        the first line of standard input or of the file.

        Exit codes: 0 for a clean end, 1 for a failure, 2 for a usage error.

        """;
}
