using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Console;

/// <summary>A command as help shows it, and how its arguments make a <see cref="ConsoleCommand"/>.</summary>
/// <param name="Arguments">As in a usage line; empty if there are none.</param>
/// <param name="Does">One line.</param>
/// <param name="Details">What a person may want to know beyond it.</param>
public sealed record CommandInfo(
    string Name, string Arguments, string Does, string Details, Func<CommandInfo, string, ConsoleCommand> Read)
{
    public string Usage => Arguments.Length == 0 ? Name : $"{Name} {Arguments}";

    /// <summary>Whether its first argument is a username, for completion.</summary>
    public bool TakesName => Arguments.StartsWith("<username>", StringComparison.Ordinal);

    /// <summary>All commands, in the order in which a newcomer needs them.</summary>
    public static IReadOnlyList<CommandInfo> All { get; } =
    [
        new("list", "", "who is in the directory",
            "Shows each peer, whether it is online, and what you are to each other.",
            Alone(new ConsoleCommand.List())),
        new("connect", "<username>", "ask somebody to connect",
            "Messages flow once the other person has accepted. Whoever has asked you is accepted by it.",
            Named(name => new ConsoleCommand.Connect(name))),
        new("accept", "<username>", "let somebody connect who has asked",
            "From then on both of you can send.",
            Named(name => new ConsoleCommand.Accept(name))),
        new("reject", "<username>", "refuse somebody who has asked",
            "The other person is told.",
            Named(name => new ConsoleCommand.Reject(name))),
        new("send", "<username> <message>", "send a message",
            "The message is all that follows the username, spaces included.",
            ReadSend),
        new("disconnect", "<username>", "end a connection, or take back a request",
            "The other person is told.",
            Named(name => new ConsoleCommand.Disconnect(name))),
        new("history", "<username>", "the latest messages with somebody",
            "Shows up to 50, oldest first, with their time.",
            Named(name => new ConsoleCommand.History(name))),
        new("trust", "<username>", "take somebody's new key, after a warning",
            "Make sure first that the new key is really theirs, by telephone for instance. Then 'connect' again.",
            Named(name => new ConsoleCommand.Trust(name))),
        new("requests", "", "who has asked to connect, and waits",
            "Answer with 'accept' or 'reject'.",
            Alone(new ConsoleCommand.Requests())),
        new("status", "", "how this peer is",
            "Shows your name and id, the address that others dial, and how it stands with the directory.",
            Alone(new ConsoleCommand.Status())),
        new("web", "", "a link to this peer's web page",
            "Open it within a minute; it signs one browser in, once.",
            Alone(new ConsoleCommand.Web())),
        new("help", "[command]", "this list, or more about one command",
            "For instance 'help send'.",
            ReadHelp),
        new("exit", "", "leave",
            "The others are told, and the directory. Ctrl-C and, on an empty line, Ctrl-D do the same.",
            Alone(new ConsoleCommand.Leave())),
    ];

    public static CommandInfo? Find(string name) =>
        All.FirstOrDefault(command => command.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static Func<CommandInfo, string, ConsoleCommand> Alone(ConsoleCommand command) =>
        (info, arguments) => arguments.Length == 0 ? command : info.Refuse($"'{info.Name}' takes nothing after it");

    private static Func<CommandInfo, string, ConsoleCommand> Named(Func<Username, ConsoleCommand> make) =>
        (info, arguments) =>
        {
            if (arguments.Length == 0)
                return info.Refuse($"'{info.Name}' needs a username");
            if (CommandParser.SplitFirst(arguments).Tail.Length > 0)
                return info.Refuse($"'{info.Name}' takes one username");
            return Username.TryParse(arguments, out var name) ? make(name) : NotAName(arguments);
        };

    private static ConsoleCommand ReadSend(CommandInfo info, string arguments)
    {
        if (arguments.Length == 0)
            return info.Refuse("'send' needs a username and a message");

        var (first, text) = CommandParser.SplitFirst(arguments);
        if (!Username.TryParse(first, out var name))
            return NotAName(first);
        return text.Length == 0
            ? info.Refuse("'send' needs a message after the username")
            : new ConsoleCommand.Send(name, text);
    }

    private static ConsoleCommand ReadHelp(CommandInfo info, string arguments)
    {
        if (arguments.Length == 0)
            return new ConsoleCommand.Help(null);
        return Find(arguments) is { } topic ? new ConsoleCommand.Help(topic) : CommandParser.Unknown(arguments);
    }

    private ConsoleCommand.Invalid Refuse(string why) => new($"{why}: {Usage}");

    private static ConsoleCommand.Invalid NotAName(string text) => new($"'{text}' is not a username. {Username.Rule}");
}
