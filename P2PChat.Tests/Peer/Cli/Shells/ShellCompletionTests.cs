using P2PChat.Peer.Cli.Shells;

namespace P2PChat.Tests.Peer.Cli.Shells;

public sealed class ShellCompletionTests
{
    private static readonly ShellCompletion Completion = new(
        () => ["alice", "bob"],
        peer =>
            Task.FromResult<IReadOnlyList<string>>(
                peer.Username == "alice" || peer.Data == "some/dir" ? ["#plans", "carol", "echo"] : []
            )
    );

    [Theory]
    [InlineData("c", "ctl completion")]
    [InlineData("--no-c", "--no-console --no-color")]
    [InlineData("dave --a", "--api --advertise --accept")]
    [InlineData("dave --accept ", "ask contacts all none")]
    [InlineData("dave --accept a", "ask all")]
    [InlineData("dave --data ", ":directories")]
    [InlineData("dave --api ", "")]
    [InlineData("dave ", "")]
    [InlineData("completion ", "bash zsh fish")]
    [InlineData("completion -- ", "")]
    [InlineData("restore ", ":files")]
    [InlineData("restore file --", "--data --passphrase-file")]
    [InlineData("restore file --data ", ":directories")]
    [InlineData("restore --passphrase-file ", ":files")]
    [InlineData("ctl ", "alice bob --data")]
    [InlineData("ctl --data ", ":directories")]
    [InlineData("ctl alice con", "connect contacts")]
    [InlineData("ctl --data some/dir con", "connect contacts")]
    [InlineData("ctl alice ex", "export")]
    [InlineData("ctl alice send ", "#plans carol echo")]
    [InlineData("ctl alice send \\#p", "#plans")]
    [InlineData("ctl alice room inv", "invite")]
    [InlineData("ctl alice room invite ", "#plans")]
    [InlineData("ctl alice room invite #plans ", "carol echo")]
    [InlineData("ctl alice forward carol 1 ", "#plans carol echo")]
    [InlineData("ctl alice connect ", "carol echo")]
    [InlineData("ctl alice history --json ", "#plans carol echo")]
    [InlineData("ctl --data some/dir send e", "echo")]
    [InlineData("ctl bob send ", "")]
    [InlineData("ctl alice send echo ", "")]
    [InlineData("ctl alice list --", "--json")]
    [InlineData("ctl alice history echo --", "--json")]
    [InlineData("ctl alice send echo --", "")]
    [InlineData("ctl alice export echo ", ":files")]
    [InlineData("ctl alice delete echo ", "all")]
    [InlineData("ctl alice delete #plans ", "")]
    [InlineData("ctl alice delete --", "--force")]
    [InlineData("ctl alice delete --force ", "carol echo")]
    [InlineData("ctl alice delete --force echo ", "all")]
    [InlineData("ctl alice help se", "send search send-file set settings")]
    [InlineData("ctl alice backup ", ":files")]
    [InlineData("ctl alice backup --", "--force --passphrase-file")]
    [InlineData("ctl alice dance ", "")]
    public async Task Candidates_match_the_word(string line, string candidates) =>
        Assert.Equal(
            candidates.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(),
            (await Completion.GetCandidatesAsync(line.Split(' '))).Order()
        );

    [Fact]
    public async Task Candidates_without_words_include_subcommands() =>
        Assert.Contains("ctl", await Completion.GetCandidatesAsync([]));
}
