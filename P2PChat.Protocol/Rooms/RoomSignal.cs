using Google.Protobuf;
using Google.Protobuf.Collections;
using P2PChat.Protocol.Invites;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Rooms;

/// <summary>
/// What members tell each other on a link only, and what may be lost (docs/protocol.md, section 25.8).
/// </summary>
public abstract record RoomSignal(RoomEventId Room)
{
    private const int MaxHeads = 2 * RoomLimits.Asked;
    private const int MaxKnown = 4 * RoomLimits.Asked;

    /// <inheritdoc cref="RoomEffect.SendHeads"/>
    public sealed record Heads(RoomEventId Room, IReadOnlyList<RoomEventId> Ids) : RoomSignal(Room);

    /// <inheritdoc cref="RoomEffect.Ask"/>
    public sealed record Question(RoomEventId Room, IReadOnlyList<RoomEventId> Ids, IReadOnlyList<RoomEventId> Known)
        : RoomSignal(Room);

    /// <inheritdoc cref="RoomEffect.Unavailable"/>
    public sealed record Unavailable(RoomEventId Room, IReadOnlyList<RoomEventId> Ids) : RoomSignal(Room);

    /// <summary>The sender's user has read the room up to this message.</summary>
    public sealed record Read(RoomEventId Room, RoomEventId Event) : RoomSignal(Room);

    /// <summary>The sender's user has started or stopped typing in the room.</summary>
    public sealed record Typing(RoomEventId Room, bool Active) : RoomSignal(Room);

    /// <summary>The sender has the secret of an invite link that the receiver has made.</summary>
    public sealed record LinkProof(RoomEventId Room, ReadOnlyMemory<byte> InviteId, ReadOnlyMemory<byte> Proof)
        : RoomSignal(Room);

    /// <summary>The receiver's <see cref="LinkProof"/> has not led to an invite.</summary>
    public sealed record LinkStatus(RoomEventId Room, ReadOnlyMemory<byte> InviteId, InviteState State)
        : RoomSignal(Room);

    /// <summary>Reads a frame of another peer. Ids beyond the limits are left out.</summary>
    /// <returns>Null if it is another frame, or an id does not have 32 bytes.</returns>
    public static RoomSignal? TryParse(Frame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        return frame.BodyCase switch
        {
            Frame.BodyOneofCase.RoomHeads => IdOf(frame.RoomHeads.Room) is { } room
            && IdsOf(frame.RoomHeads.Heads, MaxHeads) is { } heads
                ? new Heads(room, heads)
                : null,
            Frame.BodyOneofCase.RoomQuestion => IdOf(frame.RoomQuestion.Room) is { } room
            && IdsOf(frame.RoomQuestion.Ids, RoomLimits.Asked) is { } ids
            && IdsOf(frame.RoomQuestion.Known, MaxKnown) is { } known
                ? new Question(room, ids, known)
                : null,
            Frame.BodyOneofCase.RoomUnavailable => IdOf(frame.RoomUnavailable.Room) is { } room
            && IdsOf(frame.RoomUnavailable.Ids, RoomLimits.Asked) is { } ids
                ? new Unavailable(room, ids)
                : null,
            Frame.BodyOneofCase.RoomRead => IdOf(frame.RoomRead.Room) is { } room
            && IdOf(frame.RoomRead.Event) is { } read
                ? new Read(room, read)
                : null,
            Frame.BodyOneofCase.RoomTyping => IdOf(frame.RoomTyping.Room) is { } room
                ? new Typing(room, frame.RoomTyping.Active)
                : null,
            Frame.BodyOneofCase.RoomLinkProof => IdOf(frame.RoomLinkProof.Room) is { } room
            && frame.RoomLinkProof is { InviteId: { Length: InviteSecret.IdSize } id, Proof: { } proof }
            && proof.Length == RoomInviteProof.Size
                ? new LinkProof(room, id.Memory, proof.Memory)
                : null,
            Frame.BodyOneofCase.RoomLinkStatus => IdOf(frame.RoomLinkStatus.Room) is { } room
            && frame.RoomLinkStatus is { InviteId: { Length: InviteSecret.IdSize } id, State: var state }
                ? new LinkStatus(room, id.Memory, state)
                : null,
            _ => null,
        };
    }

    public Frame ToFrame()
    {
        var room = Bytes(Room);
        return this switch
        {
            Heads heads => new Frame
            {
                RoomHeads = new RoomHeads { Room = room, Heads = { Bytes(heads.Ids) } },
            },
            Question question => new Frame
            {
                RoomQuestion = new RoomQuestion
                {
                    Room = room,
                    Ids = { Bytes(question.Ids) },
                    Known = { Bytes(question.Known) },
                },
            },
            Unavailable unavailable => new Frame
            {
                RoomUnavailable = new RoomUnavailable { Room = room, Ids = { Bytes(unavailable.Ids) } },
            },
            Read read => new Frame
            {
                RoomRead = new RoomRead { Room = room, Event = Bytes(read.Event) },
            },
            Typing typing => new Frame
            {
                RoomTyping = new RoomTyping { Room = room, Active = typing.Active },
            },
            LinkProof shown => new Frame
            {
                RoomLinkProof = new RoomLinkProof
                {
                    Room = room,
                    InviteId = UnsafeByteOperations.UnsafeWrap(shown.InviteId),
                    Proof = UnsafeByteOperations.UnsafeWrap(shown.Proof),
                },
            },
            LinkStatus status => new Frame
            {
                RoomLinkStatus = new RoomLinkStatus
                {
                    Room = room,
                    InviteId = UnsafeByteOperations.UnsafeWrap(status.InviteId),
                    State = status.State,
                },
            },
            _ => throw new InvalidOperationException("The signal's kind is unknown."),
        };
    }

    private static RoomEventId? IdOf(ByteString bytes) =>
        bytes.Length == RoomEventId.Size ? new RoomEventId(bytes.Span) : (RoomEventId?)null;

    private static List<RoomEventId>? IdsOf(RepeatedField<ByteString> ids, int max)
    {
        var read = new List<RoomEventId>(Math.Min(ids.Count, max));
        foreach (var bytes in ids.Take(max))
        {
            if (IdOf(bytes) is not { } id)
            {
                return null;
            }

            read.Add(id);
        }

        return read;
    }

    private static ByteString Bytes(RoomEventId id) => UnsafeByteOperations.UnsafeWrap(id.ToBytes());

    private static IEnumerable<ByteString> Bytes(IReadOnlyList<RoomEventId> ids) => ids.Select(Bytes);
}
