using System.Buffers;
using System.Security.Cryptography;
using Google.Protobuf;
using Google.Protobuf.Collections;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms.Wire;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// An event of a room: a signed header, and a body that can be left out (docs/protocol.md, section 25). Whether the
/// author may do what it says depends on the room, see <see cref="RoomLog"/>.
/// </summary>
public sealed class RoomEvent
{
    /// <summary>Maximum size of a serialized event, in bytes.</summary>
    public const int MaxBytes = RoomLimits.HeaderBytes + RoomLimits.BodyBytes + 256;

    private readonly ReadOnlyMemory<byte> _header;
    private readonly ReadOnlyMemory<byte> _signature;
    private ReadOnlyMemory<byte> _publicKey;

    // The id belongs to what is signed, and not to the signature: of one header, ECDSA has many valid signatures, and
    // from one of them anyone can make another.
    private RoomEvent(ReadOnlyMemory<byte> header, EventHeader fields, SignedEvent signed, ReadOnlyMemory<byte>? body)
    {
        (_header, Body) = (header, body);
        (_signature, _publicKey) = (signed.Signature.Memory, signed.PublicKey.Memory);
        Id = new RoomEventId(SHA256.HashData(Signed(header.Span)));
        Room = fields.Room.IsEmpty ? Id : new RoomEventId(fields.Room.Span);
        Author = PeerId.FromHash(fields.Author.Span);
        Previous = fields.Previous.IsEmpty ? null : new RoomEventId(fields.Previous.Span);
        Parents = IdsOf(fields.Parents);
        Heads = IdsOf(fields.Heads);
        Seen = IdsOf(fields.Seen);
        (Kind, Role) = ((RoomEventKind)fields.Kind, (RoomRole)fields.Role);
        Subject = fields.Subject.IsEmpty ? default : PeerId.FromHash(fields.Subject.Span);
    }

    private RoomEvent(RoomEvent other, ReadOnlyMemory<byte>? body)
    {
        (_header, _signature, _publicKey, Body) = (other._header, other._signature, other._publicKey, body);
        (Id, Room, Author, Previous) = (other.Id, other.Room, other.Author, other.Previous);
        (Parents, Heads, Seen) = (other.Parents, other.Heads, other.Seen);
        (Kind, Role, Subject) = (other.Kind, other.Role, other.Subject);
    }

    public RoomEventId Id { get; }

    public RoomEventId Room { get; }

    public PeerId Author { get; }

    /// <summary>The author's previous event of the same class; null for the first.</summary>
    public RoomEventId? Previous { get; }

    /// <summary>Events of the same class that the author knew.</summary>
    public IReadOnlyList<RoomEventId> Parents { get; }

    /// <summary>Of a message, the membership events that the author knew and that were nobody's parents.</summary>
    public IReadOnlyList<RoomEventId> Heads { get; }

    /// <summary>Of a remove or leave, the last messages of the member that the author knew.</summary>
    public IReadOnlyList<RoomEventId> Seen { get; }

    public RoomEventKind Kind { get; }

    public bool IsMembership => Kind <= RoomEventKind.LastMembership;

    /// <summary>The member that an invite, remove or role is about; otherwise the default.</summary>
    public PeerId Subject { get; }

    /// <summary>The new role, of a <see cref="RoomEventKind.Role"/>.</summary>
    public RoomRole Role { get; }

    /// <summary>Null if it was left out or deleted.</summary>
    public ReadOnlyMemory<byte>? Body { get; }

    /// <summary>Size in bytes, without what Protobuf adds.</summary>
    internal int Size => _header.Length + _signature.Length + _publicKey.Length + (Body?.Length ?? 0);

    /// <summary>The size of its body in bytes if that is a large one, such as a picture; otherwise 0.</summary>
    internal int LargeBody => Body is { Length: > RoomLimits.LargeBody and var length } ? length : 0;

    private static ReadOnlySpan<byte> Context => "P2PChat room event v1\0"u8;

    /// <summary>Signs an event with its author's identity key.</summary>
    /// <exception cref="RoomException">
    /// The header does not have the form of an event, or the event is too large.
    /// </exception>
    public static RoomEvent Sign(EventHeader header, ReadOnlyMemory<byte> body, ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(key);
        var publicKey = key.ExportSubjectPublicKeyInfo();
        var fields = header.Clone();
        fields.Author = ByteString.CopyFrom(PeerId.FromPublicKey(publicKey).Bytes);
        fields.BodyHash = ByteString.CopyFrom(SHA256.HashData(body.Span));
        RoomEventForm.Check(fields, body);
        var bytes = fields.ToByteArray();
        var signed = new SignedEvent
        {
            Signature = ByteString.CopyFrom(IdentityKey.Sign(key, Signed(bytes))),
            PublicKey = ByteString.CopyFrom(publicKey),
        };
        return new RoomEvent(bytes, fields, signed, body);
    }

