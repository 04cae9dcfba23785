using P2PChat.App.Arguments;
using P2PChat.App.Completion;
using P2PChat.App.Join;
using P2PChat.App.Up;
using P2PChat.Peer.Cli.Shells;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Tests.App;

public sealed class CommandsTests
{
    private static readonly ShellCompletion Peers = new(
        () => ["alice"],
        _ => Task.FromResult<IReadOnlyList<string>>(["carol"])
    );

    public static TheoryData<string> Texts => [HelpTexts.Start, HelpTexts.Up, HelpTexts.Join, HelpTexts.Directory];

    [Theory]
    [MemberData(nameof(Texts))]
    public void Help_fits_a_terminal_of_80_columns_and_24_rows(string text)
    {
        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        Assert.InRange(text.Split('\n').Length, 10, 24);
        Assert.All(text, character => Assert.True(char.IsAscii(character)));
    }

    [Fact]
    public void Help_names_each_command_and_option()
    {
        Assert.All(Commands.All, command =>
            Assert.Contains($"p2pchat {command} ", HelpTexts.Start, StringComparison.Ordinal)
        );
        Assert.All(UpProgram.Options.Keys, option => Assert.Contains(option, HelpTexts.Up, StringComparison.Ordinal));
        Assert.All(JoinProgram.Options.Keys, option =>
            Assert.Contains(option, HelpTexts.Join, StringComparison.Ordinal)
        );
        Assert.All(HostArguments.SharedOptions.Where(option => option != "--help"), option =>
        {
            Assert.Contains(option, HelpTexts.Up, StringComparison.Ordinal);
            Assert.Contains(option, HelpTexts.Join, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("jion", "Did you mean 'p2pchat join'?")]
    [InlineData("UP", "Did you mean 'p2pchat up'?")]
    [InlineData("pear", "Did you mean 'p2pchat peer'?")]
    [InlineData("directroy", "Did you mean 'p2pchat directory'?")]
    [InlineData("alice", "'p2pchat peer <username>'")]
    [InlineData("ab", "'p2pchat peer <username>'")]
    [InlineData("--port", "is not an option of p2pchat")]
    public void Unknown_word_gets_a_suggestion(string word, string fragment) =>
        Assert.Contains(fragment, Commands.Unknown(word), StringComparison.Ordinal);

    [Theory]
    [InlineData("", "up join peer directory ctl restore completion --help --version")]
    [InlineData("jo", "join")]
    [InlineData("peer --no-c", "--no-console --no-color")]
    [InlineData("peer dave --accept a", "ask all")]
    [InlineData("up alice --l", "--lan --local-only")]
    [InlineData("up alice --data ", ":directories")]
    [InlineData("up alice --port ", "")]
    [InlineData("up alice --disc", "")]
    [InlineData("join - bob --y", "--yes")]
    [InlineData("join - bob --accept a", "ask all")]
    [InlineData("ctl al", "alice")]
    [InlineData("ctl alice connect c", "carol")]
    [InlineData("directory --u", "--urls")]
    [InlineData("completion f", "fish")]
    public async Task Candidates_match_the_word(string line, string candidates) =>
        Assert.Equal(
            candidates.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(),
            (await AppCompletion.GetCandidatesAsync(line.Split(' '), Peers)).Order()
        );

    [Theory]
    [InlineData("up", "needs a username")]
    [InlineData("up no", "'no' is not a username")]
    [InlineData("up alice --wat", "'--wat' is not an option of 'up'")]
    [InlineData("up alice --port", "'--port' needs a value")]
    [InlineData("up alice --port 70000", "'70000'")]
    [InlineData("up alice --lan=yes", "'--lan' takes no value")]
    [InlineData("up alice --lan --local-only", "either --lan or --local-only")]
    [InlineData("up alice --discovery http://localhost", "'--discovery' is not an option of 'up'")]
    [InlineData("up ctl", "cannot be a username")]
    [InlineData("join", "needs a link")]
    [InlineData("join link", "needs a username after the link")]
    [InlineData("join bob http://localhost/i", "is not a username")]
    [InlineData("join link bob", "This is not an invite link")]
    [InlineData("jion link bob", "Did you mean")]
    public async Task Usage_error_is_reported(string line, string fragment) =>
        await AppProcess.FailsAsync(2, fragment, line.Split(' '));

    [Fact]
    public async Task Program_prints_help_and_version()
    {
        var (alone, start, _) = await AppProcess.RunAsync("");
        var (_, up, _) = await AppProcess.RunAsync("", "help", "up");
        var (_, peer, _) = await AppProcess.RunAsync("", "peer", "--help");
        var (_, version, _) = await AppProcess.RunAsync("", "--version");

        Assert.Equal((0, HelpTexts.Start, HelpTexts.Up), (alone, start, up));
        Assert.Contains("\n  p2pchat peer <username> [port] [options]\n", peer, StringComparison.Ordinal);
        Assert.All(peer.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        Assert.DoesNotContain("P2PChat.Peer", peer, StringComparison.Ordinal);
        Assert.Equal($"p2pchat {Telemetry.Version}\n", version);

        var (_, script, _) = await AppProcess.RunAsync("", "completion", "zsh");
        Assert.Contains("#   source <(p2pchat completion zsh)\n", script, StringComparison.Ordinal);
        Assert.StartsWith("#compdef P2PChat.Peer p2pchat\n", script, StringComparison.Ordinal);
    }
}
