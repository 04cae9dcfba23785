using System.Text;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Tests.Protocol.Content;

public sealed class FallbackTextTests
{
    private static readonly MessageReference To = new(Guid.NewGuid(), Yours: true);

    [Fact]
    public void Each_kind_has_its_text()
    {
        Assert.Equal("hello", FallbackText.Of(null, "hello"));
        Assert.Equal("hello", FallbackText.Of(new MessageContent.Reply(To), "hello"));
        Assert.Equal("reacted 👍 to \"hello\"", FallbackText.Of(new MessageContent.Reaction(To, "👍"), "hello"));
        Assert.Equal(
            "removed the reaction to \"hello\"",
            FallbackText.Of(new MessageContent.Reaction(To, ""), "hello")
        );
        Assert.Equal("edited: hello", FallbackText.Of(new MessageContent.Edit(To.Id), "hello"));
        Assert.Equal("deleted a message", FallbackText.Of(new MessageContent.Delete(To.Id), "hello"));
    }

    [Theory]
    [InlineData("edited: new", "new")]
    [InlineData("edited: edited: new", "edited: new")]
    [InlineData("new", "new")]
    [InlineData("edited: ", "")]
    [InlineData("Edited: new", "Edited: new")]
    public void New_text_of_an_edit_has_no_prefix(string text, string expected) =>
        Assert.Equal(expected, FallbackText.NewTextOf(text));

    [Theory]
    [InlineData("0123456789012345678901234567890123456789", "0123456789012345678901234567890123456789")]
    [InlineData("0123456789012345678901234567890123456789a", "0123456789012345678901234567890123456789…")]
    [InlineData("one\r\ntwo\tthree", "one  two three")]
    [InlineData("one\u2028two\u0000\u0085", "one two  ")]
    [InlineData("", "")]
    public void Quote_is_the_beginning_in_one_line(string text, string quote) =>
        Assert.Equal($"reacted 👍 to \"{quote}\"", FallbackText.Of(new MessageContent.Reaction(To, "👍"), text));

    [Fact]
    public void Quote_cuts_between_visible_characters()
    {
        var text = FallbackText.Of(new MessageContent.Reaction(To, "👍"), string.Concat(Enumerable.Repeat("👍🏽", 41)));

        Assert.Equal($"reacted 👍 to \"{string.Concat(Enumerable.Repeat("👍🏽", 40))}…\"", text);
    }

    [Fact]
    public void Quote_of_a_huge_visible_character_is_short()
    {
        var text = FallbackText.Of(new MessageContent.Reaction(To, "👍"), "a" + new string('\u0301', 60_000));

        Assert.Equal("reacted 👍 to \"…\"", text);
    }

    [Fact]
    public void Text_of_a_reaction_fits_into_a_message()
    {
        var quoted = string.Concat(Enumerable.Repeat("漢\u0301\u0301\u0301", 1000));
        var text = FallbackText.Of(new MessageContent.Reaction(To, "👩🏽‍❤️‍💋‍👨🏿"), quoted);

        Assert.InRange(Encoding.UTF8.GetByteCount(text), 1, 600);
        Assert.True(Encoding.UTF8.GetByteCount(FallbackText.EditPrefix) < ConversationOptions.MaxTextBytes);
    }
}
