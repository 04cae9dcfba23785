using P2PChat.Node.Model;

namespace P2PChat.Peer.Web.Model;

/// <summary>Shows the state of a sent message as an icon and a label.</summary>
/// <param name="Icon">A name of <see cref="Components.Parts.Icon"/>.</param>
/// <param name="Class">The CSS class.</param>
public sealed record MessageStateText(string Label, string Icon, string Class)
{
    private const string Failed = "failed";

    /// <summary>Whether the label is visible, instead of only a tooltip.</summary>
    public bool IsFailure => Class == Failed;

    internal static MessageStateText Of(MessageState state) =>
        state switch
        {
            MessageState.Queued => new("Queued", "clock", "queued"),
            MessageState.Sent => new("Sent, not delivered yet", "tick", "sent"),
            MessageState.Delivered => new("Delivered", "ticks", "delivered"),
            MessageState.Read => new("Read", "ticks-read", "read"),
            MessageState.Expired => new("Not delivered within 14 days", "alert", Failed),
            MessageState.Unconfirmed => new(
                "Not confirmed. It may still be delivered from their mailbox",
                "alert",
                Failed
            ),
            MessageState.Refused => new("Not delivered: refused", "alert", Failed),
            MessageState.Lost => new("No longer on their device", "alert", Failed),
            MessageState.TakenBack => new("Taken back", "close", Failed),
            _ => new("Received", "check", "received"),
        };

    /// <summary>Shows the state of an edit, a reaction or a deletion that the other side does not have.</summary>
    internal static MessageStateText OfChange(MessageState state) =>
        state is MessageState.Queued or MessageState.Sent
            ? new("Your last change is not delivered yet", "clock", "queued")
            : new("Your last change was not delivered", "alert", Failed);
}
