using System.Security.Cryptography;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Protocol.Identity;

public sealed class IdentityKeyTests
{
    private static readonly byte[] Data = [1, 2, 3];

    [Fact]
    public void Signature_verifies_only_with_its_key_and_data()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signature = IdentityKey.Sign(key, Data);

        Assert.Equal(IdentityKey.SignatureSize, signature.Length);
        Assert.True(IdentityKey.Verify(key.ExportSubjectPublicKeyInfo(), Data, signature));
        Assert.False(IdentityKey.Verify(other.ExportSubjectPublicKeyInfo(), Data, signature));
        Assert.False(IdentityKey.Verify(key.ExportSubjectPublicKeyInfo(), [1, 2, 4], signature));
        Assert.False(IdentityKey.Verify(key.ExportSubjectPublicKeyInfo(), Data, signature.AsSpan(..^1)));
        Assert.False(IdentityKey.Verify(key.ExportSubjectPublicKeyInfo(), Data, new byte[64]));
    }

    [Fact]
    public void Key_on_another_curve_is_not_well_formed()
    {
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var brainpool = ECDsa.Create(ECCurve.NamedCurves.brainpoolP256r1);
        using var rsa = RSA.Create(2048);

        Assert.False(IdentityKey.IsWellFormed(p384.ExportSubjectPublicKeyInfo()));
        Assert.False(IdentityKey.IsWellFormed(brainpool.ExportSubjectPublicKeyInfo()));
        Assert.False(IdentityKey.IsWellFormed(rsa.ExportSubjectPublicKeyInfo()));
        Assert.False(IdentityKey.IsWellFormed([]));
    }

    [Fact]
    public void Key_off_the_curve_verifies_no_signature()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signature = IdentityKey.Sign(key, Data);
        var offCurve = key.ExportSubjectPublicKeyInfo();
        offCurve[^1] ^= 1;
        var infinity = key.ExportSubjectPublicKeyInfo();
        infinity.AsSpan(^64..).Clear();

        Assert.True(IdentityKey.IsWellFormed(offCurve));
        Assert.False(IdentityKey.Verify(offCurve, Data, signature));
        Assert.False(IdentityKey.Verify(infinity, Data, signature));
    }

    [Fact]
    public void Compressed_point_is_not_well_formed()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = key.ExportParameters(false).Q;
        // SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING 02|03 x }
        byte[] compressed =
        [
            0x30,
            0x39,
            .. key.ExportSubjectPublicKeyInfo().AsSpan(2, 21),
            0x03,
            0x22,
            0x00,
            (byte)(2 + (point.Y![^1] & 1)),
            .. point.X!,
        ];

        // Otherwise one key would have two PeerIds.
        Assert.False(IdentityKey.IsWellFormed(compressed));
    }

    [Fact]
    public void Trailing_bytes_are_not_well_formed()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.False(IdentityKey.IsWellFormed([.. key.ExportSubjectPublicKeyInfo(), 0]));
    }
}
