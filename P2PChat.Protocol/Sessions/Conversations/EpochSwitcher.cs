namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>
/// Begins new epochs: after this side was restored, or when <see cref="CopyRecovery"/> finds that either side is an
/// older copy of itself.
/// </summary>
internal sealed class EpochSwitcher(
    Outbox outbox,
    CopyRecovery recovery,
    MessageSender sender,
    ResumeSender resumes,
    IConversationHost host
)
{
    /// <summary>Renumbers all unacknowledged messages in a new epoch.</summary>
    public void Begin(ulong epoch)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(epoch, outbox.Epoch);
        Renumber(epoch, recalled: null);
        sender.TransmitPending();
    }

    /// <summary>Begins an epoch, or asks the store for lost messages, if <see cref="CopyRecovery"/> says so.</summary>
    public void Recover()
    {
        if (recovery.TakeNewEpoch() is { } epoch)
        {
            host.Emit(new SessionEffect.OlderCopyDetected());
            Renumber(epoch, recalled: null);
        }

        if (recovery.TakeRecall() is { } recall)
        {
            host.Emit(recall);
        }
    }

    /// <summary>Begins an epoch or repeats a recall that the pause between two epochs had delayed.</summary>
    public void Tick(DateTimeOffset now)
    {
        if (!recovery.Tick(now))
        {
            return;
        }

        Recover();
        sender.TransmitPending();
        _ = recovery.Tick(now);
    }

    /// <inheritdoc cref="Conversation.Recalled"/>
    public void OnRecalled(
        SessionEffect.Recall recall,
        IReadOnlyList<OutgoingMessage> messages,
        IReadOnlyList<Guid> lost
    )
    {
        if (recovery.OnRecalled(recall) is not { } epoch)
        {
            Recover();
            return;
        }

        messages = TextEraser.Erase(outbox, messages, recovery.DeletedMeanwhile);
        Renumber(epoch, new Recalled(recall.Kept, messages));
        host.Emit(new SessionEffect.LossRecovered(lost));
        foreach (var message in messages)
        {
            host.Emit(new SessionEffect.Sent(message));
        }

        foreach (var id in lost)
        {
            host.Emit(new SessionEffect.Lost(id));
        }

        sender.TransmitPending();
    }

    private void Renumber(ulong epoch, Recalled? recalled)
    {
        recovery.OnEpochBegun();
        host.Emit(
            new SessionEffect.Store(
                new Change.EpochBegun(epoch, outbox.BeginEpoch(epoch, recalled)) { Recalled = recalled }
            )
        );
        // Announce the new epoch on every link, because any of them may carry messages next.
        resumes.SendToAll();
    }
}
