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
            { "status", new ConsoleCommand.Status() },
            { "status --json", new ConsoleCommand.Json(new ConsoleCommand.Status()) },
            { "history --json bob 7", new ConsoleCommand.Json(new ConsoleCommand.History(Name("bob"), 7)) },
            { "search two words --json", new ConsoleCommand.Json(new ConsoleCommand.Search("two words")) },
            { "send bob --json", new ConsoleCommand.Send(Name("bob"), "--json") },
            { "exit", new ConsoleCommand.Leave() },
            { "help", new ConsoleCommand.Help(null) },
            { "help send", new ConsoleCommand.Help(CommandInfo.Find("send")) },
            { "send echo hello", new ConsoleCommand.Send(Name("echo"), "hello") },
            { " send  echo   hello,  you two \t", new ConsoleCommand.Send(Name("echo"), "hello,  you two") },
            { "send echo send echo", new ConsoleCommand.Send(Name("echo"), "send echo") },
            { "send echo größe 👋", new ConsoleCommand.Send(Name("echo"), "größe 👋") },
        };

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_line_is_a_command(string line, ConsoleCommand command) =>
        Assert.Equal(command, CommandParser.Parse(line));

    [Theory]
    [InlineData("")]
    [InlineData(" \t ")]
    public void A_line_without_a_word_is_nothing(string line) => Assert.Null(CommandParser.Parse(line));

    [Theory]
    [InlineData("dance", "'dance' is not a command: 'help' shows them all.")]
    [InlineData("listen to me", "'listen' is not a command: 'help' shows them all.")]
    [InlineData("help dance", "'dance' is not a command: 'help' shows them all.")]
    [InlineData("list all", "'list' takes nothing after it: list")]
    [InlineData("exit now", "'exit' takes nothing after it: exit")]
    [InlineData("connect", "'connect' needs a username: connect <username>")]
    [InlineData("accept", "'accept' needs a username: accept <username>")]
    [InlineData("reject", "'reject' needs a username: reject <username>")]
    [InlineData("disconnect", "'disconnect' needs a username: disconnect <username>")]
    [InlineData("history", "'history' needs a username: history <username> [n]")]
    [InlineData("trust", "'trust' needs a username: trust <username> [key]")]
    [InlineData("connect bob carol", "'connect' takes one username: connect <username>")]
    [InlineData("connect bob\tcarol", "'connect' takes one username: connect <username>")]
    [InlineData(
        "connect b!",
        "'b!' is not a username. A username has 3 to 32 characters of a-z, 0-9, '-' and '_', and begins with a letter or a digit."
    )]
    [InlineData("send", "'send' needs a username and a message: send <username> <message>")]
    [InlineData("send echo", "'send' needs a message after the username: send <username> <message>")]
    [InlineData(
        "send b! hello",
        "'b!' is not a username. A username has 3 to 32 characters of a-z, 0-9, '-' and '_', and begins with a letter or a digit."
    )]
    public void What_is_no_command_is_said_in_a_sentence(string line, string sentence) =>
        Assert.Equal(sentence, Assert.IsType<ConsoleCommand.Invalid>(CommandParser.Parse(line)).Sentence);

    [Fact]
    public void Help_names_each_command_once_with_what_follows_it()
    {
        var help = CommandText.Help().ToList();

        Assert.Equal(CommandInfo.All.Count, help.Count);
        Assert.Contains("  send <username> <message>     send a message", help);
        Assert.All(CommandInfo.All, command =>
            Assert.Single(help, line => line.StartsWith($"  {command.Usage} ", StringComparison.Ordinal))
        );
    }

    [Fact]
    public void Each_command_has_an_example_that_is_one() => Assert.All(CommandInfo.All, command =>
        {
            Assert.StartsWith(command.Name, command.Example, StringComparison.Ordinal);
            Assert.IsNotType<ConsoleCommand.Invalid>(CommandParser.Parse(command.Example));
            Assert.Equal($"Example: {command.Example}", CommandText.Help(command).Last());
        });

    private static Username Name(string name) => Username.Parse(name);
}
