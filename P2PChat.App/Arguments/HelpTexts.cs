namespace P2PChat.App.Arguments;

/// <summary>Texts of <c>p2pchat</c> and of the help of its own commands: at most 80 columns and 24 rows.</summary>
internal static class HelpTexts
{
    /// <summary>Follows a usage error of a command.</summary>
    public static string Hint(string command) => $"Run 'p2pchat {command} --help' for usage.";

    public static string Start { get; } =
        """
            p2pchat - self-hosted peer-to-peer chat, end-to-end encrypted

            Start a chat of your own:
              p2pchat up alice         starts your peer and a directory on this computer,
                                       and opens your page; 'invite' makes a link there

            Join a friend who has sent you a link:
              p2pchat join <link> bob  shows whose link it is, and asks before it connects
              p2pchat join - bob       the same, but asks for the link, or reads it from a
                                       pipe

            Everything else:
              p2pchat peer <username>  starts your peer, such as after 'join'
              p2pchat directory        runs a directory without a peer
              p2pchat ctl <username>   sends a command to a peer that runs on this computer
              p2pchat restore <file>   restores a backup
              p2pchat completion bash  prints a completion script (also for zsh and fish)
              p2pchat --version        prints the version

            Replace alice and bob with your own username. 'p2pchat <command> --help'
            explains a command.

            """;

    public static string Up { get; } =
        """
            p2pchat up <username> [port] [options]

            Starts a directory and your peer on this computer, and opens your page in the
            browser. A second 'up' opens the page of the running peer again.

              [port]           TCP port for other peers (default: chosen by the system)
              --port <port>    HTTP port of the directory (default: 5000, or the next free
                               one; kept from then on)
              --lan            let other computers on your network join, without asking
              --local-only     only this computer
              --no-browser     do not open the browser
              --data <dir>     where key, messages and directory are kept
                               (default: by platform, one per username)
              --no-console     run without a console; opens no browser either
              --api, --advertise, --web-address, --accept, --no-color
                               as for 'p2pchat peer'

            Friends can reach your directory while this program runs. 'exit' or Ctrl-C
            ends your peer, and then the directory.

            """;

    public static string Join { get; } =
        """
            p2pchat join <link> <username> [port] [options]
            p2pchat join - <username> [port] [options]

            Joins the friend who sent you the link. Shows the friend's name and key and the
            directory, asks, and then starts your peer and opens your page. Next time,
            'p2pchat peer <username>' is enough.

              <link>           the link as it was sent to you; other users of this
                               computer can see it on the command line
              -                asks for the link, or reads it from the first line of a pipe
              [port]           TCP port for other peers (default: chosen by the system)
              --yes            connect without asking
              --no-browser     do not open the browser
              --data <dir>     where key and messages are kept
                               (default: by platform, one per username)
              --no-console     run without a console; opens no browser either
              --api, --advertise, --web-address, --accept, --no-color
                               as for 'p2pchat peer'

            """;

    public static string Directory { get; } =
        """
            p2pchat directory [--urls <address>] [--Directory:<key>=<value> ...]

            Runs a directory, in which peers register and find each other.

              --urls http://*:5000     where it listens (default: http://localhost:5000)
              --Directory:JoinToken=<secret>
                                       only peers that have it can register
              --Directory:Data=<dir>   keeps everything in this directory
              --ConnectionStrings:redis=<host:port>
                                       keeps everything in Redis

            Each setting is also an environment variable, such as Directory__JoinToken,
            which other users of this computer cannot see. docs/configuration.md lists all
            settings, and docs/deploy.md describes how to run a directory for others.

            """;
}
