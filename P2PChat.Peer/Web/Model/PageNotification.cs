using P2PChat.Node.Model;
using P2PChat.Peer.Formatting;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>A notification, as notify.js shows it.</summary>
/// <param name="Key">A newer notification with the same key replaces it.</param>
/// <param name="HiddenText">Shown instead of the text if the user hides texts.</param>
/// <param name="Path">The page to open on a click.</param>
public sealed record PageNotification(string Key, string Title, string Text, string HiddenText, string Path)
{
    private const int MaxTextLength = 200;

    /// <returns>Null if the event needs no notification.</returns>
    internal static PageNotification? Of(PeerEvent peerEvent, Func<Username, Person> find) =>
        peerEvent switch
        {
            PeerEvent.MessageReceived { Message: var message } when find(message.With) is { Marks.Muted: false } from =>
                Of(from, MessageText.Preview(FileLook.TextOf(message), MaxTextLength), "New message"),
            PeerEvent.MessageChanged { Change: MessageChange.Reaction, Message: var own, By: var by }
                when by == own.With
                    && own.From != by
                    && own.Reactions.FirstOrDefault(one => one.From == by) is { } reaction
                    && find(by) is { Marks.Muted: false } from => Of(
                from,
                $"Reacted {reaction.Emoji} to: {MessageText.Preview(FileLook.TextOf(own), MaxTextLength)}",
                "New reaction"
            ),
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
            PeerEvent.RoomMessageReceived { Notifies: true, Message: var message } => OfRoom(
                message.Room,
                $"{faceOf(message.From).Name} in {message.Room.Name}",
                RoomText.Preview(message, MaxTextLength),
                "New message"
            ),
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

    private static PageNotification OfRoom(RoomRef room, string title, string text, string hiddenText) =>
        new($"p2pchat-{PageRoom.PathOf(room.Id)}", title, text, hiddenText, PageRoom.PathOf(room.Id));

    private static PageNotification Of(Person from, string text, string hiddenText) =>
        new($"p2pchat-{from.Name}", from.DisplayName, text, hiddenText, $"c/{from.Name}");
}
