using System.Security.Cryptography;
using Google.Protobuf;
using Google.Protobuf.Collections;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms.Wire;

namespace P2PChat.Protocol.Rooms;

/// <summary>The form of an event, which can be checked without its room.</summary>
internal static class RoomEventForm
{
    /// <exception cref="RoomException">The event does not have that form.</exception>
    public static void Check(EventHeader header, ReadOnlyMemory<byte>? body)
    {
        CheckCounts(header);
        var kind = (RoomEventKind)header.Kind;
        var isMembership = kind <= RoomEventKind.LastMembership;
        var isKnown = kind is <= RoomEventKind.Picture or RoomEventKind.Message or RoomEventKind.Change;
        Require(header.Kind is > 0 and <= byte.MaxValue, "An event's kind is from 1 to 255.");
        Require(
            header.Author.Length == PeerId.Size && header.BodyHash.Length == RoomEventId.Size,
            "An event needs an author and a body hash of 32 bytes."
        );
        Require(IsIdOrEmpty(header.Previous) && IsIdOrEmpty(header.Subject), "An event's ids must have 32 bytes.");
        Require(
            AreIds(header.Parents) && AreIds(header.Heads) && AreIds(header.Seen),
            "An event's ids must have 32 bytes, and each is named once."
        );
        Require(
            kind == RoomEventKind.Create
                ? header.Room.IsEmpty && header.Previous.IsEmpty && header.Parents.Count == 0
                : header.Room.Length == RoomEventId.Size,
            "An event names its room, and only a room's first event has no room and no parents."
        );
        Require(
            isMembership ? header.Heads.Count == 0 : header.Heads.Count > 0,
            "A message names the membership events that its author knew. A membership event names them as its parents."
        );
        Require(
            !isMembership || kind == RoomEventKind.Create || header.Parents.Count > 0,
            "A membership event needs a parent."
        );
        Require(
            !isKnown
                || !header.Subject.IsEmpty
                    == kind is RoomEventKind.Invite or RoomEventKind.Remove or RoomEventKind.Role,
            "An invite, a remove and a role name a member, and other events do not."
        );
        Require(!isKnown || (header.Role != 0) == (kind == RoomEventKind.Role), "Only a role event names a role.");
        Require(header.Role <= (uint)RoomRole.Owner, "A role is from 1 to 3.");
        Require(
            !isKnown || header.Seen.Count == 0 || kind is RoomEventKind.Remove or RoomEventKind.Leave,
            "Only a remove and a leave name last messages."
        );
        CheckBody(header, body);
    }

    private static void CheckCounts(EventHeader header)
    {
        if (Math.Max(header.Parents.Count, Math.Max(header.Heads.Count, header.Seen.Count)) > RoomLimits.Parents)
        {
            throw new RoomException(
                RoomRefusal.TooManyParents,
                $"An event names at most {RoomLimits.Parents} parents, heads and last messages each."
            );
        }
    }

    private static void CheckBody(EventHeader header, ReadOnlyMemory<byte>? body)
    {
        if (body is not { } bytes)
        {
            return;
        }

        if (bytes.Length > RoomLimits.BodyBytes)
        {
            throw new RoomException(RoomRefusal.TooLarge, $"An event's body has at most {RoomLimits.BodyBytes} bytes.");
        }

        if (!header.BodyHash.Span.SequenceEqual(SHA256.HashData(bytes.Span)))
        {
            throw new RoomException(RoomRefusal.WrongBody, "The event's body does not match its hash.");
        }
    }

    private static bool IsIdOrEmpty(ByteString id) => id.Length is 0 or RoomEventId.Size;

    private static bool AreIds(RepeatedField<ByteString> ids) =>
        ids.All(id => id.Length == RoomEventId.Size) && ids.Distinct().Count() == ids.Count;

    private static void Require(bool holds, string rule)
    {
        if (!holds)
        {
            throw new RoomException(RoomRefusal.Malformed, rule);
        }
    }
}
