namespace P2PChat.Tests.Simulation;

/// <summary>The messages of the sender of a <see cref="SealedCopySimulation"/>, which arrive in order.</summary>
internal sealed class SimulatedCopyMail(SimulatedCopyPeer sender, SimulatedCopyPeer receiver)
{
    private readonly List<(SimulatedCopyFile File, ulong Sequence, bool IsDeletion)> _messages = [];
    private ulong _lastSequence;
    private int _arrived;
    private int? _backedUp;

    /// <summary>Whether the sender has been restored from a backup.</summary>
    public bool WasRestored { get; private set; }

    public ulong NextSequence() => ++_lastSequence;

    /// <summary>Adds the message with an offer, if it was queued.</summary>
    public void Add(SimulatedCopyFile file)
    {
        if (file.IsSent)
        {
            _messages.Add((file, file.Sequence, IsDeletion: false));
        }
    }

    /// <summary>The sender deletes its message for everyone.</summary>
    public void Delete(SimulatedCopyFile file)
    {
        var sequence = NextSequence();
        sender.Messages.Delete(file, sequence);
        _messages.Add((file, sequence, IsDeletion: true));
    }

    /// <summary>The next message arrives, by mail or over a link.</summary>
    /// <param name="crashes">Whether the receiver ends before it handles the message.</param>
    /// <returns>False if there is none.</returns>
    public bool Deliver(bool crashes)
    {
        if (_arrived == _messages.Count)
        {
            return false;
        }

        var (file, sequence, isDeletion) = _messages[_arrived++];
        if (isDeletion)
        {
            receiver.Messages.ReceiveDeletion(file, sequence);
        }
        else
        {
            file.HasArrived = true;
            receiver.Messages.Receive(file, crashes);
        }

        return true;
    }

    /// <summary>Over a link, each side tells the other which transfers have ended.</summary>
    public void TellEnds(IReadOnlyList<SimulatedCopyFile> files)
    {
        foreach (var (peer, other) in new[] { (sender, receiver), (receiver, sender) })
        {
            foreach (var ended in peer.Store.Transfers.Untold(peer.Remote))
            {
                var file = files.Single(file => file.Id == ended.Id);
                if (file.HasArrived)
                {
                    other.End(file, !ended.IsOurs, ended.State);
                    peer.Store.Transfers.SetEndToldAsync(peer.Remote, ended.IsOurs, ended.Id).GetAwaiter().GetResult();
                }
            }
        }

        // What a sender that was restored has been told before.
        foreach (var file in files.Where(file => WasRestored && file.HasArrived))
        {
            if (receiver.Find(file, isOurs: false) is { HasEnded: true } theirs)
            {
                sender.End(file, isOurs: true, theirs.State);
            }
        }
    }

    /// <summary>The sender hears what has arrived.</summary>
    public void Acknowledge()
    {
        if (_arrived > 0)
        {
            sender.Messages.Acknowledged(_messages[_arrived - 1].Sequence + 1);
        }
    }

    /// <summary>
    /// Restores the sender from its backup, or backs it up. What it has sent since the backup is lost, unless it has
    /// arrived.
    /// </summary>
    public void RestoreOrBackUp(List<SimulatedCopyFile> files, bool restores)
    {
        if (!restores || _backedUp is not { } kept)
        {
            sender.BackUp();
            _backedUp = _messages.Count;
            return;
        }

        sender.Restore();
        WasRestored = true;
        kept = Math.Max(kept, _arrived);
        foreach (var lost in _messages.Skip(kept).Where(message => !message.IsDeletion))
        {
            lost.File.IsSent = false;
        }

        _messages.RemoveRange(kept, _messages.Count - kept);
        foreach (var file in files)
        {
            file.NeedsLink = "its sender was restored";
        }
    }
}
