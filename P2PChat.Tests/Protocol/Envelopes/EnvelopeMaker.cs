using System.Security.Cryptography;
using Google.Protobuf;
using P2PChat.Protocol.Crypto;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Envelopes;

/// <summary>A peer that sends and receives envelopes: an identity key and a prekey.</summary>
internal sealed class EnvelopeMaker : IDisposable
{
    public ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ECDiffieHellman PrekeySecret { get; } = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);

    public PeerId PeerId => PeerId.FromPublicKey(Key.ExportSubjectPublicKeyInfo());

    public Prekey Prekey =>
        new()
        {
            Id = 7,
            PublicKey = ByteString.CopyFrom(P256Point.Export(PrekeySecret)),
            Created = 1_800_000_000_000,
        };

    public static Frame Message(string text) =>
        new()
        {
            Message = new ChatMessage
            {
                Epoch = 1000,
                Sequence = 1,
                Id = ByteString.CopyFrom(Guid.CreateVersion7().ToByteArray(bigEndian: true)),
                SentAt = 1_800_000_000_000,
                Text = text,
            },
        };

    public static byte[] Content(int size, params Frame[] frames)
    {
        using var stream = new MemoryStream(new byte[size], 0, size, writable: true, publiclyVisible: true);
        foreach (var frame in frames)
        {
            var length = frame.CalculateSize();
            stream.Write([(byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length]);
            stream.Write(frame.ToByteArray());
        }

        return stream.GetBuffer();
    }

    public byte[] Seal(EnvelopeMaker recipient, params Frame[] frames) =>
        Envelope.Seal(frames, Key, recipient.PeerId, recipient.Prekey);

    /// <summary>Seals arbitrary content of a valid length, as a malicious sender could.</summary>
    public byte[] SealContent(EnvelopeMaker recipient, byte[] content)
    {
        using var ephemeral = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        return Envelope.Seal(content, Key, recipient.PeerId, recipient.Prekey, Guid.CreateVersion7(), ephemeral);
    }

    public OpenedEnvelope Open(byte[] envelope) =>
        Envelope.Open(envelope, PeerId, id => id == Prekey.Id ? PrekeySecret : null);

    /// <summary>
    /// The decrypted text: id, sender's key, signature and content. A malicious recipient can reuse it.
    /// </summary>
    public byte[] Decrypt(byte[] envelope)
    {
        using var context = Hpke.SetUpRecipient(
            envelope.AsSpan(9, 65),
            PrekeySecret,
            [.. "P2PChat mailbox v1\0"u8, .. PeerId.Bytes]
        );
        return context.Open(envelope.AsSpan(0, 9), envelope.AsSpan(74));
    }

    /// <summary>Encrypts a text that may come from another peer.</summary>
    public static byte[] Encrypt(byte[] text, EnvelopeMaker recipient)
    {
        using var ephemeral = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        return Envelope.Encrypt(text, recipient.PeerId, recipient.Prekey, ephemeral);
    }

    public void Dispose()
    {
        Key.Dispose();
        PrekeySecret.Dispose();
    }
}
