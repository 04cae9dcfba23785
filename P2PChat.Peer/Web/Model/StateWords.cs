using P2PChat.Node.Model;

namespace P2PChat.Peer.Web.Model;

/// <summary>What became of a message of ours, for the eye and for the ear.</summary>
/// <param name="Icon">Of <see cref="Components.Parts.Icon"/>.</param>
/// <param name="Twice">Whether the icon stands there twice.</param>
internal sealed record StateWords(string Words, string Icon, bool Twice, string Class)
{
    private const string Failed = "failed";

    /// <summary>Whether its words stand there for all to see.</summary>
    public bool IsFailure => Class == Failed;

    public static StateWords Of(MessageState state) =>
        state switch
        {
            MessageState.Queued => new("Waits until there is a way", "clock", false, "queued"),
            MessageState.Sent => new("Sent, not delivered yet", "check", false, "sent"),
            MessageState.Delivered => new("Delivered", "check", true, "delivered"),
            MessageState.Read => new("Read", "check", true, "read"),
            MessageState.Expired => new("Not delivered: they were not reached in time", "alert", false, Failed),
            MessageState.Unconfirmed => new(
                "Not confirmed: it may still be delivered from their mailbox",
                "alert",
                false,
                Failed
            ),
            MessageState.Refused => new("Not delivered: it was dropped", "alert", false, Failed),
            MessageState.Lost => new("No longer on their device", "alert", false, Failed),
            MessageState.TakenBack => new("Taken back", "close", false, Failed),
            _ => new("Received", "check", false, "received"),
        };
}
