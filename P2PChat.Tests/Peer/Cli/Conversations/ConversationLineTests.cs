using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Conversations;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Peer.Cli.Conversations;

public sealed class ConversationLineTests
{
    private const string Id = "0190f8a2-b3c4-7d5e-8f00-112233445501";

    private static readonly Username Bob = Username.Parse("bob");
    private static readonly ChatKey WithBob = new ChatKey.Contact(Bob);
    private static readonly Username Carol = Username.Parse("carol");

    private static readonly ChatKey Room = new ChatKey.Room(new string('a', 64));
    private static readonly RoomMessageChoice First = new(null, 1);

    private readonly ConversationLine _lines = new(name => name == Bob || name == Carol);

    public static TheoryData<string, ConsoleCommand?> Inside =>
        new()
        {
            { "hello", new ConsoleCommand.Say(WithBob, "hello") },
            { "  send me the list  ", new ConsoleCommand.Say(WithBob, "send me the list") },
            { "list, please", new ConsoleCommand.Say(WithBob, "list, please") },
            { "//etc/hosts", new ConsoleCommand.Say(WithBob, "/etc/hosts") },
            { "//history is long", new ConsoleCommand.Say(WithBob, "/history is long") },
            { "//exit", new ConsoleCommand.Say(WithBob, "exit") },
            { "//", new ConsoleCommand.Say(WithBob, "/") },
            { "@carol hi  there", new ConsoleCommand.Send(Carol, "hi  there") },
            { "@dave hi", new ConsoleCommand.Send(Username.Parse("dave"), "hi") },
            { "@Carol, hi", new ConsoleCommand.Send(Carol, "hi") },
            { "@CAROL: hi", new ConsoleCommand.Send(Carol, "hi") },
            { "@Dave, hi", new ConsoleCommand.Say(WithBob, "@Dave, hi") },
            { "@ noon", new ConsoleCommand.Say(WithBob, "@ noon") },
            { "@5 o'clock", new ConsoleCommand.Say(WithBob, "@5 o'clock") },
            { "/exit", new ConsoleCommand.Leave() },
            { "/LEAVE", new ConsoleCommand.Leave() },
            { "/list", new ConsoleCommand.List() },
            { "/history", new ConsoleCommand.History(Bob, 50) },
            { "/history 200", new ConsoleCommand.History(Bob, 200) },
            { "/history carol 5", new ConsoleCommand.History(Carol, 5) },
            { "/reveal", new ConsoleCommand.Reveal(Bob) },
            { "/history --json", new ConsoleCommand.Json(new ConsoleCommand.History(Bob, 50)) },
            { "/safety", new ConsoleCommand.Safety(Bob) },
            { "/safety --json", new ConsoleCommand.Json(new ConsoleCommand.Safety(Bob)) },
            { "/safety dave", new ConsoleCommand.Safety(Username.Parse("dave")) },
            { "/connect", new ConsoleCommand.Connect(Bob) },
            { "/disconnect", new ConsoleCommand.Disconnect(Bob) },
            { "/block", new ConsoleCommand.Block(Bob) },
            { "/block carol", new ConsoleCommand.Block(Carol) },
            { "/delete all", new ConsoleCommand.Delete(Bob, null) },
            { "/delete carol all", new ConsoleCommand.Delete(Carol, null) },
            { "/delete --force all", new ConsoleCommand.Delete(Bob, null, Force: true) },
            { $"/delete {Id}", new ConsoleCommand.Delete(Bob, Guid.Parse(Id)) },
            { "/nickname Robert from work", new ConsoleCommand.Nickname(Bob, "Robert from work") },
            { "/nickname -", new ConsoleCommand.Nickname(Bob, null) },
            { "/verify 12345 67890", new ConsoleCommand.Verify(Bob, "12345 67890") },
            { "/trust K7QX2MA", new ConsoleCommand.Trust(Bob, "K7QX2MA") },
            { "/export notes.jsonl", new ConsoleCommand.Export(Bob, "notes.jsonl") },
            { "/export dave notes.jsonl", new ConsoleCommand.Export(Username.Parse("dave"), "notes.jsonl") },
            { "/chat carol", new ConsoleCommand.Chat(Carol) },
            { "/chat 2", new ConsoleCommand.ChatNumber(2) },
            { "/send carol hi", new ConsoleCommand.Send(Carol, "hi") },
            { "   ", null },
            // A line break at the end, typed by Alt-Enter, makes no second line.
            { "/exit\n", new ConsoleCommand.Leave() },
            { "\nhello\n", new ConsoleCommand.Say(WithBob, "hello") },
            // Pasted blocks are messages, whatever they look like.
            { "// a comment\nint x;\n", new ConsoleCommand.Say(WithBob, "// a comment\nint x;") },
            { "  indented\n  text", new ConsoleCommand.Say(WithBob, "  indented\n  text") },
            { "/delete all\nexit", new ConsoleCommand.Say(WithBob, "/delete all\nexit") },
            { "@Override\npublic", new ConsoleCommand.Say(WithBob, "@Override\npublic") },
            { "@dave one\ntwo", new ConsoleCommand.Say(WithBob, "@dave one\ntwo") },
            { "@carol one\ntwo", new ConsoleCommand.Send(Carol, "one\ntwo") },
            { "/send carol one\ntwo", new ConsoleCommand.Send(Carol, "one\ntwo") },
            { "/reply 1 one\ntwo", new ConsoleCommand.Reply(Bob, new(null, 1), "one\ntwo") },
            { "/edit carol 2 one\ntwo", new ConsoleCommand.Edit(Carol, new(null, 2), "one\ntwo") },
            { "/reply one\ntwo", new ConsoleCommand.Say(WithBob, "/reply one\ntwo") },
            { "/history #plans 5", new ConsoleCommand.RoomHistory("#plans", 5) },
            { "/mark-unread", new ConsoleCommand.MarkUnread(Bob, new(null, 1)) },
            { "/mark-unread 3", new ConsoleCommand.MarkUnread(Bob, new(null, 3)) },
            { "/forward 1 #plans", new ConsoleCommand.Forward(Bob, new(null, 1), "#plans") },
            { "/send #plans one\ntwo", new ConsoleCommand.SendToRoom("#plans", "one\ntwo") },
        };

