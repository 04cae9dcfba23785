using System.Security.Cryptography;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Protocol.Identity;

public sealed class PeerIdTests
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private static readonly PeerId Some = PeerId.FromHash(SHA256.HashData("some key"u8));

    [Fact]
    public void ToString_round_trips_through_Parse()
    {
        for (var number = 0; number < 500; number++)
        {
            var peerId = PeerId.FromHash(RandomNumberGenerator.GetBytes(PeerId.Size));
            var written = peerId.ToString();

            Assert.Matches("^([A-Z2-7]{7}-){7}[A-Z2-7]{7}$", written);
            Assert.Equal(peerId, PeerId.Parse(written));
            Assert.Equal(peerId, PeerId.Parse(written.ToLowerInvariant()));
            Assert.Equal(peerId, PeerId.Parse(written.Replace("-", "", StringComparison.Ordinal)));
            Assert.Equal(written[..7], peerId.Short);
        }
    }

    [Fact]
    public void Every_single_wrong_character_is_detected()
    {
        var written = Some.ToString();
        for (var at = 0; at < written.Length; at++)
        {
            if (written[at] == '-')
            {
                continue;
            }

            foreach (var wrong in Alphabet.Where(c => c != written[at]))
            {
                Assert.False(PeerId.TryParse(written[..at] + wrong + written[(at + 1)..], out _), $"{wrong} at {at}");
            }
        }
    }

    [Fact]
    public void Most_swaps_of_adjacent_characters_are_detected()
    {
        int swaps = 0,
            found = 0;
        for (var number = 0; number < 50; number++)
        {
            var written = PeerId
                .FromHash(RandomNumberGenerator.GetBytes(PeerId.Size))
                .ToString()
                .Replace("-", "", StringComparison.Ordinal);
            for (var at = 0; at + 1 < written.Length; at++)
            {
                // A swap across two groups is detected by either group's check digit.
                if (written[at] == written[at + 1])
                {
                    continue;
                }

                swaps++;
                if (!PeerId.TryParse(written[..at] + written[at + 1] + written[at] + written[(at + 2)..], out _))
                {
                    found++;
                }
            }
        }

        Assert.True(found > swaps * 0.98, $"{found} of {swaps}");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("AAAAAAA")]
    [InlineData("1111111-1111111-1111111-1111111-1111111-1111111-1111111-1111111")]
    [InlineData("äAAAAAA-AAAAAAA-AAAAAAA-AAAAAAA-AAAAAAA-AAAAAAA-AAAAAAA-AAAAAAA")]
    public void TryParse_rejects_invalid_text(string? text) => Assert.False(PeerId.TryParse(text, out _));

    [Fact]
    public void TryParse_rejects_missing_and_extra_characters()
    {
        var written = Some.ToString();

        Assert.False(PeerId.TryParse(written[..^1], out _));
        Assert.False(PeerId.TryParse(written + "A", out _));
        Assert.False(PeerId.TryParse(written + new string('-', 1000), out _));
        Assert.Throws<FormatException>(() => PeerId.Parse(written[1..]));
    }

    [Fact]
    public void TryParse_rejects_nonzero_trailing_bits()
    {
        // 52 base32 characters hold 260 bits, so the last character has four unused bits.
        var digits = Some.ToString().Replace("-", "", StringComparison.Ordinal);
        var last = digits[42..55];
        Assert.Equal(0, Alphabet.IndexOf(last[^1], StringComparison.Ordinal) & 0xF);
        var other = last[..^1] + Alphabet[Alphabet.IndexOf(last[^1], StringComparison.Ordinal) | 1];

        // Tries every check digit.
        Assert.All(Alphabet, check => Assert.False(PeerId.TryParse(digits[..42] + other + check, out _)));
    }

    [Fact]
    public void Comparison_follows_the_bytes()
    {
        var low = PeerId.FromHash([.. new byte[31], 1]);
        var high = PeerId.FromHash([0x80, .. new byte[31]]);

        Assert.True(low < high);
        Assert.True(high > low);
        Assert.True(low <= high && high >= low);
        Assert.Equal(0, low.CompareTo(PeerId.FromHash([.. new byte[31], 1])));
        Assert.True(default(PeerId) < low);
    }

    [Fact]
    public void FromPublicKey_hashes_the_key()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var publicKey = key.ExportSubjectPublicKeyInfo();

        Assert.Equal(SHA256.HashData(publicKey), PeerId.FromPublicKey(publicKey).Bytes.ToArray());
        Assert.Throws<ArgumentException>(() => PeerId.FromHash(new byte[31]));
    }
}
