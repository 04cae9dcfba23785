using System.Text.Json.Serialization;
using P2PChat.Node.Model;
using P2PChat.Peer.Formatting;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Peer.Web.Model;

/// <summary>A notification, as notify.js shows it.</summary>
/// <param name="Key">A newer notification with the same key replaces it.</param>
/// <param name="HiddenText">Shown instead of the text if the user hides texts.</param>
/// <param name="Path">The page to open on a click.</param>
public sealed record PageNotification(string Key, string Title, string Text, string HiddenText, string Path)
{
    private const int MaxTextLength = 200;

    /// <summary>The id of the message whose text is shown; null if none is.</summary>
    [JsonIgnore]
    public string? Message { get; init; }

    /// <summary>Whether it is about a reaction. Nothing is unread then, so it closes once that is seen.</summary>
    [JsonIgnore]
    public bool IsReaction { get; init; }

    /// <summary>Whether it shows a message of a conversation.</summary>
    internal bool Shows(MessageKey message) => Message == IdOf(message.Id) && IsReaction == message.IsOwn;

    /// <returns>Null if the event needs no notification.</returns>
    internal static PageNotification? Of(PeerEvent peerEvent, Func<Username, Person> find) =>
        peerEvent switch
        {
            PeerEvent.MessageReceived { Message: var message } when find(message.With) is { Marks.Muted: false } from =>
                OfMessage(from, message),
            PeerEvent.MessageChanged { Change: MessageChange.Reaction, Message: var own, By: var by }
                when IsReactionToOwn(own, by)
                    && own.Reactions.FirstOrDefault(one => one.From == by) is { } reaction
                    && find(by) is { Marks.Muted: false } from => Of(
                from,
                $"Reacted {reaction.Emoji} to: {MessageText.Preview(FileLook.TextOf(own), MaxTextLength)}",
                "New reaction"
            ) with
            {
                Message = IdOf(own.Id),
                IsReaction = true,
            },
            PeerEvent.Request { From: var name } when find(name) is var from => Of(
                from,
                "Asks to connect with you",
                "Asks to connect with you"
            ),
            _ => null,
        };

    /// <param name="faceOf">Returns how a person in a room is shown.</param>
    /// <returns>Null if the event is not about a room, or needs no notification.</returns>
    internal static PageNotification? OfRoom(PeerEvent peerEvent, Func<RoomPerson, RoomFace> faceOf) =>
        peerEvent switch
        {
            PeerEvent.RoomMessageReceived { Notifies: true, Message: var message } => OfMessage(message, faceOf),
            PeerEvent.RoomChanged
            {
                Room: { Standing: RoomStanding.Invited, InvitedBy: { } by, Id: var id, Name: var name },
                Change.Kind: RoomChangeKind.Invited
            } => OfRoom(
                new RoomRef(id, name),
                faceOf(by).Name,
                $"Invites you to the room {name}",
                "Invites you to a room"
            ),
            _ => null,
        };

    /// <summary>The notification with the new text of an edited message.</summary>
    /// <returns>Null if the event is not an edit.</returns>
    internal static PageNotification? OfEdited(
        PeerEvent peerEvent,
        Func<Username, Person> find,
        Func<RoomPerson, RoomFace> faceOf
    ) =>
        peerEvent switch
        {
            PeerEvent.MessageChanged { Change: MessageChange.Edit, Message: var message }
                when message.From == message.With => OfMessage(find(message.With), message),
            PeerEvent.RoomMessageChanged { Change: MessageChange.Edit, Message: var message } => OfMessage(
                message,
                faceOf
            ),
            _ => null,
        };

    /// <summary>The key of a notification that has to go with its message, or its reaction.</summary>
    /// <returns>Null if the event removes nothing.</returns>
    internal static (string Key, string? Message, bool OnlyReaction)? RemovedBy(PeerEvent peerEvent) =>
        peerEvent switch
        {
            PeerEvent.MessageChanged { Change: MessageChange.Delete, Message: var message } => (
                KeyOf(message.With),
                IdOf(message.Id),
                false
            ),
            PeerEvent.MessageChanged { Change: MessageChange.Reaction, Message: var own, By: var by }
                when IsReactionToOwn(own, by) && own.Reactions.All(one => one.From != by) => (
                KeyOf(own.With),
                IdOf(own.Id),
                true
            ),
            PeerEvent.MessageDisappeared { With: var with, Id: var id } => (KeyOf(with), IdOf(id), false),
            PeerEvent.RoomMessageChanged { Message: { IsRemoved: true, Room: var room, Id: var id } } => (
                KeyOf(room.Id),
                $"{id}",
                false
            ),
            PeerEvent.RoomReordered { Room: var room, Deleted: { } deleted } => (KeyOf(room.Id), $"{deleted}", false),
            _ => null,
        };

    private static bool IsReactionToOwn(Message own, Username by) => by == own.With && own.From != by;

    private static string IdOf(Guid id) => id.ToString("N");

    internal static string KeyOf(Username name) => $"p2pchat-{name}";

    private static string KeyOf(RoomEventId room) => $"p2pchat-{PageRoom.PathOf(room)}";

    private static PageNotification OfMessage(Person from, Message message) =>
        Of(from, MessageText.Preview(FileLook.TextOf(message), MaxTextLength), "New message") with
        {
            Message = IdOf(message.Id),
        };

    private static PageNotification OfMessage(RoomMessageView message, Func<RoomPerson, RoomFace> faceOf) =>
        OfRoom(
            message.Room,
            $"{faceOf(message.From).Name} in {message.Room.Name}",
            RoomText.Preview(message, MaxTextLength),
            "New message"
        ) with
        {
            Message = $"{message.Id}",
        };

    private static PageNotification OfRoom(RoomRef room, string title, string text, string hiddenText) =>
        new(KeyOf(room.Id), title, text, hiddenText, PageRoom.PathOf(room.Id));

    private static PageNotification Of(Person from, string text, string hiddenText) =>
        new(KeyOf(from.Name), from.DisplayName, text, hiddenText, $"c/{from.Name}");
}
