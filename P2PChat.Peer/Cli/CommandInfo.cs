using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary>A command as help shows it, and how its arguments make a <see cref="ConsoleCommand"/>.</summary>
/// <param name="Arguments">As in a usage line; empty if there are none.</param>
/// <param name="Does">One line.</param>
/// <param name="Details">What a person may want to know beyond it.</param>
/// <param name="Example">As it would be typed.</param>
/// <param name="Lists">Whether it can answer as JSON: see <see cref="ConsoleCommand.Json"/>.</param>
public sealed record CommandInfo(
    string Name,
    string Arguments,
    string Does,
    string Details,
    string Example,
    Func<CommandInfo, string, ConsoleCommand> Read,
    bool Lists = false
)
{
    /// <summary>What takes back what was chosen.</summary>
    public const string DefaultValue = "default";

    public string Usage => Arguments.Length == 0 ? Name : $"{Name} {Arguments}";

    /// <summary>Whether its first argument is a username, for completion.</summary>
    public bool TakesName => Arguments.StartsWith("<username>", StringComparison.Ordinal);

    /// <summary>All commands, in the order in which a newcomer needs them.</summary>
    public static IReadOnlyList<CommandInfo> All { get; } =
    [
        new(
            "list",
            "",
            "who is in the directory",
            "Shows each peer, whether it is online, and what you are to each other.",
            "list --json",
            Alone(new ConsoleCommand.List()),
            Lists: true
        ),
        new(
            "connect",
            "<username>",
            "ask somebody to connect",
            "Messages flow once the other person has accepted. Whoever has asked you is accepted by it. From then on the two of you connect again by yourselves.",
            "connect echo",
            Named(name => new ConsoleCommand.Connect(name))
        ),
        new(
            "accept",
            "<username>",
            "let somebody connect who has asked",
            "From then on both of you can send.",
            "accept bob",
            Named(name => new ConsoleCommand.Accept(name))
        ),
        new(
            "reject",
            "<username>",
            "refuse somebody who has asked",
            "The other person is told.",
            "reject bob",
            Named(name => new ConsoleCommand.Reject(name))
        ),
        new(
            "send",
            "<username> <message>",
            "send a message",
            "The message is all that follows the username, spaces included. Who has been connected before gets it later if it is away.",
            "send echo hello, how are you?",
            (info, arguments) =>
                NameAndText(info, arguments, "a message", (name, text) => new ConsoleCommand.Send(name, text))
        ),
        new(
            "disconnect",
            "<username>",
            "end a connection, or take back a request",
            "The other person is told. The two of you are connected again when either connects or sends.",
            "disconnect bob",
            Named(name => new ConsoleCommand.Disconnect(name))
        ),
        new(
            "history",
            "<username> [n]",
            "the latest messages with somebody",
            "Shows up to 50, or n, at most 1000; oldest first, with their time.",
            "history bob 10",
            HistoryCommands.ReadHistory,
            Lists: true
        ),
        new(
            "search",
            "<words>",
            "messages in which all the words occur",
            "Shows up to 20 messages, newest first, with the contact and the id. The last word may be incomplete; accents are ignored.",
            "search train ticket",
            HistoryCommands.ReadSearch,
            Lists: true
        ),
        new(
            "export",
            "<username> <file>",
            "write all messages with somebody to a new file",
            "A JSON object a line, oldest first. The file is for your eyes only; one that is there already is not touched.",
            "export bob bob.jsonl",
            HistoryCommands.ReadExport
        ),
        new(
            "delete",
            "<username> <id|all>",
            "delete a message, or all, on this side only",
            "'search' shows the ids. At a prompt you are asked before all are deleted; in a script use 'delete --force <username> all'. The other side keeps its copies, and queued messages are still sent.",
            "delete bob all",
            HistoryCommands.ReadDelete
        ),
        new(
            "contacts",
            "",
            "whom you know, and what you have noted of them",
            "Shows nicknames, whose safety number you have compared, and who is blocked.",
            "contacts --json",
            Alone(new ConsoleCommand.Contacts()),
            Lists: true
        ),
        new(
            "nickname",
            "<username> <name|->",
            "call somebody by another name, for yourself",
            "Only you see it, in 'contacts'. A '-' takes it away.",
            "nickname bob Robert from work",
            (info, arguments) =>
                NameAndText(info, arguments, "a nickname", (name, text) =>
                    new ConsoleCommand.Nickname(name, text == "-" ? null : text)
                )
        ),
        new(
            "block",
            "<username>",
            "let somebody in no more, and hear nothing",
            "A connection ends. They see what a stranger sees whom nobody answers, and are not told.",
            "block bob",
            Named(name => new ConsoleCommand.Block(name))
        ),
        new(
            "unblock",
            "<username>",
            "take a block back",
            "They can ask to connect again.",
            "unblock bob",
            Named(name => new ConsoleCommand.Unblock(name))
        ),
        new(
            "safety",
            "<username>",
            "the number to compare with somebody",
            "To be sure of them: compare it by telephone or side by side: if both of you see the same, nobody is between you. The QR code holds the same.",
            "safety bob",
            Named(name => new ConsoleCommand.Safety(name)),
            Lists: true
        ),
        new(
            "verify",
            "<username> <digits>",
            "compare the number that somebody gives you",
            "All 60 digits, with or without spaces. If they are the same the contact is marked, until its key changes.",
            "verify bob 12345 67890 ... (all twelve groups of five)",
            (info, arguments) =>
                NameAndText(info, arguments, "the digits", (name, text) => new ConsoleCommand.Verify(name, text))
        ),
        new(
            "trust",
            "<username> [key]",
            "accept a contact's new key, after a warning",
            "Accepts exactly the key that the warning showed; name it if there were several. Ask them first, for instance by telephone. Then 'connect' again.",
            "trust bob K7QX2MA",
            ReadTrust
        ),
        new(
            "settings",
            "",
            "what you have chosen, and could",
            "Shows who may connect, and what others are told of you. What is not marked as yours is as the peer was started.",
            "settings --json",
            Alone(new ConsoleCommand.Settings()),
            Lists: true
        ),
        new(
            "set",
            "<setting> <value>",
            "choose a setting",
            "It holds at once, and stays when the peer is started again. 'default' has it as the peer was started.",
            "set read-receipts off",
            ReadSet
        ),
        new(
            "backup",
            "<file>",
            "write your key, contacts and messages to a file",
            "You are asked for a passphrase; a script gives it on the next line, or in a file: 'backup --passphrase-file <path> <file>'. '--force' before the file replaces one that is there. 'P2PChat.Peer restore' makes a peer of it again.",
            "backup /media/stick/peer.backup",
            ReadBackup
        ),
        new(
            "requests",
            "",
            "who has asked to connect, and waits",
            "Answer with 'accept' or 'reject'.",
            "requests --json",
            Alone(new ConsoleCommand.Requests()),
            Lists: true
        ),
        new(
            "status",
            "",
            "how this peer is",
            "Shows your name and id, the address that others dial, and how it stands with the directory.",
            "status --json",
            Alone(new ConsoleCommand.Status()),
            Lists: true
        ),
        new(
            "web",
            "",
            "a link to this peer's web page",
            "Open it within a minute; it signs one browser in, once.",
            "web",
            Alone(new ConsoleCommand.Web())
        ),
        new(
            "help",
            "[command]",
            "this list, or more about one command",
            "What stands in <> is yours to fill in, what stands in [] may be left out.",
            "help send",
            ReadHelp
        ),
        new(
            "exit",
            "",
            "leave",
            "The others are told, and the directory. Ctrl-C and, on an empty line, Ctrl-D do the same.",
            "exit",
            Alone(new ConsoleCommand.Leave())
        ),
    ];

    public static CommandInfo? Find(string name) =>
        All.FirstOrDefault(command => command.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static Func<CommandInfo, string, ConsoleCommand> Alone(ConsoleCommand command) =>
        (info, arguments) => arguments.Length == 0 ? command : info.Refuse($"'{info.Name}' takes nothing after it");

    private static Func<CommandInfo, string, ConsoleCommand> Named(Func<Username, ConsoleCommand> make) =>
        (info, arguments) =>
        {
            if (arguments.Length == 0)
            {
                return info.Refuse($"'{info.Name}' needs a username");
            }

            if (CommandParser.SplitFirst(arguments).Tail.Length > 0)
            {
                return info.Refuse($"'{info.Name}' takes one username");
            }

            return Username.TryParse(arguments, out var name) ? make(name) : NotAName(arguments);
        };

    private static ConsoleCommand NameAndText(
        CommandInfo info,
        string arguments,
        string what,
        Func<Username, string, ConsoleCommand> make
    )
    {
        if (arguments.Length == 0)
        {
            return info.Refuse($"'{info.Name}' needs a username and {what}");
        }

        var (first, text) = CommandParser.SplitFirst(arguments);
        if (!Username.TryParse(first, out var name))
        {
            return NotAName(first);
        }

        return text.Length == 0 ? info.Refuse($"'{info.Name}' needs {what} after the username") : make(name, text);
    }

    private static ConsoleCommand ReadTrust(CommandInfo info, string arguments)
    {
        var (first, key) = CommandParser.SplitFirst(arguments);
        if (first.Length == 0)
        {
            return info.Refuse("'trust' needs a username");
        }

        if (!Username.TryParse(first, out var name))
        {
            return NotAName(first);
        }

        return key.Contains(' ', StringComparison.Ordinal)
            ? info.Refuse("'trust' takes a username and one key")
            : new ConsoleCommand.Trust(name, key.Length == 0 ? null : key);
    }

    private static ConsoleCommand ReadSet(CommandInfo info, string arguments)
    {
        var (name, rest) = CommandParser.SplitFirst(arguments);
        var (value, more) = CommandParser.SplitFirst(rest);
        if (value.Length == 0 || more.Length > 0)
        {
            return info.Refuse("'set' needs a setting and one value; 'settings' shows them");
        }

        return new ConsoleCommand.Choose(
            name,
            value.Equals(DefaultValue, StringComparison.OrdinalIgnoreCase) ? null : value
        );
    }

    private static ConsoleCommand ReadBackup(CommandInfo info, string arguments)
    {
        var (force, passphraseFile) = (false, (string?)null);
        while (arguments.StartsWith("--", StringComparison.Ordinal))
        {
            (var option, arguments) = CommandParser.SplitFirst(arguments);
            switch (option)
            {
                case "--force":
                    force = true;
                    break;
                case "--passphrase-file":
                    (passphraseFile, arguments) = CommandParser.SplitFirst(arguments);
                    break;
                default:
                    return info.Refuse($"'{option}' is not an option of 'backup'");
            }
        }

        return arguments.Length == 0
            ? info.Refuse("'backup' needs a file to write to")
            : new ConsoleCommand.Backup(arguments, force, passphraseFile);
    }

    private static ConsoleCommand ReadHelp(CommandInfo info, string arguments)
    {
        if (arguments.Length == 0)
        {
            return new ConsoleCommand.Help(null);
        }

        return Find(arguments) is { } topic ? new ConsoleCommand.Help(topic) : CommandParser.Unknown(arguments);
    }

    internal ConsoleCommand.Invalid Refuse(string why) => new($"{why}: {Usage}");

    internal static ConsoleCommand.Invalid NotAName(string text) => new($"'{text}' is not a username. {Username.Rule}");
}
