namespace P2PChat.Peer.Cli;

/// <summary>
/// The commands in groups, for a terminal of 80 columns and 24 rows. <c>help</c> through a pipe lists them one by one.
/// </summary>
internal static class HelpScreen
{
    public static IReadOnlyList<HelpGroup> Groups { get; } =
    [
        new(
            "Conversations",
            [
                new("chat <name or #room>", "open it: what you type is sent to it", ["chat"]),
                new("/<command>, /exit", "in a conversation: run a command, leave", []),
                new("@<username> <message>", "outside rooms: send one message, like 'send'", ["send"]),
                new(
                    "chats, rooms, mark-unread",
                    "list, Alt-1 to 9 open one; room: manage rooms",
                    ["chats", "rooms", "room", "mark-unread"]
                ),
                new(
                    "history, search, reveal",
                    "read, find, show hidden text; 'info' shows times",
                    ["history", "search", "reveal", "info"]
                ),
                new(
                    "mute, pin, archive, timer",
                    "unmute, unpin, unarchive; disappearing messages",
                    ["mute", "pin", "archive", "unmute", "unpin", "unarchive", "timer"]
                ),
                new(
                    "reply, react, edit, unsend",
                    "reply, react, edit yours, delete yours everywhere",
                    ["reply", "react", "edit", "unsend"]
                ),
                new(
                    "forward, delete, export",
                    "send a copy, delete here, save to a file",
                    ["forward", "delete", "export"]
                ),
                new(
                    "files, send-file, save",
                    "and accept-file, auto-accept, pause, cancel",
                    ["files", "send-file", "save", "accept-file", "auto-accept", "pause", "cancel"]
                ),
            ]
        ),
        new(
            "People",
            [
                new("list, contacts", "who is in the directory, who is a contact", ["list", "contacts"]),
                new("connect, disconnect", "ask to connect, close the connection", ["connect", "disconnect"]),
                new("requests, accept, reject", "see and answer who asks to connect", ["requests", "accept", "reject"]),
                new("invite, invites, revoke", "invite friends by a link", ["invite", "invites", "revoke"]),
                new(
                    "nickname, block, unblock",
                    "name someone for yourself, ignore them",
                    ["nickname", "block", "unblock"]
                ),
                new("safety, verify, trust", "compare safety numbers, accept a new key", ["safety", "verify", "trust"]),
            ]
        ),
        new(
            "This peer",
            [
                new(
                    "name, picture, set, web",
                    "your profile, save-picture, settings, page link",
                    ["name", "picture", "save-picture", "settings", "set", "web"]
                ),
                new(
                    "status, doctor, backup",
                    "state, why a connection fails, backup file",
                    ["status", "doctor", "backup"]
                ),
                new("help <command>, exit", "explain a command, end the peer", ["help", "exit"]),
            ]
        ),
    ];
}

/// <param name="Rows">The rows below the title.</param>
internal sealed record HelpGroup(string Title, IReadOnlyList<HelpRow> Rows);

/// <summary>A row of the help: one command, or a few that belong together.</summary>
/// <param name="Usage">The text to type.</param>
/// <param name="Commands">The names of the commands.</param>
internal sealed record HelpRow(string Usage, string Summary, IReadOnlyList<string> Commands);