    /// <summary>Parses an event from another peer, and checks its form, its key, its signature and its body.</summary>
    /// <exception cref="RoomException">The event is invalid.</exception>
    public static RoomEvent Verify(ReadOnlySpan<byte> bytes)
    {
        var parsed = Parse(bytes);
        // The name of the room must not depend on who has passed it on.
        if (parsed is { IsMembership: true, Body: null })
        {
            throw new RoomException(RoomRefusal.Malformed, "A membership event comes with its body.");
        }

        if (
            !IdentityKey.IsWellFormed(parsed._publicKey.Span)
            || PeerId.FromPublicKey(parsed._publicKey.Span) != parsed.Author
        )
        {
            throw new RoomException(RoomRefusal.WrongKey, "The event's key is not that of its author.");
        }

        return IdentityKey.Verify(parsed._publicKey.Span, Signed(parsed._header.Span), parsed._signature.Span)
            ? parsed
            : throw new RoomException(RoomRefusal.BadSignature, "The signature does not match the event.");
    }

    /// <summary>Parses an event that was verified before, as the store keeps it.</summary>
    /// <exception cref="RoomException">The bytes are not an event.</exception>
    public static RoomEvent Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxBytes)
        {
            throw new RoomException(RoomRefusal.TooLarge, $"An event has at most {MaxBytes} bytes.");
        }

        var signed = Parse(SignedEvent.Parser, bytes.ToArray());
        if (signed.Header.Length > RoomLimits.HeaderBytes)
        {
            throw new RoomException(
                RoomRefusal.TooLarge,
                $"An event's header has at most {RoomLimits.HeaderBytes} bytes."
            );
        }

        var fields = Parse(EventHeader.Parser, signed.Header.Memory);
        // No message has an empty body. An older version sends deleted ones so after a restart.
        var isMembership = (RoomEventKind)fields.Kind <= RoomEventKind.LastMembership;
        var isLeftOut = !signed.HasBody || (signed.Body.IsEmpty && !isMembership);
        // Without the cast, null would become an empty body.
        var body = isLeftOut ? (ReadOnlyMemory<byte>?)null : signed.Body.Memory;
        RoomEventForm.Check(fields, body);
        return new RoomEvent(signed.Header.Memory, fields, signed, body);
    }

    /// <summary>Puts together what the store keeps apart, without checking it again.</summary>
    /// <param name="bytes">What <see cref="ToBytes"/> returned for <see cref="WithoutBody"/>.</param>
    /// <exception cref="RoomException">The bytes are not an event.</exception>
    public static RoomEvent Parse(ReadOnlySpan<byte> bytes, ReadOnlyMemory<byte>? body)
    {
        return new RoomEvent(Parse(bytes), body);
    }

    public byte[] ToBytes()
    {
        var signed = new SignedEvent
        {
            Header = UnsafeByteOperations.UnsafeWrap(_header),
            Signature = UnsafeByteOperations.UnsafeWrap(_signature),
            PublicKey = UnsafeByteOperations.UnsafeWrap(_publicKey),
        };
        if (Body is { } body)
        {
            signed.Body = UnsafeByteOperations.UnsafeWrap(body);
        }

        return signed.ToByteArray();
    }

    /// <summary>The same event without its body.</summary>
    public RoomEvent WithoutBody() => new(this, body: null);

    /// <summary>Uses the copy of the author's key that another of the author's events has, to save memory.</summary>
    internal void ShareKey(Dictionary<PeerId, ReadOnlyMemory<byte>> keys)
    {
        if (!keys.TryAdd(Author, _publicKey))
        {
            _publicKey = keys[Author];
        }
    }

    /// <summary>All ids that the event names, of both classes.</summary>
    internal IEnumerable<RoomEventId> References =>
        Previous is { } previous ? Parents.Concat(Heads).Append(previous) : Parents.Concat(Heads);

    private static IReadOnlyList<RoomEventId> IdsOf(RepeatedField<ByteString> ids) =>
        ids.Count == 0 ? [] : [.. ids.Select(id => new RoomEventId(id.Span))];

    private static byte[] Signed(ReadOnlySpan<byte> header) => [.. Context, .. header];

    private static T Parse<T>(MessageParser<T> parser, ReadOnlyMemory<byte> bytes)
        where T : class, IMessage<T>, new() =>
        Protobuf.TryParse(parser, new T().Descriptor, new ReadOnlySequence<byte>(bytes))
        ?? throw new RoomException(RoomRefusal.Malformed, "The event is not valid Protobuf.");
}