    public static TheoryData<string, ConsoleCommand?> Outside =>
        new()
        {
            { "list", new ConsoleCommand.List() },
            { "/list", new ConsoleCommand.List() },
            { "exit", new ConsoleCommand.Quit() },
            { "/leave", new ConsoleCommand.Leave() },
            { "chat bob", new ConsoleCommand.Chat(Bob) },
            { "chat #plans", new ConsoleCommand.ChatRoom("#plans") },
            { "chat 12", new ConsoleCommand.ChatNumber(12) },
            { "chat 123", new ConsoleCommand.Chat(Username.Parse("123")) },
            { "@bob hi", new ConsoleCommand.Send(Bob, "hi") },
            { "send bob one\ntwo", new ConsoleCommand.Send(Bob, "one\ntwo") },
            { "reply bob 1 one\ntwo", new ConsoleCommand.Reply(Bob, new(null, 1), "one\ntwo") },
            { "", null },
        };

    public static TheoryData<string, ConsoleCommand?> InRoom =>
        new()
        {
            { "hello", new ConsoleCommand.Say(Room, "hello") },
            { "@bob when do we meet?", new ConsoleCommand.Say(Room, "@bob when do we meet?") },
            { "@bob", new ConsoleCommand.Say(Room, "@bob") },
            { "@all, lunch?", new ConsoleCommand.Say(Room, "@all, lunch?") },
            { "@carol one\ntwo", new ConsoleCommand.Say(Room, "@carol one\ntwo") },
            { "/send carol hi", new ConsoleCommand.Send(Carol, "hi") },
            { "// a comment\nint x;\n", new ConsoleCommand.Say(Room, "// a comment\nint x;") },
            { "/exit", new ConsoleCommand.Leave() },
            { "/history", new ConsoleCommand.RoomHistory(Room.Typed, 50) },
            { "/history 5 --json", new ConsoleCommand.Json(new ConsoleCommand.RoomHistory(Room.Typed, 5)) },
            { "/history #plans 5", new ConsoleCommand.RoomHistory("#plans", 5) },
            { "/history carol 5", new ConsoleCommand.History(Carol, 5) },
            { "/reveal", new ConsoleCommand.RevealInRoom(Room.Typed) },
            { "/export notes.jsonl", new ConsoleCommand.ExportRoom(Room.Typed, "notes.jsonl") },
            { "/reply 1 one\ntwo", OfRoom(RoomMessageVerb.Reply, "one\ntwo") },
            { "/reply #plans 1 yes", new ConsoleCommand.RoomMessage(RoomMessageVerb.Reply, "#plans", First, "yes") },
            { "/reply carol 1 yes", new ConsoleCommand.Reply(Carol, new(null, 1), "yes") },
            { "/react 1 👍", OfRoom(RoomMessageVerb.React, "👍") },
            { "/edit 1 no", OfRoom(RoomMessageVerb.Edit, "no") },
            { "/unsend 1", OfRoom(RoomMessageVerb.Unsend, "") },
            { "/info 1", OfRoom(RoomMessageVerb.Info, "") },
            { "/delete 1", OfRoom(RoomMessageVerb.Delete, "") },
            { "/mark-unread", OfRoom(RoomMessageVerb.MarkUnread, "") },
            { "/mark-unread 1", OfRoom(RoomMessageVerb.MarkUnread, "") },
            { "/forward 1 carol", OfRoom(RoomMessageVerb.Forward, "carol") },
            { "/forward carol 1 #plans", new ConsoleCommand.Forward(Carol, new(null, 1), "#plans") },
            { "/info 1 --json", new ConsoleCommand.Json(OfRoom(RoomMessageVerb.Info, "")) },
            { "/room members", new ConsoleCommand.RoomMembers(Room.Typed) },
            { "/room members --json", new ConsoleCommand.Json(new ConsoleCommand.RoomMembers(Room.Typed)) },
            { "/room members #plans", new ConsoleCommand.RoomMembers("#plans") },
            { "/room invite carol", new ConsoleCommand.ChangeRoom(RoomVerb.Invite, Room.Typed, "carol") },
            { "/room invite #plans bob", new ConsoleCommand.ChangeRoom(RoomVerb.Invite, "#plans", "bob") },
            { "/room leave", new ConsoleCommand.ChangeRoom(RoomVerb.Leave, Room.Typed, "") },
            { "/room delete --force", new ConsoleCommand.ChangeRoom(RoomVerb.Delete, Room.Typed, "", Force: true) },
            { "/room link --uses 2", new ConsoleCommand.RoomLink(Room.Typed, 2, 168) },
            { "/room new Hiking trip", new ConsoleCommand.ChangeRoom(RoomVerb.New, "Hiking trip", "") },
            { "/safety carol", new ConsoleCommand.Safety(Carol) },
            { "/chat #plans", new ConsoleCommand.ChatRoom("#plans") },
        };

