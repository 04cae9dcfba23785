using P2PChat.Peer.Cli;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Peer.Cli;

public sealed class CommandParserTests
{
    public static TheoryData<string, ConsoleCommand> Commands =>
        new()
        {
            { "list", new ConsoleCommand.List() },
            { "  LIST  ", new ConsoleCommand.List() },
            { "connect echo", new ConsoleCommand.Connect(Name("echo")) },
            { "connect\techo", new ConsoleCommand.Connect(Name("echo")) },
            { "Connect  Echo ", new ConsoleCommand.Connect(Name("echo")) },
            { "accept bob", new ConsoleCommand.Accept(Name("bob")) },
            { "reject bob", new ConsoleCommand.Reject(Name("bob")) },
            { "disconnect bob", new ConsoleCommand.Disconnect(Name("bob")) },
            { "history bob", new ConsoleCommand.History(Name("bob"), 50) },
            { "history bob 7", new ConsoleCommand.History(Name("bob"), 7) },
            { "search  two words ", new ConsoleCommand.Search("two words") },
            { "export bob ../my file.jsonl", new ConsoleCommand.Export(Name("bob"), "../my file.jsonl") },
            { "delete bob all", new ConsoleCommand.Delete(Name("bob"), null) },
            { "delete --force bob all", new ConsoleCommand.Delete(Name("bob"), null, Force: true) },
            {
                "delete bob 0190f8a2-b3c4-7d5e-8f00-112233445501",
                new ConsoleCommand.Delete(Name("bob"), Guid.Parse("0190f8a2-b3c4-7d5e-8f00-112233445501"))
            },
            { "trust bob", new ConsoleCommand.Trust(Name("bob")) },
            { "trust bob K7QX2MA", new ConsoleCommand.Trust(Name("bob"), "K7QX2MA") },
            { "requests", new ConsoleCommand.Requests() },
            { "reveal bob", new ConsoleCommand.Reveal(Name("bob")) },
            { "reveal #trip", new ConsoleCommand.RevealInRoom("#trip") },
            { "room new Long trip", new ConsoleCommand.ChangeRoom(RoomVerb.New, "Long trip", "") },
            { "room new --history 20 Long trip", new ConsoleCommand.ChangeRoom(RoomVerb.New, "Long trip", "20") },
            { "invite", new ConsoleCommand.Invite(1, 7) },
            { "invite --days 90 --uses 100", new ConsoleCommand.Invite(100, 90) },
            { "invite --json --uses 2", new ConsoleCommand.Json(new ConsoleCommand.Invite(2, 7)) },
            { "invites", new ConsoleCommand.Invites() },
            { "revoke K7QX2MAB", new ConsoleCommand.Revoke("K7QX2MAB") },
            { "status", new ConsoleCommand.Status() },
            { "status --json", new ConsoleCommand.Json(new ConsoleCommand.Status()) },
            { "history --json bob 7", new ConsoleCommand.Json(new ConsoleCommand.History(Name("bob"), 7)) },
            { "search two words --json", new ConsoleCommand.Json(new ConsoleCommand.Search("two words")) },
            { "send bob --json", new ConsoleCommand.Send(Name("bob"), "--json") },
            { "chat bob", new ConsoleCommand.Chat(Name("bob")) },
            { "chat 3", new ConsoleCommand.ChatNumber(3) },
            { "chats", new ConsoleCommand.Chats() },
            { "exit", new ConsoleCommand.Quit() },
            { "help", new ConsoleCommand.Help(null) },
            { "help send", new ConsoleCommand.Help(CommandTable.Find("send")) },
            { "send echo hello", new ConsoleCommand.Send(Name("echo"), "hello") },
            { " send  echo   hello,  you two \t", new ConsoleCommand.Send(Name("echo"), "hello,  you two") },
            { "send echo send echo", new ConsoleCommand.Send(Name("echo"), "send echo") },
            { "send echo größe 👋", new ConsoleCommand.Send(Name("echo"), "größe 👋") },
        };

    [Theory]
    [MemberData(nameof(Commands))]
    public void Line_is_parsed(string line, ConsoleCommand command) => Assert.Equal(command, CommandParser.Parse(line));

    [Theory]
    [InlineData("")]
    [InlineData(" \t ")]
    public void Blank_line_is_ignored(string line) => Assert.Null(CommandParser.Parse(line));

