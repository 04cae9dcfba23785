using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>
/// What shows that one side of a conversation is an older copy of itself, as after its data directory was put back, and
/// what is to be done (docs/protocol.md, section 7). Each new epoch that it asks for is a minute after the last.
/// </summary>
internal sealed class CopyRecovery(Outbox outbox, ConversationOptions options)
{
    private readonly EpochPause _pause = new();

    // The epoch in which the other side has something that this side has not sent; null if there is none.
    private ulong? _surpassed;

    // What the other side has left of what it had acknowledged; null if it has lost nothing.
    private Position? _kept;

    // What the store has yet to answer; null if nothing.
    private SessionEffect.Recall? _asked;

    /// <summary>Whether this side is an older copy and has not begun another epoch yet: what it sends would be mixed up.</summary>
    public bool IsSurpassed => _surpassed is not null;

    /// <summary>When <see cref="Tick"/> has something to do; null if never.</summary>
    public DateTimeOffset? Deadline => _pause.Deadline;

    /// <returns>Whether what the other side says that it has taken is an acknowledgement.</returns>
    public bool IsAcknowledgement(ulong epoch, ulong next, ulong checksum)
    {
        if (epoch < outbox.Epoch)
        {
            return false;
        }
        // A comparison can walk through the outbox 64 times, so the other side gets no more of them after a mismatch.
        if (
            epoch > outbox.Epoch
            || (_surpassed is null && (next > outbox.Next || !outbox.CanHaveTaken(next, checksum)))
        )
        {
            NoteSurpassed(epoch);
        }

        return _surpassed is null;
    }

    /// <summary>The other side has what this side has not sent, or another message under the same number.</summary>
    public void NoteSurpassed(ulong epoch) => _surpassed = Math.Max(_surpassed ?? 0, epoch);

    /// <summary>
    /// Takes what the other side says that it has lost. Only what it says of the present epoch counts: of that it knows what
    /// this side holds for acknowledged now.
    /// </summary>
    public void NoteMissing(Resume resume)
    {
        var (at, kept) = (
            new Position(resume.MissingEpoch, resume.MissingNext),
            new Position(resume.ReceiveEpoch, resume.ReceiveNext)
        );
        if (at > new Position(outbox.Epoch, outbox.Next))
        {
            NoteSurpassed(at.Epoch);
        }

        if (at.Epoch != outbox.Epoch)
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
    public ulong? GiveWay()
    {
        return _pause.IsOn || _surpassed is null ? null : Begin();
    }

    /// <returns>What to ask the store for now; null if nothing.</returns>
    public SessionEffect.Recall? AskForLost()
    {
        if (_pause.IsOn || _asked is not null || _kept is not { } kept)
        {
            return null;
        }

        return _asked = new SessionEffect.Recall(
            kept,
            outbox.Acknowledged,
            Math.Min(options.RecallMessages, outbox.RoomMessages),
            Math.Min(ConversationOptions.WindowBytes, outbox.RoomBytes)
        );
    }

    /// <summary>Takes the store's answer.</summary>
    /// <returns>
    /// The epoch to begin; null if the answer is outdated, or if another epoch has begun meanwhile and the store is
    /// asked again in a minute.
    /// </returns>
    public ulong? Answered(SessionEffect.Recall asked)
    {
        if (_asked != asked)
        {
            return null;
        }

        _asked = null;
        if (_pause.IsOn)
        {
            return null;
        }

        if (_kept != asked.Kept || outbox.Acknowledged != asked.Acknowledged)
        {
            // The other side can make every answer outdated, and each costs a walk through the history.
            _pause.Begin();
            return null;
        }

        _kept = null;
        return Begin();
    }

    /// <summary>Notes that the store could not answer. It is asked again in a minute.</summary>
    public void NotAnswered(SessionEffect.Recall asked)
    {
        if (_asked != asked)
        {
            return;
        }

        _asked = null;
        _pause.Begin();
    }

    /// <summary>What the other side has lost is not sent again: it will say so once more if the two go on.</summary>
    public void ForgetLost() => _kept = null;

    /// <summary>Another epoch has begun, for whatever reason.</summary>
    public void EpochBegun() => _surpassed = null;

    /// <returns>Whether what had to wait may be done.</returns>
    public bool Tick(DateTimeOffset now)
    {
        _pause.Tick(now);
        return !_pause.IsOn && (_surpassed is not null || _kept is not null);
    }

    private ulong Begin()
    {
        _pause.Begin();
        // An epoch at or above the highest sets no bound, because the other side takes any other epoch from there.
        var above = _surpassed is { } known && known < Epochs.HighestOwn ? Math.Max(known, outbox.Epoch) : outbox.Epoch;
        return Epochs.Above(above, options.Draw);
    }
}
