using P2PChat.Peer.Cli;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Vectors;

namespace P2PChat.Tests.Protocol.Identity;

public sealed class SafetyNumberTests
{
    public sealed record Vector(string One, string Other, string Digits, string Qr);

    [Fact]
    public void Both_sides_show_the_number_and_code_of_the_vectors()
    {
        foreach (var vector in VectorFile.Read<List<Vector>>("safety-numbers.json"))
        {
            var (one, other) = (
                PeerId.FromHash(Convert.FromHexString(vector.One)),
                PeerId.FromHash(Convert.FromHexString(vector.Other))
            );
            Assert.Equal((vector.Digits, vector.Digits), (SafetyNumber.Of(one, other), SafetyNumber.Of(other, one)));
            Assert.Equal((vector.Qr, vector.Qr), (SafetyNumber.QrText(one, other), SafetyNumber.QrText(other, one)));
            Assert.Matches("^([0-9]{5} ){11}[0-9]{5}$", vector.Digits);
        }
    }

    [Theory]
    [InlineData("12345 12345 12345 12345\n12345 12345 12345 12345\n12345-12345-12345-12345", true)]
    [InlineData("123451234512345123451234512345123451234512345123451234512345", true)]
    [InlineData("12345123451234512345123451234512345123451234512345123451234", false)]
    [InlineData("1234512345123451234512345123451234512345123451234512345123456", false)]
    [InlineData("１2345123451234512345123451234512345123451234512345123451234512345", false)]
    [InlineData("12345123451234512345123451234512345123451234512345123451234x", false)]
    public void Read_ignores_grouping(string typed, bool isOne) =>
        Assert.Equal(isOne ? string.Join(' ', Enumerable.Repeat("12345", 12)) : null, SafetyNumber.Read(typed));

    [Fact]
    public void QR_code_has_finder_patterns_and_a_quiet_zone()
    {
        var vector = VectorFile.Read<List<Vector>>("safety-numbers.json")[0];
        var lines = QrText.Draw(vector.Qr);

        // Modules, true for dark. A version 6 symbol has 41 per side, plus a quiet zone of four.
        var rows = lines
            .SelectMany(line =>
                new[] { line.Select(c => c is ' ' or '▄').ToArray(), line.Select(c => c is ' ' or '▀').ToArray() }
            )
            .ToList();
        var size = lines[0].Length;
        Assert.InRange(size, 41, 53);
        Assert.All(lines, line => Assert.Equal(size, line.Length));
        Assert.All(rows.Take(4), row => Assert.DoesNotContain(true, row));
        foreach (var (top, left) in new[] { (4, 4), (4, size - 11), (size - 11, 4) })
        {
            for (var y = 0; y < 7; y++)
            {
                for (var x = 0; x < 7; x++)
                {
                    var ring = Math.Max(Math.Abs(y - 3), Math.Abs(x - 3));
                    Assert.Equal(ring != 2, rows[top + y][left + x]);
                }
            }
        }
    }
}