    [Theory]
    [MemberData(nameof(InRoom))]
    public void Line_in_a_room_is_a_message_unless_it_begins_with_a_slash(string line, ConsoleCommand? command) =>
        Assert.Equal(command, _lines.Parse(line, Room));

    [Theory]
    [InlineData("/safety", "'safety' needs a username. Usage: safety <username>")]
    // A room that is typed without '#' must not make a command act on the open one.
    [InlineData("/room leave plans", "'room leave' takes only a room. Usage: room <action> <#room> [...]")]
    [InlineData(
        "leave",
        "Type /leave to close the room here, /room leave to leave it for good, or //leave to send it."
    )]
    [InlineData("/room members plans", "'room members' takes only a room. Usage: room <action> <#room> [...]")]
    public void Invalid_line_in_a_room_says_why(string line, string sentence) =>
        Assert.Equal(sentence, Assert.IsType<ConsoleCommand.Invalid>(_lines.Parse(line, Room)).Message);

    [Theory]
    [MemberData(nameof(Inside))]
    public void Line_in_a_conversation_is_a_message_unless_it_begins_with_a_slash(
        string line,
        ConsoleCommand? command
    ) => Assert.Equal(command, _lines.Parse(line, WithBob));

    [Theory]
    [MemberData(nameof(Outside))]
    public void Line_outside_a_conversation_is_a_command(string line, ConsoleCommand? command) =>
        Assert.Equal(command, _lines.Parse(line, open: null));

    [Theory]
    [InlineData("exit", "Type /exit to leave, or //exit to send it.")]
    [InlineData(" Help ", "Type /help to list the commands, or explain one, or //help to send it.")]
    [InlineData("settings", "Type /settings to show your settings, or //settings to send it.")]
    [InlineData("/snd", "'/snd' is not a command. Did you mean '/send'? To send the line, begin it with //.")]
    [InlineData(
        "/etc/hosts",
        "'/etc/hosts' is not a command. '/help' lists the commands. To send the line, begin it " + "with //."
    )]
    [InlineData("/", "A command is missing after '/'. /help lists the commands.")]
    [InlineData("@carol", "A message is missing after @carol. To open the conversation, type /chat carol.")]
    [InlineData(
        "/history 0",
        "'history' takes a username and a number from 1 to 1000. Usage: history <name|#room> [n]"
    )]
    [InlineData(
        "/nickname carol",
        "'nickname' needs a nickname after the username. Usage: nickname <username> <name|->"
    )]
    [InlineData("/send hello", "'send' needs a message after the username. Usage: send <name|#room> <message>")]
    [InlineData("/chat", "'chat' needs a username or a room. Usage: chat <name|#room|number>")]
    [InlineData(
        "/chat 0",
        "'0' is not a username. A username has 3 to 32 characters of a-z, 0-9, '-' and '_', and begins with "
            + "a letter or a digit."
    )]
    public void Invalid_line_in_a_conversation_says_why(string line, string sentence) =>
        Assert.Equal(sentence, Assert.IsType<ConsoleCommand.Invalid>(_lines.Parse(line, WithBob)).Message);

    private static ConsoleCommand.RoomMessage OfRoom(RoomMessageVerb verb, string text) =>
        new(verb, Room.Typed, First, text);
}
