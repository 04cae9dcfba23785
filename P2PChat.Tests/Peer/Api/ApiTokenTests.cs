using P2PChat.Peer.Api;

namespace P2PChat.Tests.Peer.Api;

public sealed class ApiTokenTests
{
    [Fact]
    public void Token_survives_a_round_trip()
    {
        var token = ApiToken.New();

        Assert.Equal(43, token.Text.Length);
        Assert.Equal(token.Text, ApiToken.Read($"{token.Text}\n")?.Text);
        Assert.NotEqual(token.Text, ApiToken.New().Text);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("short")]
    [InlineData("++++AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void Truncated_or_damaged_file_is_not_a_token(string? written) => Assert.Null(ApiToken.Read(written));

    [Fact]
    public void Only_the_exact_token_matches()
    {
        var token = ApiToken.New();

        Assert.True(token.Matches(token.Text));
        Assert.False(token.Matches(""));
        Assert.False(token.Matches(token.Text[..^1]));
        Assert.False(token.Matches(token.Text + "A"));
        Assert.False(token.Matches(token.Text.ToLowerInvariant()));
    }
}
