using P2PChat.Peer.Cli;

namespace P2PChat.Tests.Peer.Cli;

public sealed class SuggestionTests
{
    private static readonly string[] Words = ["list", "send", "search", "exit", "history", "bob", "carol"];

    [Theory]
    [InlineData("snd", "send")]
    [InlineData("SEDN", "send")]
    [InlineData("lists", "list")]
    [InlineData("serch", "search")]
    [InlineData("hsitroy", "history")]
    [InlineData("hist", "history")]
    [InlineData("bbo", "bob")]
    [InlineData("quit", "exit")]
    [InlineData("send", null)]
    [InlineData("dance", null)]
    [InlineData("se", null)]
    [InlineData("xy", null)]
    [InlineData("", null)]
    public void Mistyped_word_is_matched_to_the_nearest_word(string typed, string? meant) =>
        Assert.Equal(meant, Suggestion.For(typed, Words));

    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "abc", 0)]
    [InlineData("abc", "acb", 1)]
    [InlineData("abc", "adc", 1)]
    [InlineData("abc", "xyz", 3)]
    public void Distance_counts_edits_and_swaps(string one, string other, int edits) =>
        Assert.Equal((edits, edits), (Suggestion.Distance(one, other), Suggestion.Distance(other, one)));
}
