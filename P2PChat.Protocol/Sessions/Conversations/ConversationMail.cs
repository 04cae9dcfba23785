using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>What one envelope is to carry to the other's mailbox.</summary>
/// <param name="Frames">First a Resume; then messages and Skips, if any; then a Receipt, if there is one to tell.</param>
/// <param name="Epoch">Of the messages in it.</param>
/// <param name="From">The first sequence in it.</param>
/// <param name="To">The one after the last: as <paramref name="From"/> where it carries an acknowledgement alone.</param>
public sealed record ConversationMail(IReadOnlyList<Frame> Frames, ulong Epoch, ulong From, ulong To)
{
    /// <summary>How often the mailboxes had been lost when it was composed.</summary>
    internal int Losses { get; init; }
}

/// <summary>What became of an envelope's frames.</summary>
public enum MailOutcome
{
    /// <summary>
    /// They are held behind a gap, or taken already: <see cref="SessionEffect.MailTaken"/> tells when the mailbox's
    /// copy may be deleted, perhaps at once.
    /// </summary>
    Accepted,

    /// <summary>They are too far ahead: to be brought again when others have been taken.</summary>
    TooEarly,

    /// <summary>They break the protocol: the copy is of no use.</summary>
    Bad,
}
