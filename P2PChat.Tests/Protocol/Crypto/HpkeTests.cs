using System.Security.Cryptography;
using P2PChat.Protocol.Crypto;
using P2PChat.Tests.Vectors;

namespace P2PChat.Tests.Protocol.Crypto;

public sealed class HpkeTests
{
    private static readonly HpkeVector Vector = VectorFile.Read<HpkeVector>("hpke.json");

    public sealed record HpkeVector(
        string Source,
        string Info,
        string EphemeralPrivateKey,
        string EphemeralPublicKey,
        string RecipientPrivateKey,
        string RecipientPublicKey,
        IReadOnlyList<Encryption> Encryptions
    );

    public sealed record Encryption(int Sequence, string Text, string Associated, string Ciphertext);

    [Fact]
    public void Encryption_matches_the_RFC_vectors()
    {
        using var ephemeral = Key(Vector.EphemeralPrivateKey, Vector.EphemeralPublicKey);
        using var context = Hpke.SetUpSender(
            Hex(Vector.RecipientPublicKey),
            Hex(Vector.Info),
            ephemeral,
            out var encapsulated
        );

        Assert.Equal(Vector.EphemeralPublicKey, Convert.ToHexStringLower(encapsulated));
        foreach (var (sequence, expected) in Sequences())
        {
            var ciphertext = context.Seal(Hex(expected?.Associated ?? ""), Hex(expected?.Text ?? ""));
            if (expected is not null)
            {
                Assert.Equal((sequence, expected.Ciphertext), (sequence, Convert.ToHexStringLower(ciphertext)));
            }
        }
    }

    [Fact]
    public void Decryption_matches_the_RFC_vectors()
    {
        using var ephemeral = Key(Vector.EphemeralPrivateKey, Vector.EphemeralPublicKey);
        using var recipient = Key(Vector.RecipientPrivateKey, Vector.RecipientPublicKey);
        using var sender = Hpke.SetUpSender(Hex(Vector.RecipientPublicKey), Hex(Vector.Info), ephemeral, out _);
        using var context = Hpke.SetUpRecipient(Hex(Vector.EphemeralPublicKey), recipient, Hex(Vector.Info));

        foreach (var (_, expected) in Sequences())
        {
            // The RFC skips sequence numbers, which still advance.
            var between = sender.Seal([], []);
            Assert.Equal(
                expected?.Text ?? "",
                Convert.ToHexStringLower(
                    context.Open(Hex(expected?.Associated ?? ""), expected is null ? between : Hex(expected.Ciphertext))
                )
            );
        }
    }

    [Fact]
    public void Decryption_fails_if_any_input_differs()
    {
        using var recipient = Key(Vector.RecipientPrivateKey, Vector.RecipientPublicKey);
        using var other = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var (first, second) = (Vector.Encryptions[0], Vector.Encryptions[1]);

        AssertRefused(recipient, Vector.Info, first.Associated, first.Ciphertext[..^2] + "35");
        AssertRefused(recipient, Vector.Info, first.Associated, first.Ciphertext[..20]);
        AssertRefused(recipient, Vector.Info, second.Associated, first.Ciphertext);
        AssertRefused(recipient, Vector.Info, second.Associated, second.Ciphertext);
        AssertRefused(recipient, Vector.Info + "00", first.Associated, first.Ciphertext);
        AssertRefused(other, Vector.Info, first.Associated, first.Ciphertext);
    }

    [Fact]
    public void Point_off_the_curve_is_rejected_as_key()
    {
        var point = Hex(Vector.RecipientPublicKey);
        Assert.True(P256Point.IsOnCurve(point));
        byte[] hybrid = [6, .. point[1..]],
            compressed = [2, .. point[1..33]],
            infinity = [0],
            zero = [4, .. new byte[64]],
            moved = [.. point];
        moved[^1] ^= 1;
        // p + x, which equals x without a range check.
        byte[] beyond = [4, .. Hex("FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF"), .. point[33..]];
        foreach (var bad in new[] { hybrid, compressed, infinity, zero, moved, beyond, point[..^1], [.. point, 0], [] })
        {
            Assert.False(P256Point.IsOnCurve(bad), Convert.ToHexString(bad));
            Assert.Throws<CryptographicException>(() => P256Point.Import(bad));
            Assert.Throws<CryptographicException>(() => Hpke.SetUpSender(bad, [], out _));
        }
    }

    private static void AssertRefused(ECDiffieHellman recipient, string info, string associated, string ciphertext)
    {
        using var context = Hpke.SetUpRecipient(Hex(Vector.EphemeralPublicKey), recipient, Hex(info));
        Assert.ThrowsAny<CryptographicException>(() => context.Open(Hex(associated), Hex(ciphertext)));
    }

    private static IEnumerable<(int Sequence, Encryption? Expected)> Sequences() =>
        Enumerable
            .Range(0, Vector.Encryptions[^1].Sequence + 1)
            .Select(sequence =>
                (sequence, Vector.Encryptions.FirstOrDefault(encryption => encryption.Sequence == sequence))
            );

    private static ECDiffieHellman Key(string secret, string point) =>
        ECDiffieHellman.Create(
            new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                D = Hex(secret),
                Q = new ECPoint { X = Hex(point)[1..33], Y = Hex(point)[33..] },
            }
        );

    private static byte[] Hex(string text) => Convert.FromHexString(text);
}
