using P2PChat.Peer.Cli.Conversations;
using static P2PChat.Peer.Cli.CommandArguments;

namespace P2PChat.Peer.Cli;

/// <summary>The console commands.</summary>
public static class CommandTable
{
    /// <summary>All commands, in the order in which a newcomer needs them.</summary>
    public static IReadOnlyList<CommandInfo> All { get; } =
    [
        new(
            "list",
            "",
            "list the peers in the directory",
            "Shows each peer, whether it is online, and your relationship to it.",
            "list --json",
            None(new ConsoleCommand.List()),
            SupportsJson: true
        ),
        new(
            "connect",
            "<username|link>",
            "ask a peer to connect, or accept a request",
            "You can exchange messages once the other user accepts. From then on, the two of you reconnect "
                + "automatically. With an invite link you are accepted at once. You are asked before the link is used; "
                + "in a script, use 'connect <link> --yes'.",
            "connect echo",
            InviteArguments.Connect
        ),
        .. InviteArguments.Commands,
        new(
            "accept",
            "<username>",
            "accept a request to connect",
            "From then on, both of you can send messages.",
            "accept bob",
            Name(name => new ConsoleCommand.Accept(name))
        ),
        new(
            "reject",
            "<username>",
            "reject a request to connect",
            "The other user is notified.",
            "reject bob",
            Name(name => new ConsoleCommand.Reject(name))
        ),
        .. ConversationArguments.Commands,
        new(
            "send",
            "<name|#room> <message>",
            "send a message",
            "The message is everything after the username or room, spaces included. A contact who is away gets it "
                + "later.",
            "send echo hello, how are you?",
            RoomArguments.Or(
                NameAndText("a message", (name, text) => new ConsoleCommand.Send(name, text)),
                RoomArguments.Send
            )
        ),
        new(
            "disconnect",
            "<username>",
            "close a connection, or withdraw a request",
            "The other user is notified. The connection stays closed until one of you connects or sends a message.",
            "disconnect bob",
            Name(name => new ConsoleCommand.Disconnect(name))
        ),
        new(
            "history",
            "<name|#room> [n]",
            "show the latest messages",
            "Shows the latest 50 messages with a contact or in a room, or n (at most 1000), oldest first, with "
                + "their times. Those of a room then count as read.",
            "history bob 10",
            RoomArguments.Or(HistoryCommands.ReadHistory, RoomArguments.History),
            SupportsJson: true
        ),
        .. ContentArguments.Commands,
        .. FileArguments.Commands,
        .. RoomArguments.Commands,
        RevealCommand.Info,
        new(
            "search",
            "<words>",
            "search your messages",
            "Shows up to 20 messages that contain all the words, newest first, with the contact or room and the id. "
                + "The last word may be incomplete; accents are ignored.",
            "search train ticket",
            HistoryCommands.ReadSearch,
            SupportsJson: true
        ),
        new(
            "export",
            "<name|#room> <file>",
            "write all messages to a file",
            "One JSON object per line, oldest first, without disappearing messages. Only you can read the file. An "
                + "existing file is not overwritten.",
            "export bob bob.jsonl",
            HistoryCommands.ReadExport
        ),
        new(
            "delete",
            "<name|#room> <id|all>",
            "delete a message, or all, on this side only",
            "'search' shows the ids. 'all' asks first; a script uses 'delete --force <username> all'. The other user "
                + "keeps its copies, and queued messages are still sent. 'delete <#room> <n|id>' deletes one message "
                + "of a room; 1 is the newest.",
            "delete bob all",
            RoomMessageArguments.Or(HistoryCommands.ReadDelete, RoomMessageVerb.Delete)
        ),
        TimerCommand.Info,
        .. MarkCommands.Commands,
        new(
            "contacts",
            "",
            "list your contacts",
            "Shows nicknames, which contacts are verified, and which are blocked.",
            "contacts --json",
            None(new ConsoleCommand.Contacts()),
            SupportsJson: true
        ),
        new(
            "nickname",
            "<username> <name|->",
            "give a contact a private name",
            "Only you see it, in 'contacts'. '-' removes it.",
            "nickname bob Robert from work",
            NameAndText("a nickname", (name, text) => new ConsoleCommand.Nickname(name, text == "-" ? null : text))
        ),
        new(
            "block",
            "<username>",
            "block someone and ignore their requests",
            "Closes the connection. They are not told; their requests simply stay unanswered.",
            "block bob",
            Name(name => new ConsoleCommand.Block(name))
        ),
        new(
            "unblock",
            "<username>",
            "unblock someone",
            "They can ask to connect again.",
            "unblock bob",
            Name(name => new ConsoleCommand.Unblock(name))
        ),
        new(
            "safety",
            "<username>",
            "show the safety number to compare",
            "Compare it in person or by phone. If both of you see the same number, nobody is intercepting your "
                + "messages. The QR code contains the same number.",
            "safety bob",
            Name(name => new ConsoleCommand.Safety(name)),
            SupportsJson: true
        ),
        new(
            "verify",
            "<username> <digits>",
            "check a contact's safety number",
            "Give all 60 digits, with or without spaces. If they match, the contact is marked as verified until its "
                + "key changes.",
            "verify bob 12345 67890 ... (all twelve groups of five)",
            NameAndText("the digits", (name, text) => new ConsoleCommand.Verify(name, text))
        ),
        new(
            "trust",
            "<username> [key]",
            "accept a contact's new key after a warning",
            "Accepts exactly the key that the warning showed; name it if there were several. Ask your contact first, "
                + "for instance by phone. Then 'connect' again.",
            "trust bob K7QX2MA",
            Trust
        ),
        .. ProfileCommands.Commands,
        new(
            "settings",
            "",
            "show your settings",
            "Shows who may connect and what others learn about you. Settings that you changed are marked.",
            "settings --json",
            None(new ConsoleCommand.Settings()),
            SupportsJson: true
        ),
        new(
            "set",
            "<setting> <value>",
            "change a setting",
            "Takes effect at once and survives a restart. 'default' returns to the value with which the peer was "
                + "started.",
            "set read-receipts off",
            Set
        ),
        new(
            "backup",
            "<file>",
            "write key, contacts and messages to a file",
            "Asks for a passphrase. A script gives it on the next line, or in a file: 'backup --passphrase-file"
                + " <path> <file>'. '--force' before the file replaces an existing one. 'p2pchat restore' restores "
                + "it. Files, and the directory that 'p2pchat up' runs, are not in it.",
            "backup /media/stick/peer.backup",
            Backup
        ),
        new(
            "requests",
            "",
            "list the requests that wait for your answer",
            "Answer with 'accept' or 'reject'.",
            "requests --json",
            None(new ConsoleCommand.Requests()),
            SupportsJson: true
        ),
        new(
            "status",
            "",
            "show the state of this peer",
            "Shows username, PeerId, endpoint, directory and process.",
            "status --json",
            None(new ConsoleCommand.Status()),
            SupportsJson: true
        ),
        DoctorCommand.Info,
        new(
            "web",
            "",
            "print a link to this peer's web page",
            "Open it within a minute. It signs one browser in, once.",
            "web",
            None(new ConsoleCommand.Web())
        ),
        new(
            "help",
            "[command]",
            "list the commands, or explain one",
            "Replace <...>; [...] is optional.",
            "help send",
            Help
        ),
        new(
            "exit",
            "",
            "close all connections and end the peer",
            "Everyone you are connected to is notified. On an empty line, Ctrl-D does the same, and so does Ctrl-C "
                + "twice. In a conversation, /exit and Ctrl-D only leave it.",
            "exit",
            None(new ConsoleCommand.Quit())
        ),
    ];

    /// <param name="name">The command's name, in any case.</param>
    public static CommandInfo? Find(string name) =>
        All.FirstOrDefault(command => command.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
