using P2PChat.Peer.Api;

namespace P2PChat.Tests.Peer.Api;

public sealed class ApiTokenTests
{
    [Fact]
    public void A_token_is_read_as_it_was_written()
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
    public void A_file_that_was_cut_short_or_spoilt_is_no_token(string? written) => Assert.Null(ApiToken.Read(written));

    [Fact]
    public void Only_the_very_token_is_taken()
    {
        var token = ApiToken.New();

        Assert.True(token.Is(token.Text));
        Assert.False(token.Is(""));
        Assert.False(token.Is(token.Text[..^1]));
        Assert.False(token.Is(token.Text + "A"));
        Assert.False(token.Is(token.Text.ToLowerInvariant()));
    }
}
