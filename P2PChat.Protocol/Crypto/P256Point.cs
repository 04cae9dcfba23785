using System.Numerics;
using System.Security.Cryptography;

namespace P2PChat.Protocol.Crypto;

/// <summary>A public point of P-256 in uncompressed form (SEC 1, section 2.3.3): <c>04 x y</c>, 65 bytes.</summary>
public static class P256Point
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 65;

    private const int CoordinateSize = 32;
    private const byte Uncompressed = 4;

    // The curve y² = x³ - 3x + b mod p (FIPS 186-5; SP 800-186, section 3.2.1.3).
    private static readonly BigInteger P = Number(
        Convert.FromHexString("FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF")
    );
    private static readonly BigInteger B = Number(
        Convert.FromHexString("5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B")
    );

    /// <summary>
    /// Whether the bytes are a point on the curve. Not all platforms check this on import, and agreeing on a key with a
    /// point off the curve leaks the private key. Suffices, because P-256 has no small subgroups.
    /// </summary>
    public static bool IsOnCurve(ReadOnlySpan<byte> point)
    {
        if (point.Length != Size || point[0] != Uncompressed)
        {
            return false;
        }

        var (x, y) = (Number(point.Slice(1, CoordinateSize)), Number(point[(1 + CoordinateSize)..]));
        return x < P && y < P && (y * y - (x * x * x - 3 * x + B)) % P == 0;
    }

    /// <exception cref="CryptographicException">The point is not on the curve.</exception>
    public static ECDiffieHellman Import(ReadOnlySpan<byte> point)
    {
        if (!IsOnCurve(point))
        {
            throw new CryptographicException("The bytes are not an uncompressed point of P-256.");
        }

        return ECDiffieHellman.Create(
            new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new ECPoint
                {
                    X = point.Slice(1, CoordinateSize).ToArray(),
                    Y = point[(1 + CoordinateSize)..].ToArray(),
                },
            }
        );
    }

    /// <param name="key">A P-256 key; only its public part is exported.</param>
    public static byte[] Export(ECDiffieHellman key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return [Uncompressed, .. point.X!, .. point.Y!];
    }

    private static BigInteger Number(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);
}
