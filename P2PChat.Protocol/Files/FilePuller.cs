using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Files;

/// <summary>
/// Pulls the files that this side has accepted from one other peer (docs/protocol.md, section 23). A sans-IO state
/// machine: call a method for each input, then execute <see cref="TakeEffects"/>. Not thread-safe.
/// </summary>
public sealed class FilePuller
{
    /// <summary>Limit on leaves that are asked for and not yet written, of all files together.</summary>
    public const int Window = 8;

    /// <summary>How long to wait for a part before the missing leaves are asked for again.</summary>
    public static readonly TimeSpan PartTimeout = TimeSpan.FromSeconds(30);

    // In the order in which they are asked for: the first is next.
    private readonly List<IncomingFile> _files = [];
    private readonly LeafBuffers _buffers = new();
    private List<FileEffect> _effects = [];
    private bool _isConnected;
    private DateTimeOffset _lastPart;

    /// <summary>When to call <see cref="Tick"/> next; null for never.</summary>
    public DateTimeOffset? Deadline => _isConnected && _files.Exists(IsWaiting) ? _lastPart + PartTimeout : null;

    private int InFlight => (int)_files.Sum(file => file.NextAsked - file.Written);

    /// <summary>Pulls a file, whose first leaves may be there already.</summary>
    /// <param name="id">The id of the message with the offer.</param>
    /// <param name="written">The hashes of the leaves that this side has.</param>
    public void Add(Guid id, FileOffer offer, MerkleBuilder written, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(written);
        if (Find(id) is not null)
        {
            return;
        }

        var file = new IncomingFile(id, offer, written, _buffers);
        _files.Add(file);
        Send(id, FileDecisionKind.Accepted);
        CompleteIfWritten(file);
        AskMore(now);
    }

    /// <summary>Moves all transfers to another link: what was asked for on an earlier one may be lost.</summary>
    public void Connected(DateTimeOffset now)
    {
        _isConnected = true;
        foreach (var file in _files)
        {
            // The sender may have resumed meanwhile. Otherwise it says so again when it is asked.
            SetResumed(file);
            file.Reconnect();
            Send(file.Id, FileDecisionKind.Accepted);
        }

        AskMore(now);
    }

    public void Disconnected()
    {
        _isConnected = false;
        _files.ForEach(file => file.Rewind());
    }

    public void Receive(FilePart part, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(part);
        if (!_isConnected || FileFrames.IdOf(part.Id) is not { } id || Find(id) is not { } file)
        {
            return;
        }

        var before = file.NextArriving;
        if (file.TryAdd(part, out var leaf) is not { } isWanted)
        {
            RefuseData(file);
            AskMore(now);
            return;
        }

        if (isWanted)
        {
            _lastPart = now;
        }

        if (!leaf.IsEmpty)
        {
            Emit(new FileEffect.WriteLeaf(id, before, leaf));
        }
    }

    /// <summary>Handles the sender's file_stop.</summary>
    public void Receive(FileStop stop, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(stop);
        if (FileFrames.IdOf(stop.Id) is not { } id || Find(id) is not { } file)
        {
            return;
        }

        if (stop.Reason == FileStopReason.Paused)
        {
            (file.IsPausedThere, file.IsHeld) = (true, true);
            file.Rewind();
        }
        else
        {
            Forget(file);
        }

        Emit(new FileEffect.Stopped(id, stop.Reason));
        AskMore(now);
    }

    /// <summary>
    /// Handles the sender's file_decision that its pause is over. <see cref="Continue"/> the file then.
    /// </summary>
    /// <returns>False if the frame is not about a file that this side pulls.</returns>
    public bool Receive(FileDecision decision, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(decision);
        if (
            decision.Kind != FileDecisionKind.Ready
            || FileFrames.IdOf(decision.Id) is not { } id
            || Find(id) is not { } file
        )
        {
            return false;
        }

        SetResumed(file);
        return true;
    }

