using System.Buffers.Binary;
using System.Security.Cryptography;
using P2PChat.Protocol.Crypto;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Envelopes;

/// <summary>The verified contents of an envelope.</summary>
/// <param name="Sender">The signer. The caller must check whether it is a contact.</param>
/// <param name="SenderKey">The sender's public key, DER SubjectPublicKeyInfo.</param>
/// <param name="Id">Identifies the envelope if it is received twice.</param>
/// <param name="Frames">At least one.</param>
public sealed record OpenedEnvelope(
    PeerId Sender,
    ReadOnlyMemory<byte> SenderKey,
    Guid Id,
    IReadOnlyList<Frame> Frames
);

/// <summary>
/// Frames for an absent peer, encrypted to a prekey from its record and signed by their sender.
/// <code>
/// envelope = version prekey-id enc ciphertext         1, 8, 65 and the rest; in one of the fixed sizes
/// text     = id sender-key signature content          16, 91, 64 and the rest
/// content  = frame* 00*                               01 | 00 00 01 8D … | 04 A9 27 … | 5A D5 90 …
/// </code>
/// See docs/protocol.md, section 10, and docs/decisions/0009 for why each part is signed.
/// </summary>
public static class Envelope
{
    public const byte Version = 1;

    /// <summary>Maximum size of an envelope, in bytes.</summary>
    public const int MaxSize = 128 * 1024;

    /// <summary>Maximum size of the frames in one envelope, in bytes, including their 4-byte lengths.</summary>
    public const int MaxContentSize = MaxSize - Overhead;

    /// <summary>Size of an envelope minus the size of its content, in bytes.</summary>
    internal const int Overhead =
        HeaderSize + IdSize + IdentityKey.PublicKeySize + IdentityKey.SignatureSize + HpkeContext.TagSize;

    private const int AssociatedSize = 1 + sizeof(ulong);
    private const int HeaderSize = AssociatedSize + Hpke.EncapsulatedKeySize;
    private const int IdSize = 16;
    private const int ContentAt = IdSize + IdentityKey.PublicKeySize + IdentityKey.SignatureSize;

    /// <summary>The allowed sizes of envelopes. The padding hides the exact size from the directory.</summary>
    private static readonly int[] Sizes = [1024, 4 * 1024, 16 * 1024, 64 * 1024, MaxSize];

    // Domain separation: nothing else that is signed or encrypted begins with these.
    private static ReadOnlySpan<byte> SignatureContext => "P2PChat envelope v1\0"u8;

    private static ReadOnlySpan<byte> InfoContext => "P2PChat mailbox v1\0"u8;

    /// <summary>Size of frames in an envelope, to compare with <see cref="MaxContentSize"/>.</summary>
    public static int SizeOf(IEnumerable<Frame> frames) =>
        frames.Sum(frame => FrameCodec.PrefixSize + frame.CalculateSize());

    /// <summary>Encrypts and signs frames.</summary>
    /// <param name="sender">The sender's identity key.</param>
    /// <param name="prekey">From the recipient's verified record.</param>
    /// <exception cref="EnvelopeException">There are no frames, or too many for one envelope.</exception>
    /// <exception cref="CryptographicException">The prekey is not a point of P-256.</exception>
    public static byte[] Seal(IReadOnlyCollection<Frame> frames, ECDsa sender, PeerId recipient, Prekey prekey)
    {
        ArgumentNullException.ThrowIfNull(frames);
        ArgumentNullException.ThrowIfNull(sender);
        ArgumentNullException.ThrowIfNull(prekey);
        using var ephemeral = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        return Seal(EnvelopeContent.Write(frames), sender, recipient, prekey, Guid.CreateVersion7(), ephemeral);
    }

    /// <summary>Seals with given random values, for vectors and for tests of malicious senders.</summary>
    internal static byte[] Seal(
        byte[] content,
        ECDsa sender,
        PeerId recipient,
        Prekey prekey,
        Guid id,
        ECDiffieHellman ephemeral
    )
    {
        var senderKey = sender.ExportSubjectPublicKeyInfo();
        var signature = IdentityKey.Sign(
            sender,
            Signed(P256Point.Export(ephemeral), PeerId.FromPublicKey(senderKey), recipient, prekey.Id, id, content)
        );
        return Encrypt(
            [.. id.ToByteArray(bigEndian: true), .. senderKey, .. signature, .. content],
            recipient,
            prekey,
            ephemeral
        );
    }

