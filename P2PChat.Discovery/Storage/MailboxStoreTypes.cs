namespace P2PChat.Discovery.Storage;

internal enum MailboxOutcome
{
    Done,

    /// <summary>The caller does not hold the name's lease.</summary>
    UnknownToken,

    /// <summary>The capability, the mailbox or the name is unknown. The caller is not told which.</summary>
    UnknownCapability,

    /// <summary>A quota is used up.</summary>
    Full,
}

internal readonly record struct DepositResult(MailboxOutcome Outcome, DateTimeOffset ExpiresAt = default);

/// <param name="Id">Orders the envelopes of a mailbox, oldest first.</param>
internal sealed record StoredEnvelope(string Id, ReadOnlyMemory<byte> Bytes);

internal readonly record struct CollectResult(
    MailboxOutcome Outcome,
    IReadOnlyList<StoredEnvelope> Envelopes,
    bool HasMore
);

internal readonly record struct DeleteResult(MailboxOutcome Outcome, int Deleted = 0);

internal readonly record struct WaitingResult(MailboxOutcome Outcome, bool HasMail = false);

/// <param name="UpTo">The position that has been read, to pass to the next call.</param>
/// <param name="Names">Names with new mail; fewer than the limit if there are no more.</param>
internal readonly record struct MailboxNotifications(long UpTo, IReadOnlyList<string> Names);
