using System.Security.Cryptography;
using System.Text.Json;
using Google.Protobuf;
using P2PChat.Protocol.Crypto;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Vectors;

namespace P2PChat.Tests.Protocol.Envelopes;

/// <summary>Tests envelopes with docs/vectors/envelopes.json, which other implementations share.</summary>
public sealed class EnvelopeVectorTests
{
    public sealed record EnvelopeVectors(
        string Recipient,
        IReadOnlyList<PrekeyVector> Prekeys,
        IReadOnlyList<EnvelopeVector> Valid,
        IReadOnlyList<EnvelopeVector> Invalid
    );

    /// <param name="PrivateKey">PKCS #8.</param>
    public sealed record PrekeyVector(ulong Id, string PublicKey, string PrivateKey);

    public sealed record EnvelopeVector(
        string Name,
        string Envelope,
        string? Sender,
        string? Id,
        IReadOnlyList<JsonElement>? Frames,
        string? Error
    );

    [Fact]
    public void Envelopes_open_as_in_the_vectors()
    {
        var vectors = VectorFile.Read<EnvelopeVectors>("envelopes.json");
        Assert.NotEmpty(vectors.Valid);
        foreach (var vector in vectors.Valid)
        {
            var opened = Open(vectors, vector);
            Assert.Equal(vector.Sender, opened.Sender.ToString());
            Assert.Equal(Guid.Parse(vector.Id!), opened.Id);
            Assert.Equal(
                vector.Frames!.Select(frame => JsonParser.Default.Parse<Frame>(frame.GetRawText())),
                opened.Frames
            );
        }
    }

    [Fact]
    public void Invalid_envelopes_fail_as_in_the_vectors()
    {
        var vectors = VectorFile.Read<EnvelopeVectors>("envelopes.json");
        Assert.NotEmpty(vectors.Invalid);
        foreach (var vector in vectors.Invalid)
        {
            var refused = Record.Exception(() => Open(vectors, vector));
            Assert.Equal(
                (vector.Name, vector.Error),
                (vector.Name, Assert.IsType<EnvelopeException>(refused).Error.ToString())
            );
        }
    }

    internal static OpenedEnvelope Open(EnvelopeVectors vectors, byte[] envelope)
    {
        var keys = new List<ECDiffieHellman>();
        try
        {
            return Envelope.Open(envelope, PeerId.Parse(vectors.Recipient), id =>
            {
                if (vectors.Prekeys.FirstOrDefault(prekey => prekey.Id == id) is not { } found)
                {
                    return null;
                }

                var key = ECDiffieHellman.Create();
                keys.Add(key);
                key.ImportPkcs8PrivateKey(Convert.FromHexString(found.PrivateKey), out _);
                Assert.Equal(found.PublicKey, Convert.ToHexStringLower(P256Point.Export(key)));
                return key;
            });
        }
        finally
        {
            keys.ForEach(key => key.Dispose());
        }
    }

    private static OpenedEnvelope Open(EnvelopeVectors vectors, EnvelopeVector vector) =>
        Open(vectors, Convert.FromHexString(vector.Envelope));
}