    [Theory]
    [InlineData("dance", "'dance' is not a command")]
    [InlineData("listen to me", "'listen' is not a command")]
    [InlineData("help dance", "'dance' is not a command")]
    [InlineData("list all", "Usage: list")]
    [InlineData("exit now", "Usage: exit")]
    [InlineData("connect", "needs a username. Usage: connect <username|link>")]
    [InlineData("accept", "needs a username. Usage: accept <username>")]
    [InlineData("reject", "needs a username. Usage: reject <username>")]
    [InlineData("disconnect", "needs a username. Usage: disconnect <username>")]
    [InlineData("history", "needs a username or a room. Usage: history <name|#room> [n]")]
    [InlineData("reveal", "needs a username or a room. Usage: reveal <name|#room>")]
    [InlineData("reply", "needs a username or a room. Usage: reply <name|#room> <n|id> <text>")]
    [InlineData("reply bob", "needs a message after the username: a number from 1 to 99, or an id")]
    [InlineData("reply bob 0 yes", "needs a message after the username: a number from 1 to 99, or an id")]
    [InlineData("reply bob 100 yes", "needs a message after the username: a number from 1 to 99, or an id")]
    [InlineData("reply bob 1", "needs a message after the number")]
    [InlineData("react bob 1", "needs an emoji, or '-', after the number")]
    [InlineData("unsend bob 1 2", "takes only a username and the number or id of a message")]
    [InlineData("info b! 1", "'b!' is not a username")]
    [InlineData("forward bob 1", "needs another username or room, which gets the copy")]
    [InlineData("forward bob 1 c!", "'c!' is not a username")]
    [InlineData("trust", "needs a username. Usage: trust <username> [key]")]
    [InlineData("invite --uses 0", "'--uses' needs a number from 1 to 100")]
    [InlineData("invite --uses 101", "'--uses' needs a number from 1 to 100")]
    [InlineData("invite --days 91", "'--days' needs a number from 1 to 90")]
    [InlineData("invite --days", "'--days' needs a number from 1 to 90")]
    [InlineData("invite bob", "'bob' is not an option of 'invite'")]
    [InlineData("revoke", "'revoke' needs one invite's id")]
    [InlineData("connect https://chat.example.org/i#1.alice", "has been cut off or altered")]
    [InlineData("connect https://chat.example.org/", "is not an invite link")]
    [InlineData("connect https://chat.example.org/ bob", "takes one username or one invite link")]
    [InlineData("connect bob carol", "takes one username. Usage: connect <username|link>")]
    [InlineData("connect bob\tcarol", "takes one username. Usage: connect <username|link>")]
    [InlineData("connect b!", "'b!' is not a username")]
    [InlineData("send", "needs a username or a room, and a message. Usage: send <name|#room> <message>")]
    [InlineData("send echo", "needs a message after the username. Usage: send <name|#room> <message>")]
    [InlineData("send b! hello", "'b!' is not a username")]
    [InlineData("mute #plans", "takes a username, not a room. For a room, use 'room notify <#room> none'.")]
    [InlineData("send-file #plans a.txt", "takes a username, not a room. Files cannot be sent to rooms.")]
    [InlineData("timer #plans 1d", "takes a username, not a room. Messages in rooms do not disappear.")]
    [InlineData("auto-accept", "needs a username, and on, off or default")]
    [InlineData("auto-accept bob maybe", "needs on, off or default after the username")]
    [InlineData("auto-accept b! on", "'b!' is not a username")]
    [InlineData("export --json bob a.txt", "'export' always writes JSON, one object per line, so leave out '--json'.")]
    [InlineData("export #plans a.txt --json", "leave out '--json'.")]
    [InlineData("pin #plans", "'pin' takes a username, not a room.")]
    public void Usage_error_names_the_problem(string line, string fragment) =>
        Assert.Contains(
            fragment,
            Assert.IsType<ConsoleCommand.Invalid>(CommandParser.Parse(line)).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Help_lists_each_command_once_with_its_usage()
    {
        var help = CommandText.Help().ToList();

        Assert.Equal(CommandTable.All.Count, help.Count);
        Assert.Contains("  send <name|#room> <message>        send a message", help);
        Assert.All(CommandTable.All, command =>
            Assert.Single(help, line => line.StartsWith($"  {command.Usage} ", StringComparison.Ordinal))
        );
    }

    [Fact]
    public void Example_of_each_command_is_valid() => Assert.All(CommandTable.All, command =>
        {
            Assert.StartsWith(command.Name, command.Example, StringComparison.Ordinal);
            Assert.IsNotType<ConsoleCommand.Invalid>(CommandParser.Parse(command.Example));
            Assert.Equal($"Example: {command.Example}", CommandText.Help(command).Last());
        });

    private static Username Name(string name) => Username.Parse(name);
}
