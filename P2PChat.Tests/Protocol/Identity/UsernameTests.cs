using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Protocol.Identity;

public sealed class UsernameTests
{
    [Theory]
    [InlineData("bob")]
    [InlineData("0-0")]
    [InlineData("a__")]
    [InlineData("alice-2_home")]
    [InlineData("abcdefghijklmnopqrstuvwxyz012345")]
    public void Valid_name_is_kept_as_it_is(string text) => Assert.Equal(text, Username.Parse(text).Value);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("ab")]
    [InlineData("abcdefghijklmnopqrstuvwxyz0123456")]
    [InlineData("-ab")]
    [InlineData("_ab")]
    [InlineData("a b")]
    [InlineData(" bob")]
    [InlineData("bob\n")]
    [InlineData("a.b")]
    [InlineData("a/b")]
    [InlineData("bob\0")]
    [InlineData("bäb")]
    [InlineData("\u0430lice")] // A Cyrillic a.
    [InlineData("\u212Aarl")] // The Kelvin sign, whose lower case is a k.
    [InlineData("al\u0131ce")] // A dotless i.
    public void Invalid_name_is_rejected(string? text)
    {
        Assert.False(Username.TryParse(text, out var username));
        Assert.Equal("", username.Value);
    }

    [Fact]
    public void Upper_case_is_converted_to_lower_case()
    {
        Assert.Equal(Username.Parse("alice"), Username.Parse("ALICE"));
        Assert.Equal("alice", Username.Parse("AlIcE").ToString());
    }

    [Fact]
    public void Parse_error_states_the_rule() =>
        Assert.Contains(
            "3 to 32",
            Assert.Throws<FormatException>(() => Username.Parse("x")).Message,
            StringComparison.Ordinal
        );
}
