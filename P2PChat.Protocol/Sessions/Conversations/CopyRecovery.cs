using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>
/// Detects that one side of a conversation is an older copy of itself, as after a restored backup, and decides when to
/// begin a new epoch (docs/protocol.md, section 7.4). Epochs that it asks for are at least a minute apart.
/// </summary>
internal sealed class CopyRecovery(Outbox outbox, ConversationOptions options)
{
    private readonly EpochPause _pause = new();

    // An epoch in which the other side has received more than this side has sent; null if none.
    private ulong? _surpassed;

    // The position up to which the other side still has what it acknowledged; null if it has lost nothing.
    private Position? _kept;

    // The Recall that the store has not answered yet.
    private SessionEffect.Recall? _pending;

    // The messages that the other side has deleted since then.
    private readonly HashSet<Guid> _deleted = [];

    /// <summary>Whether this side is an older copy. It must not send before the next epoch.</summary>
    public bool IsSurpassed => _surpassed is not null;

    /// <summary>
    /// The messages that the other side has deleted since the last Recall, whose answer may still quote them.
    /// </summary>
    public IReadOnlySet<Guid> DeletedMeanwhile => _deleted;

    /// <summary>When to call <see cref="Tick"/> next; null for never.</summary>
    public DateTimeOffset? Deadline => _pause.Deadline;

    /// <summary>
    /// Whether the position that the other side claims to have received can acknowledge what this side sent.
    /// </summary>
    public bool IsAcknowledgement(ulong epoch, ulong next, ulong checksum)
    {
        if (epoch < outbox.Epoch)
        {
            return false;
        }
        // Comparing may walk the outbox with 64 checksums, so it stops after the first mismatch.
        if (
            epoch > outbox.Epoch
            || (_surpassed is null && (next > outbox.Next || !outbox.MatchesChecksum(next, checksum)))
        )
        {
            NoteSurpassed(epoch);
        }

        return _surpassed is null;
    }

    /// <summary>Records that the other side has received something that this side has not sent in that epoch.</summary>
    public void NoteSurpassed(ulong epoch) => _surpassed = Math.Max(_surpassed ?? 0, epoch);

    /// <summary>
    /// Records which messages the other side says it has lost. Counts only for the present epoch, in which the other
    /// side knows what this side holds as acknowledged.
    /// </summary>
    public void NoteMissing(Resume resume)
    {
        var missing = new Position(resume.MissingEpoch, resume.MissingNext);
        var kept = new Position(resume.ReceiveEpoch, resume.ReceiveNext);
        if (missing > new Position(outbox.Epoch, outbox.Next))
        {
            NoteSurpassed(missing.Epoch);
        }

        if (missing.Epoch != outbox.Epoch)
        {
            return;
        }

        if (kept < outbox.Acknowledged)
        {
            _kept = kept;
        }
        else
        {
            NoteSurpassed(outbox.Epoch);
        }
    }

    /// <returns>The epoch to begin now; null if none.</returns>
    public ulong? TakeNewEpoch() => _pause.IsActive || _surpassed is null ? null : Begin();

    /// <returns>What to ask the store for now; null if nothing.</returns>
    public SessionEffect.Recall? TakeRecall()
    {
        if (_pause.IsActive || _pending is not null || _kept is not { } kept)
        {
            return null;
        }

        _deleted.Clear();
        return _pending = new SessionEffect.Recall(
            kept,
            outbox.Acknowledged,
            Math.Min(options.RecallMessages, outbox.RoomMessages),
            Math.Min(ConversationOptions.WindowBytes, outbox.RoomBytes)
        );
    }

    /// <summary>Records that the other side has deleted one of its messages.</summary>
    public void NoteDeleted(Guid id)
    {
        if (_pending is not null)
        {
            _ = _deleted.Add(id);
        }
    }

    /// <summary>Handles the store's answer to a Recall.</summary>
    /// <returns>
    /// The epoch to begin; null if the answer is outdated or must be asked for again after the pause.
    /// </returns>
    public ulong? OnRecalled(SessionEffect.Recall recall)
    {
        if (_pending != recall)
        {
            return null;
        }

        _pending = null;
        if (_pause.IsActive)
        {
            return null;
        }

        if (_kept != recall.Kept || outbox.Acknowledged != recall.Acknowledged)
        {
            // The other side can make every answer outdated, and each costs a search through the history.
            _pause.Begin();
            return null;
        }

        _kept = null;
        return Begin();
    }

    /// <summary>Records that the store could not answer a Recall. It is repeated after the pause.</summary>
    public void OnRecallFailed(SessionEffect.Recall recall)
    {
        if (_pending != recall)
        {
            return;
        }

        _pending = null;
        _pause.Begin();
    }

    /// <summary>
    /// Stops sending lost messages again. The other side reports them again if it still misses them.
    /// </summary>
    public void ForgetLost() => _kept = null;

    /// <summary>Records that a new epoch has begun, for any reason.</summary>
    public void OnEpochBegun() => _surpassed = null;

    /// <returns>Whether the end of the pause allows postponed work.</returns>
    public bool Tick(DateTimeOffset now)
    {
        _pause.Tick(now);
        return !_pause.IsActive && (_surpassed is not null || _kept is not null);
    }

    private ulong Begin()
    {
        _pause.Begin();
        // An epoch at or above the highest is not a lower bound, because from there the other side accepts any other
        // epoch.
        var above = _surpassed is { } known && known < Epochs.HighestOwn ? Math.Max(known, outbox.Epoch) : outbox.Epoch;
        return Epochs.Above(above, options.Draw);
    }
}
