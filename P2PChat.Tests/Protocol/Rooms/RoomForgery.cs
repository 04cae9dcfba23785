using Google.Protobuf;
using P2PChat.Protocol.Rooms;
using P2PChat.Protocol.Rooms.Wire;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>Events that only a liar would make, with valid signatures.</summary>
internal static class RoomForgery
{
    public static RoomEvent Message(
        RoomScene room,
        int author,
        string text,
        IEnumerable<RoomEventId>? parents = null,
        IEnumerable<RoomEventId>? heads = null,
        RoomEventId? previous = null
    ) =>
        Message(
            room[author].Log,
            author,
            text,
            parents ?? [],
            heads ?? room[0].Log.Membership.Heads.Select(head => head.Event.Id),
            previous
        );

    public static RoomEvent Message(
        RoomLog log,
        int author,
        string text,
        IEnumerable<RoomEventId> parents,
        IEnumerable<RoomEventId> heads,
        RoomEventId? previous,
        DateTimeOffset sentAt = default,
        RoomContent? content = null,
        RoomEventKind? kind = null
    )
    {
        var message = new RoomMessage(text, sentAt, content);
        var header = Header(kind ?? message.Kind, log.Room, previous);
        header.Parents.AddRange(parents.Select(Bytes));
        header.Heads.AddRange(heads.Select(Bytes));
        return RoomEvent.Sign(header, message.ToBody(), RoomKeys.Of(author));
    }

    public static RoomEvent Membership(
        RoomLog log,
        int author,
        RoomEventKind kind,
        IEnumerable<RoomEventId> parents,
        int? subject = null,
        RoomEventId? previous = null,
        RoomRole role = RoomRole.None
    )
    {
        var header = Header(kind, log.Room, previous);
        header.Parents.AddRange(parents.Select(Bytes));
        header.Role = (uint)role;
        if (subject is { } number)
        {
            header.Subject = ByteString.CopyFrom(RoomKeys.IdOf(number).Bytes);
        }

        return RoomEvent.Sign(header, default, RoomKeys.Of(author));
    }

    /// <summary>Sets a picture that nobody has checked.</summary>
    public static RoomEvent Picture(RoomLog log, int author, byte[] picture)
    {
        var header = Header(RoomEventKind.Picture, log.Room);
        header.Parents.AddRange(log.Membership.Heads.Select(head => Bytes(head.Event.Id)));
        var body = new RoomBody { Picture = ByteString.CopyFrom(picture) };
        return RoomEvent.Sign(header, body.ToByteArray(), RoomKeys.Of(author));
    }

    public static EventHeader Header(RoomEventKind kind, RoomEventId room, RoomEventId? previous = null) =>
        new()
        {
            Kind = (uint)kind,
            Room = Bytes(room),
            Previous = previous is { } id ? Bytes(id) : ByteString.Empty,
        };

    public static ByteString Bytes(RoomEventId id) => ByteString.CopyFrom(id.ToBytes());
}
