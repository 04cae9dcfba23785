using System.Text;
using P2PChat.Protocol.Files;

namespace P2PChat.Tests.Protocol.Files;

public sealed class FileNameTests
{
    [Theory]
    [InlineData("photo.png", "photo.png")]
    [InlineData("Ünïcödé 👍.txt", "Ünïcödé 👍.txt")]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData("C:\\Windows\\system.ini", "system.ini")]
    [InlineData("/", "file")]
    [InlineData("..", "file")]
    [InlineData(".", "file")]
    [InlineData("", "file")]
    [InlineData(" . ", "file")]
    [InlineData(".bashrc", "_.bashrc")]
    [InlineData("-rf", "_-rf")]
    [InlineData("a:b*c?.txt", "a_b_c_.txt")]
    [InlineData("name. . .", "name")]
    [InlineData("CON", "_CON")]
    [InlineData("con.txt", "_con.txt")]
    [InlineData("lpt1 .tar.gz", "_lpt1 .tar.gz")]
    [InlineData("COM¹.txt", "_COM¹.txt")]
    [InlineData("COM10", "COM10")]
    [InlineData("conin$", "_conin$")]
    [InlineData("exe.\u202Egnp", "exe.gnp")]
    [InlineData("a\u0000b\nc\u2028d\u200Be\u00A0f", "abcdef")]
    [InlineData("a\uD800b", "ab")]
    [InlineData("invoice.pdf         .exe", "invoice.pdf .exe")]
    [InlineData("a \u200B \u2800 b\u3164\u115F\u1160\uFFA0.txt", "a b.txt")]
    [InlineData("e\u0301\u0301\u0301\u0301\u0301\u0301.txt", "e\u0301\u0301\u0301\u0301.txt")]
    [InlineData("\u0301 \u0301a", "a")]
    [InlineData("a\uFE0F\uFE00\u034Fb ❤\uFE0F", "ab ❤\uFE0F")]
    [InlineData("3\uFE0F\u20E3", "3\u20E3")]
    public void Name_is_made_safe(string name, string safe)
    {
        Assert.Equal(safe, FileName.MakeSafe(name));
        Assert.Equal(safe, FileName.MakeSafe(safe));
    }

    [Theory]
    [InlineData("é", ".txt")]
    [InlineData("👍", ".jpeg")]
    [InlineData("x", "")]
    public void Long_name_is_cut_to_255_bytes_with_its_extension(string character, string extension)
    {
        var name = FileName.MakeSafe(string.Concat(Enumerable.Repeat(character, 400)) + extension);

        Assert.InRange(Encoding.UTF8.GetByteCount(name), 245, 255);
        Assert.EndsWith(character + extension, name, StringComparison.Ordinal);
        var numbered = FileName.WithNumber(name, 12);
        Assert.InRange(Encoding.UTF8.GetByteCount(numbered), 245, 255);
        Assert.EndsWith(" (12)" + extension, numbered, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.txt", "a (2).txt")]
    [InlineData("a", "a (2)")]
    [InlineData("_.bashrc", "_ (2).bashrc")]
    public void Number_comes_before_the_extension(string name, string numbered) =>
        Assert.Equal(numbered, FileName.WithNumber(name, 2));
}
