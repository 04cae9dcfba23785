using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Protocol.Rooms;
using RoomNotify = P2PChat.Client.RoomNotify;
using RoomRole = P2PChat.Client.RoomRole;
using RoomStanding = P2PChat.Client.RoomStanding;

namespace P2PChat.Peer.Api;

/// <summary>Converts rooms into the contracts of the local API.</summary>
internal static class RoomMapping
{
    public static RoomItem ToContract(this RoomView room) =>
        new(
            room.Id.ToString(),
            room.Name,
            (RoomStanding)room.Standing,
            (RoomRole)room.Role,
            room.Members,
            room.Unread,
            room.Mentions,
            (RoomNotify)room.Notify,
            room.InvitedBy?.ToContract(),
            room.Last?.ToContract()
        )
        {
            IsFull = room.IsFull,
            HasPicture = room.Picture is not null,
            RemovedBy = room.RemovedBy?.ToContract(),
        };

    public static RoomPersonItem ToContract(this RoomPerson person) =>
        new(person.Key.ToString(), person.Name?.Value, person.HasCheckedName);

    public static RoomMemberItem ToContract(this RoomMemberView member) =>
        new(member.Person.ToContract(), (RoomRole)member.Role, member.HasJoined, member.IsBlocked, member.IsConnected);

    public static RoomLinkItem ToContract(this RoomLinkView link) =>
        new(
            link.Id,
            (RoomLinkState)link.State,
            link.Uses,
            [.. link.UsedBy.Select(person => person.ToContract())],
            link.CreatedAt,
            link.ExpiresAt,
            link.Link?.ToString(),
            link.LocalNetworkOnly
        );

    private static RoomChangeItem ToContract(this RoomChangeView change) =>
        new(
            (Client.RoomChangeKind)change.Kind,
            change.Who.ToContract(),
            change.By?.ToContract(),
            change.Role == Protocol.Rooms.RoomRole.None ? null : (RoomRole)change.Role,
            change.IsAboutUser,
            change.IsByUser
        );

    public static RoomMessageItem ToContract(this RoomMessageView message) =>
        new(
            message.Id.ToString(),
            message.Room.Id.ToString(),
            message.Room.Name,
            message.From.ToContract(),
            message.Text,
            message.SentAt,
            message.IsOwn,
            message.ReplyTo is { } quote
                ? new RoomQuoteItem(quote.Id.ToString(), quote.From?.ToContract(), quote.Text)
                : null,
            message.Reactions.Count == 0
                ? null
                : [.. message.Reactions.Select(one => new RoomReactionItem(one.From.ToContract(), one.Emoji))],
            message.EditedAt,
            message.IsRemoved,
            message.IsAfterRemoval,
            message.IsCollapsed,
            message.MentionsUser,
            message.Readers
        );

    public static RoomMessageInfoResponse ToContract(this RoomMessageInfo info) =>
        new(
            info.Message.ToContract(),
            info.ReceivedAt,
            [.. info.Versions.Select(version => new VersionItem(version.Text, version.SentAt))],
            [
                .. info.Changes.Select(change => new RoomMessageChangeItem(
                    (Client.MessageChange)change.Change,
                    change.From.ToContract(),
                    change.SentAt
                )),
            ],
            [.. info.ReadBy.Select(person => person.ToContract())],
            [.. info.ReceivedBy.Select(person => person.ToContract())],
            [.. info.WaitingFor.Select(person => person.ToContract())]
        );

    /// <returns>Null for an event that is not about a room.</returns>
    public static ApiEvent? ToRoomEvent(this PeerEvent peerEvent) =>
        peerEvent switch
        {
            PeerEvent.RoomMessageReceived received => new ApiEvent.RoomMessageReceived(
                received.Message.ToContract(),
                received.Notifies
            ),
            PeerEvent.RoomMessageChanged changed => new ApiEvent.RoomMessageChanged(changed.Message.ToContract())
            {
                Change = (Client.MessageChange?)changed.Change,
                By = changed.By?.ToContract(),
                ByYou = changed.IsByUser,
                Notifies = changed.Notifies,
            },
            PeerEvent.RoomChanged { Room: var room, Change: var change } => new ApiEvent.RoomChanged(
                room.ToContract() with
                {
                    Change = change?.ToContract(),
                }
            ),
            PeerEvent.RoomReordered { Room: var room } => new ApiEvent.RoomReordered(room.Id.ToString(), room.Name),
            PeerEvent.RoomDeleted { Room: var room } => new ApiEvent.RoomDeleted(room.Id.ToString(), room.Name),
            PeerEvent.RoomLinkAccepted { Room: var room } => new ApiEvent.RoomLinkAccepted(
                room.Id.ToString(),
                room.Name
            ),
            PeerEvent.RoomLinkRefused { Room: var room, By: var by, Reason: var reason } =>
                new ApiEvent.RoomLinkRefused(room.Id.ToString(), room.Name, by.Value, (RoomLinkRefusal)reason),
            PeerEvent.RoomForked { Room: var room, By: var by } => new ApiEvent.RoomForked(
                room.Id.ToString(),
                room.Name,
                by.ToContract()
            ),
            PeerEvent.RoomTyping { Room: var room, From: var from, Active: var active } => new ApiEvent.RoomTyping(
                room.Id.ToString(),
                room.Name,
                from.ToContract(),
                active
            ),
            PeerEvent.RoomRead { Room: var room, By: var by, UpTo: var upTo } => new ApiEvent.RoomRead(
                room.Id.ToString(),
                room.Name,
                by.ToContract(),
                upTo.ToString()
            ),
            _ => null,
        };

    /// <exception cref="PeerException">The text is not the id of a message.</exception>
    public static RoomEventId ParseMessage(string text) =>
        RoomEventId.TryParse(text, out var id)
            ? id
            : throw new PeerException(
                PeerError.UnknownMessage,
                "That is not the id of a room's message. Such an id has 64 hexadecimal digits."
            );
}
