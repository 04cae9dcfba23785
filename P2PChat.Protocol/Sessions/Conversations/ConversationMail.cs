using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>The contents of one envelope for the other side's mailbox.</summary>
/// <param name="Frames">
/// The introduction if there is one, a Resume, a Receipt if there is one, then messages and Skips.
/// </param>
/// <param name="Epoch">The epoch of the messages.</param>
/// <param name="From">The first sequence in it.</param>
/// <param name="To">One after the last sequence; equals <paramref name="From"/> if there are no messages.</param>
public sealed record ConversationMail(IReadOnlyList<Frame> Frames, ulong Epoch, ulong From, ulong To)
{
    /// <summary>Whether there were more messages than fit.</summary>
    public bool HasMore { get; init; }

    /// <summary>Number of mailbox losses that were known when the mail was composed.</summary>
    internal int Losses { get; init; }
}

/// <summary>Result of receiving an envelope.</summary>
public enum MailOutcome
{
    /// <summary>
    /// The messages are held behind a gap or delivered. <see cref="SessionEffect.MailReceived"/> follows when the
    /// mailbox's copy may be deleted, possibly in the same step.
    /// </summary>
    Accepted,

    /// <summary>The messages are too far ahead. Try again when earlier ones have been delivered.</summary>
    TooEarly,

    /// <summary>The envelope breaks the protocol and can be deleted.</summary>
    Bad,
}
