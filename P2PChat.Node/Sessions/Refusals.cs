using P2PChat.Node.Model;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Sessions;

/// <summary>Refusals that the sessions and the services have in common.</summary>
internal static class Refusals
{
    public static PeerException ToSelf() => new(PeerError.ToOneself, "That is your own username. Name another peer.");

    public static PeerException NotConnected(Username name) =>
        new(PeerError.NotConnected, $"You are not connected to {name}. Ask {name} to connect first.");

    public static PeerException UnknownMessage() =>
        new(PeerError.UnknownMessage, "There is no such message. It may have been deleted.");

    public static PeerException NoConversation(Username name) =>
        new(PeerError.UnknownPeer, $"There is no conversation with {name}. Ask {name} to connect to start one.");

    public static PeerException ShuttingDown() =>
        new(PeerError.ShuttingDown, "This peer is shutting down. Send the message again after the restart.");

    public static PeerException BadText() =>
        new(
            PeerError.BadText,
            $"A message has 1 to {ConversationOptions.MaxTextBytes} bytes of text. Send a shorter one, or several."
        );

    public static PeerException NotYourMessage() =>
        new(
            PeerError.NotYourMessage,
            "Only its sender can edit this message or delete it for everyone. You can delete your own copy."
        );

    public static PeerException MessageDeleted() =>
        new(PeerError.MessageDeleted, "This message was deleted for everyone. Choose another one.");

    public static PeerException TooOldToEdit() =>
        new(
            PeerError.NotEditable,
            $"A message can be edited for {ContentRules.EditLimit.TotalHours:0} hours. Send a new one instead."
        );

    public static PeerException NotDelivered() =>
        new(PeerError.NotEditable, "This message was not delivered, so it cannot be edited. Send a new one instead.");

    public static PeerException NotAnEmoji() =>
        new(PeerError.NotAnEmoji, "A reaction is one emoji. Send anything longer as a reply.");

    public static PeerException WhichMessage() =>
        new(
            PeerError.WhichMessage,
            "Two messages have this id, one from each side, so it is not clear which one you mean. Choose another one."
        );

    public static PeerException EarlierKey(Username name) =>
        new(
            PeerError.UnknownMessage,
            $"{name} had another key when this message was sent, and cannot know it any more. Send a new message."
        );
}
