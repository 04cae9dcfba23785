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

    public static PeerException NothingUnread() =>
        new(
            PeerError.UnknownMessage,
            "Neither that message nor a later one is from somebody else, so nothing can be marked as unread."
        );

    public static PeerException NoConversation(Username name) =>
        new(PeerError.UnknownPeer, $"There is no conversation with {name}. Ask {name} to connect to start one.");

    public static PeerException ShuttingDown() =>
        new(PeerError.ShuttingDown, "This peer is shutting down. Try again after the restart.");

    public static PeerException BadText() =>
        new(
            PeerError.BadText,
            $"The text is empty or too long. Send 1 to {ConversationOptions.MaxTextBytes} bytes, or 8 fewer in an edit."
        );

    public static PeerException NotYourMessage() =>
        new(
            PeerError.NotYourMessage,
            "Only the sender can edit this message or delete it for everyone. You can still delete your copy."
        );

    public static PeerException MessageDeleted() =>
        new(PeerError.MessageDeleted, "This message was deleted for everyone. Choose another message.");

    public static PeerException TooOldToEdit() =>
        new(
            PeerError.NotEditable,
            $"This message is more than {ContentRules.EditLimit.TotalHours:0} hours old, so it cannot be edited. "
                + "Send a new one instead."
        );

    public static PeerException FileNotEditable() =>
        new(PeerError.NotEditable, "This message offers a file, so it cannot be edited. Delete it, then send another.");

    public static PeerException NotDelivered() =>
        new(
            PeerError.NotEditable,
            "The other peer does not have this message, so it cannot be edited. Send a new one instead."
        );

    public static PeerException NotAnEmoji() =>
        new(PeerError.NotAnEmoji, "React with exactly one emoji. To say more, send a reply.");

    public static PeerException BadTimer() =>
        new(PeerError.BadTimer, "That time is not allowed. Choose 5 minutes to 90 days, or turn the timer off.");

    public static PeerException AmbiguousMessage() =>
        new(PeerError.AmbiguousMessage, "Two messages have this id, one from each side. Say which one with 'yours'.");

    public static PeerException EarlierKey(Username name) =>
        new(
            PeerError.UnknownMessage,
            $"This message belongs to an earlier key of {name}, so you cannot reply to it or change it. "
                + "Send a new message."
        );

    public static PeerException KeyReused() =>
        new(PeerError.KeyReused, "This Idempotency-Key was used for another message. Use a new key for each message.");
}
