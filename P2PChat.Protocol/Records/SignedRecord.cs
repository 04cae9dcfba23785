using System.Buffers;
using System.Security.Cryptography;
using Google.Protobuf;
using P2PChat.Protocol.Crypto;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Records;

/// <summary>The exact bytes of a <see cref="PeerRecord"/> with their signature and the signer's key.</summary>
/// <param name="Record">The signed bytes, without the signature context.</param>
/// <param name="Signature">ECDSA P-256 with SHA-256, r and s of 32 bytes each.</param>
/// <param name="PublicKey">The signer's key, DER SubjectPublicKeyInfo.</param>
public sealed record SignedRecord(
    ReadOnlyMemory<byte> Record,
    ReadOnlyMemory<byte> Signature,
    ReadOnlyMemory<byte> PublicKey
)
{
    /// <summary>Maximum size of a record, in bytes.</summary>
    public const int MaxSize = 4 * 1024;

    /// <summary>Maximum number of endpoints of a device.</summary>
    public const int MaxEndpoints = 8;

    /// <summary>Length of a directory id in bytes.</summary>
    public const int DirectoryIdSize = 16;

    /// <summary>Tolerated difference between the clocks of two machines.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>Maximum time from now to <see cref="PeerRecord.NotAfter"/>.</summary>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromDays(8);

    /// <summary>
    /// How long after <see cref="PeerRecord.NotAfter"/> mail may still be encrypted to a record's prekey. An absent
    /// peer cannot sign a newer record, and its claim and mailbox last no longer.
    /// </summary>
    public static readonly TimeSpan PrekeyGrace = TimeSpan.FromDays(30);

    /// <summary>
    /// Whether a known sequence rules out lower ones. One further ahead of the reader's clock than
    /// <see cref="ClockSkew"/> comes from a wrong clock and is ignored (docs/protocol.md, section 2).
    /// </summary>
    /// <param name="now">The reader's clock.</param>
    public static bool IsBinding(ulong sequence, DateTimeOffset now) => sequence <= LatestSequence(now);

    /// <summary>The highest sequence that a record can have now.</summary>
    public static ulong LatestSequence(DateTimeOffset now) =>
        (ulong)Math.Max(0, (now + ClockSkew).ToUnixTimeMilliseconds());

    // Domain separation: the identity key signs nothing else that begins with it.
    private static ReadOnlySpan<byte> Context => "P2PChat record v1\0"u8;

    /// <summary>Signs a record with the identity key.</summary>
    public static SignedRecord Sign(PeerRecord record, ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(key);
        var bytes = record.ToByteArray();
        return new SignedRecord(bytes, IdentityKey.Sign(key, [.. Context, .. bytes]), key.ExportSubjectPublicKeyInfo());
    }

    /// <summary>
    /// Checks the signature and the form. The caller must check the sequence, the directory id, and the time by
    /// <see cref="VerifiedRecord.CheckTime"/>.
    /// </summary>
    /// <exception cref="RecordException">The record is invalid.</exception>
    public VerifiedRecord Verify()
    {
        if (Record.Length is 0 or > MaxSize)
        {
            throw new RecordException(
                RecordError.Malformed,
                $"A record must have 1 to {MaxSize} bytes, not {Record.Length}."
            );
        }

        if (!IdentityKey.IsWellFormed(PublicKey.Span))
        {
            throw new RecordException(
                RecordError.UnsupportedKey,
                "The public key must be a P-256 key, as DER SubjectPublicKeyInfo with an uncompressed point."
            );
        }

        if (!IdentityKey.Verify(PublicKey.Span, [.. Context, .. Record.Span], Signature.Span))
        {
            throw new RecordException(
                RecordError.BadSignature,
                "The signature does not match the record and the public key."
            );
        }

        var record = Protobuf.TryParse(PeerRecord.Parser, PeerRecord.Descriptor, new ReadOnlySequence<byte>(Record))
            ?? throw Malformed("The record is not a PeerRecord message.");
        return new VerifiedRecord(this, record, CheckForm(record));
    }

    private Username CheckForm(PeerRecord record)
    {
        if (record.Purpose is not (Purpose.Register or Purpose.Leave))
        {
            throw Malformed("The record's purpose must be to register or to leave.");
        }

        if (!Username.TryParse(record.Username, out var username) || username.Value != record.Username)
        {
            throw new RecordException(
                RecordError.InvalidUsername,
                Username.Rule + " In a record it must be in lower case."
            );
        }

        if (record.DirectoryId.Length != DirectoryIdSize)
        {
            throw Malformed($"The record's directory id must have {DirectoryIdSize} bytes.");
        }

        if (record.Sequence is 0 or > long.MaxValue)
        {
            throw Malformed("The record's sequence must be between 1 and 2^63 - 1.");
        }

        if (record.Release && record.Purpose != Purpose.Leave)
        {
            throw Malformed("Only a record whose purpose is to leave can release the name.");
        }

        if (record.Devices.Count != 1)
        {
            throw Malformed("In version 1 a record must contain exactly one device.");
        }

        var device = record.Devices[0];
        if (!device.PublicKey.Span.SequenceEqual(PublicKey.Span))
        {
            throw Malformed("The device's key must be the key that signed the record.");
        }

        if (device.Endpoints.Count > MaxEndpoints)
        {
            throw Malformed($"A device can have at most {MaxEndpoints} endpoints.");
        }

        foreach (var endpoint in device.Endpoints)
        {
            if (!IsEndpoint(endpoint))
            {
                throw Malformed("An endpoint needs a host name or IP address, and a port from 1 to 65535.");
            }
        }

        if (device.Prekey is { } prekey)
        {
            CheckPrekey(prekey);
        }

        return username;
    }

    /// <summary>Whether the endpoint has a host name or IP address, and a port from 1 to 65535.</summary>
    internal static bool IsEndpoint(Endpoint endpoint) => endpoint.Port is > 0 and <= 65535 && IsHost(endpoint.Host);

    // Brackets belong in a URL only, but Uri accepts them around an IPv6 address.
    private static bool IsHost(string host) =>
        host.Length <= 253 && !host.StartsWith('[') && Uri.CheckHostName(host) != UriHostNameType.Unknown;

    private static void CheckPrekey(Prekey prekey)
    {
        if (prekey.Id is 0 or > long.MaxValue)
        {
            throw Malformed("A prekey's id must be between 1 and 2^63 - 1.");
        }

        if (prekey.Created <= 0 || prekey.Created > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
        {
            throw Malformed("A prekey's creation time must be in Unix milliseconds.");
        }

        if (!P256Point.IsOnCurve(prekey.PublicKey.Span))
        {
            throw Malformed("A prekey must be an uncompressed point of P-256.");
        }
    }

    private static RecordException Malformed(string message) => new(RecordError.Malformed, message);
}
