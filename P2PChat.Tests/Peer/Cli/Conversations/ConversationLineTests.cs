using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Conversations;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Peer.Cli.Conversations;

public sealed class ConversationLineTests
{
    private const string Id = "0190f8a2-b3c4-7d5e-8f00-112233445501";

    private static readonly Username Bob = Username.Parse("bob");
    private static readonly Username Carol = Username.Parse("carol");

    private readonly ConversationLine _lines = new(name => name == Bob || name == Carol);

    public static TheoryData<string, ConsoleCommand?> Inside =>
        new()
        {
            { "hello", new ConsoleCommand.Say(Bob, "hello") },
            { "  send me the list  ", new ConsoleCommand.Say(Bob, "send me the list") },
            { "list, please", new ConsoleCommand.Say(Bob, "list, please") },
            { "//etc/hosts", new ConsoleCommand.Say(Bob, "/etc/hosts") },
            { "//history is long", new ConsoleCommand.Say(Bob, "/history is long") },
            { "//exit", new ConsoleCommand.Say(Bob, "exit") },
            { "//", new ConsoleCommand.Say(Bob, "/") },
            { "@carol hi  there", new ConsoleCommand.Send(Carol, "hi  there") },
            { "@dave hi", new ConsoleCommand.Send(Username.Parse("dave"), "hi") },
            { "@Carol, hi", new ConsoleCommand.Send(Carol, "hi") },
            { "@CAROL: hi", new ConsoleCommand.Send(Carol, "hi") },
            { "@Dave, hi", new ConsoleCommand.Say(Bob, "@Dave, hi") },
            { "@ noon", new ConsoleCommand.Say(Bob, "@ noon") },
            { "@5 o'clock", new ConsoleCommand.Say(Bob, "@5 o'clock") },
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
            { "\nhello\n", new ConsoleCommand.Say(Bob, "hello") },
            // Pasted blocks are messages, whatever they look like.
            { "// a comment\nint x;\n", new ConsoleCommand.Say(Bob, "// a comment\nint x;") },
            { "  indented\n  text", new ConsoleCommand.Say(Bob, "  indented\n  text") },
            { "/delete all\nexit", new ConsoleCommand.Say(Bob, "/delete all\nexit") },
            { "@Override\npublic", new ConsoleCommand.Say(Bob, "@Override\npublic") },
            { "@dave one\ntwo", new ConsoleCommand.Say(Bob, "@dave one\ntwo") },
            { "@carol one\ntwo", new ConsoleCommand.Send(Carol, "one\ntwo") },
            { "/send carol one\ntwo", new ConsoleCommand.Send(Carol, "one\ntwo") },
            { "/reply 1 one\ntwo", new ConsoleCommand.Reply(Bob, new(null, 1), "one\ntwo") },
            { "/edit carol 2 one\ntwo", new ConsoleCommand.Edit(Carol, new(null, 2), "one\ntwo") },
            { "/reply one\ntwo", new ConsoleCommand.Say(Bob, "/reply one\ntwo") },
        };

    public static TheoryData<string, ConsoleCommand?> Outside =>
        new()
        {
            { "list", new ConsoleCommand.List() },
            { "/list", new ConsoleCommand.List() },
            { "exit", new ConsoleCommand.Quit() },
            { "/leave", new ConsoleCommand.Leave() },
            { "chat bob", new ConsoleCommand.Chat(Bob) },
            { "chat 12", new ConsoleCommand.ChatNumber(12) },
            { "chat 123", new ConsoleCommand.Chat(Username.Parse("123")) },
            { "@bob hi", new ConsoleCommand.Send(Bob, "hi") },
            { "send bob one\ntwo", new ConsoleCommand.Send(Bob, "one\ntwo") },
            { "reply bob 1 one\ntwo", new ConsoleCommand.Reply(Bob, new(null, 1), "one\ntwo") },
            { "", null },
        };

    [Theory]
    [MemberData(nameof(Inside))]
    public void Line_in_a_conversation_is_a_message_unless_it_begins_with_a_slash(
        string line,
        ConsoleCommand? command
    ) => Assert.Equal(command, _lines.Parse(line, Bob));

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
    [InlineData("/history 0", "'history' takes a username and a number from 1 to 1000. Usage: history <username> [n]")]
    [InlineData(
        "/nickname carol",
        "'nickname' needs a nickname after the username. Usage: nickname <username> <name|->"
    )]
    [InlineData("/send hello", "'send' needs a message after the username. Usage: send <username> <message>")]
    [InlineData("/chat", "'chat' needs a username. Usage: chat <username|number>")]
    [InlineData(
        "/chat 0",
        "'0' is not a username. A username has 3 to 32 characters of a-z, 0-9, '-' and '_', and begins with "
            + "a letter or a digit."
    )]
    public void Invalid_line_in_a_conversation_says_why(string line, string sentence) =>
        Assert.Equal(sentence, Assert.IsType<ConsoleCommand.Invalid>(_lines.Parse(line, Bob)).Message);
}
