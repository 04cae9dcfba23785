using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace P2PChat.Tests.Node;

/// <summary>A chain of certificates that is as costly to verify as a stranger can make it.</summary>
internal static class CertificateChain
{
    private const int KeyBits = 2048;

    // Shared by all tests because it is slow to create.
    private static readonly Lazy<RSA> Key = new(() => RSA.Create(KeyBits));

    /// <param name="issuers">Receives the certificates above this one.</param>
    /// <returns>The certificate, with its key.</returns>
    public static X509Certificate2 Issue(
        CertificateRequest request,
        ECDsa key,
        int count,
        X509Certificate2Collection issuers
    )
    {
        var (from, to) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        X509Certificate2? above = null;
        for (var i = 0; i < count; i++)
        {
            var authority = new CertificateRequest(
                $"CN=authority {i}",
                Key.Value,
                HashAlgorithmName.SHA256,
                RSASignaturePadding.Pkcs1
            );
            authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            if (above is null)
            {
                above = authority.CreateSelfSigned(from, to);
            }
            else
            {
                using var issued = authority.Create(above, from, to, [(byte)(i + 1)]);
                above = issued.CopyWithPrivateKey(Key.Value);
            }

            issuers.Add(above);
        }

        var signature = X509SignatureGenerator.CreateForRSA(Key.Value, RSASignaturePadding.Pkcs1);
        using var bare = request.Create(above!.SubjectName, signature, from, to, [1, 2, 3]);
        return bare.CopyWithPrivateKey(key);
    }
}