    /// <summary>Pulls a file again whose sender has ended its pause.</summary>
    public void Continue(Guid id, DateTimeOffset now)
    {
        if (Find(id) is { IsPausedThere: false } file)
        {
            file.IsHeld = false;
            AskMore(now);
        }
    }

    /// <summary>The oldest leaf that was to be written is written.</summary>
    public void Written(Guid id, DateTimeOffset now)
    {
        if (Find(id) is { } file)
        {
            file.OnWritten();
            CompleteIfWritten(file);
            AskMore(now);
        }
    }

    /// <summary>Stops pulling a file, and sends the reason. After a pause it can be added again.</summary>
    /// <param name="reason">Null to send nothing.</param>
    public void Remove(Guid id, FileStopReason? reason, DateTimeOffset now)
    {
        if (Find(id) is { } file)
        {
            Forget(file);
            if (reason is { } told)
            {
                Stop(id, told);
            }

            AskMore(now);
        }
    }

    /// <summary>Sends this side's decision, if a link is open.</summary>
    public void Send(Guid id, FileDecisionKind decision)
    {
        if (_isConnected)
        {
            Emit(new FileEffect.Transmit(FileFrames.Decide(id, decision)));
        }
    }

    /// <summary>Asks again for what has not come in time. Call it at <see cref="Deadline"/>.</summary>
    public void Tick(DateTimeOffset now)
    {
        if (Deadline <= now)
        {
            foreach (var file in _files.ToList())
            {
                if (file.NoteStall())
                {
                    RefuseData(file);
                }
                else
                {
                    file.Rewind();
                }
            }

            AskMore(now);
        }
    }

    /// <summary>Takes the pending effects.</summary>
    public IReadOnlyList<FileEffect> TakeEffects()
    {
        var effects = _effects;
        _effects = [];
        return effects;
    }

    private static bool IsWaiting(IncomingFile file) => file.NextArriving < file.NextAsked;

    private IncomingFile? Find(Guid id) => _files.Find(file => file.Id == id);

    // One leaf of each file in turn, so that a large file does not delay the others.
    private void AskMore(DateTimeOffset now)
    {
        while (_isConnected && InFlight < Window && _files.Find(file => file.MayAsk) is { } file)
        {
            if (!_files.Exists(IsWaiting))
            {
                _lastPart = now;
            }

            Emit(new FileEffect.Transmit(FileFrames.Ask(file.Id, file.NextAsked, 1)));
            file.Ask();
            _ = _files.Remove(file);
            _files.Add(file);
        }
    }

    // The sender's file is not the one that it offered.
    private void RefuseData(IncomingFile file)
    {
        Forget(file);
        Emit(new FileEffect.Transmit(FileFrames.Stop(file.Id, FileStopReason.Cancelled)));
        Emit(new FileEffect.Mismatched(file.Id));
    }

    private void SetResumed(IncomingFile file)
    {
        if (file.IsPausedThere)
        {
            file.IsPausedThere = false;
            Emit(new FileEffect.Decided(file.Id, FileDecisionKind.Ready));
        }
    }

    private void CompleteIfWritten(IncomingFile file)
    {
        if (!file.IsWritten)
        {
            return;
        }

        Forget(file);
        Emit(
            file.IsIntact ? new FileEffect.Completed(file.Id)
            : file.HasUnverified ? new FileEffect.Damaged(file.Id)
            : new FileEffect.Mismatched(file.Id)
        );
    }

    private void Stop(Guid id, FileStopReason reason)
    {
        if (_isConnected)
        {
            Emit(new FileEffect.Transmit(FileFrames.Stop(id, reason)));
        }
    }

    private void Forget(IncomingFile file)
    {
        _ = _files.Remove(file);
        if (_files.Count == 0)
        {
            _buffers.Clear();
        }
    }

    private void Emit(FileEffect effect) => _effects.Add(effect);
}
