using P2PChat.Node.Model;

namespace P2PChat.Tests.Peer.Cli;

public sealed class SafeTextTests
{
    [Theory]
    [InlineData("plain, größe, 日本, 👋🏽, שלום\u200f, a\tb")]
    [InlineData("")]
    public void Harmless_text_is_unchanged(string text) => Assert.Equal(text, SafeText.Show(text));

    [Theory]
    [InlineData("hi\n* bob: me too", "hi␊* bob: me too")]
    [InlineData("a\r\0\u0007", "a␍␀␇")]
    [InlineData("\u001b[2J\u001b]0;title\u0007", "␛[2J␛]0;title␇")]
    [InlineData("\u007f", "␡")]
    [InlineData("\u009b2J\u0085", "<U+009B>2J<U+0085>")]
    [InlineData("\u202egnp.exe", "<U+202E>gnp.exe")]
    [InlineData("\u2066x\u2069", "<U+2066>x<U+2069>")]
    [InlineData("\u3164\uffa0\u206a\ufff9", "<U+3164><U+FFA0><U+206A><U+FFF9>")]
    [InlineData("a\u2028b\u2029c", "a<U+2028>b<U+2029>c")]
    public void Control_and_bidi_characters_are_made_visible(string text, string shown) =>
        Assert.Equal(shown, SafeText.Show(text));
}