    /// <summary>Encrypts without signing.</summary>
    internal static byte[] Encrypt(byte[] text, PeerId recipient, Prekey prekey, ECDiffieHellman ephemeral)
    {
        var associated = Associated(prekey.Id);
        using var context = Hpke.SetUpSender(prekey.PublicKey.Span, Info(recipient), ephemeral, out var encapsulated);
        return [.. associated, .. encapsulated, .. context.Seal(associated, text)];
    }

    /// <summary>Decrypts an envelope, and verifies that its sender addressed it to this peer.</summary>
    /// <param name="self">The recipient.</param>
    /// <param name="findPrekey">Returns the private key of a prekey by its id; null if unknown.</param>
    /// <exception cref="EnvelopeException">The envelope is invalid.</exception>
    public static OpenedEnvelope Open(
        ReadOnlyMemory<byte> envelope,
        PeerId self,
        Func<ulong, ECDiffieHellman?> findPrekey
    )
    {
        ArgumentNullException.ThrowIfNull(findPrekey);
        var bytes = envelope.Span;
        if (bytes.IsEmpty)
        {
            throw new EnvelopeException(EnvelopeError.Malformed, "The envelope is empty.");
        }

        if (bytes[0] != Version)
        {
            throw new EnvelopeException(
                EnvelopeError.UnsupportedVersion,
                $"The envelope's version is {bytes[0]}, not {Version}."
            );
        }

        if (!Sizes.Contains(bytes.Length))
        {
            throw new EnvelopeException(EnvelopeError.Malformed, $"An envelope cannot have {bytes.Length} bytes.");
        }

        var prekeyId = BinaryPrimitives.ReadUInt64BigEndian(bytes[1..]);
        var prekey = findPrekey(prekeyId)
            ?? throw new EnvelopeException(
                EnvelopeError.UnknownPrekey,
                "The envelope is for a prekey that this peer does not have."
            );
        var encapsulated = bytes[AssociatedSize..HeaderSize];
        var text = Decrypt(bytes, encapsulated, prekey, self);

        var id = new Guid(text.AsSpan(0, IdSize), bigEndian: true);
        var senderKey = text.AsMemory(IdSize, IdentityKey.PublicKeySize);
        var signature = text.AsSpan(IdSize + IdentityKey.PublicKeySize, IdentityKey.SignatureSize);
        var content = text.AsMemory(ContentAt);
        var sender = PeerId.FromPublicKey(senderKey.Span);
        if (
            !IdentityKey.Verify(
                senderKey.Span,
                Signed(encapsulated, sender, self, prekeyId, id, content.Span),
                signature
            )
        )
        {
            throw new EnvelopeException(
                EnvelopeError.BadSignature,
                "The envelope's signature was not made by its sender for this peer."
            );
        }

        return new OpenedEnvelope(sender, senderKey, id, EnvelopeContent.Read(content));
    }

    internal static int PaddedSize(int size) => Sizes.First(padded => padded >= size);

    private static byte[] Decrypt(
        ReadOnlySpan<byte> envelope,
        ReadOnlySpan<byte> encapsulated,
        ECDiffieHellman prekey,
        PeerId self
    )
    {
        try
        {
            using var context = Hpke.SetUpRecipient(encapsulated, prekey, Info(self));
            return context.Open(envelope[..AssociatedSize], envelope[HeaderSize..]);
        }
        catch (CryptographicException exception)
        {
            throw new EnvelopeException(
                EnvelopeError.NotDecrypted,
                "The envelope was modified or is for another peer.",
                exception
            );
        }
    }

    private static byte[] Associated(ulong prekeyId)
    {
        var associated = new byte[AssociatedSize];
        associated[0] = Version;
        BinaryPrimitives.WriteUInt64BigEndian(associated.AsSpan(1), prekeyId);
        return associated;
    }

    private static byte[] Info(PeerId recipient) => [.. InfoContext, .. recipient.Bytes];

    private static byte[] Signed(
        ReadOnlySpan<byte> encapsulated,
        PeerId sender,
        PeerId recipient,
        ulong prekeyId,
        Guid id,
        ReadOnlySpan<byte> content
    ) =>
        [
            .. SignatureContext,
            .. Associated(prekeyId),
            .. encapsulated,
            .. sender.Bytes,
            .. recipient.Bytes,
            .. id.ToByteArray(bigEndian: true),
            .. SHA256.HashData(content),
        ];
}
