using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>Executes the effects of <see cref="FilePuller"/>. Part of <see cref="SessionFiles"/>.</summary>
/// <param name="post">Runs an action after all earlier ones, without the session's lock.</param>
internal sealed class IncomingTransfers(SessionHost host, FilePuller puller, TransferDisk disk, Action<Action> post)
{
    // The other side may have missed how these ended, so they are told on the next link.
    private const int MaxEnded = 16;

    private readonly TransferBook _book = host.Context.Transfers;
    private readonly Queue<(Guid Id, FileDecisionKind Decision)> _ended = new();
    private readonly HashSet<Guid> _begun = [];

    private DateTimeOffset Now => host.Context.SteadyClock.GetUtcNow();

    /// <summary>Begins to pull a file, from the leaves that are on the disk.</summary>
    public void Begin(LiveTransfer transfer)
    {
        var stored = transfer.Stored;
        _ = _begun.Add(stored.Id);
        post(() =>
        {
            try
            {
                var written = disk.Prepare(stored);
                lock (host.StateLock)
                {
                    // A cut ends the preparation, and the next link begins it again.
                    if (transfer.Stored.State == TransferState.Active && _begun.Contains(stored.Id))
                    {
                        _book.Start(transfer, Math.Min(stored.Offer.Size, written.Count * FileOffer.LeafSize));
                        puller.Add(stored.Id, stored.Offer, written, Now);
                    }

                    Finish();
                }
            }
            catch (Exception exception) when (TransferDisk.IsFailure(exception))
            {
                OnFailed(stored, exception);
            }
        });
    }

    /// <summary>Reports how much of a file has come by way of the directory.</summary>
    public IProgress<long> ProgressOf(LiveTransfer transfer) => new TransferProgress(_book, transfer);

    /// <summary>
    /// Writes a whole file that was verified, instead of pulling it. Completes when it is on the disk, or has failed.
    /// </summary>
    public Task TakeWholeAsync(LiveTransfer transfer, ReadOnlyMemory<byte> content)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        post(() =>
        {
            try
            {
                TakeWhole(transfer, content);
            }
            finally
            {
                done.SetResult();
            }
        });
        return done.Task;
    }

    /// <summary>Forgets what is being pulled, because the link has ended.</summary>
    public void Forget()
    {
        foreach (var id in _begun)
        {
            puller.Remove(id, FileStopReason.Paused, Now);
        }

        _begun.Clear();
    }

    /// <summary>Tells the other side what has ended here. It ignores what it knows.</summary>
    /// <param name="ended">The newest transfers that ended, maybe while the other side was away.</param>
    public void RepeatDecisions(IEnumerable<StoredTransfer> ended)
    {
        foreach (var stored in ended)
        {
            var isComplete = stored.State == TransferState.Completed;
            puller.Tell(stored.Id, isComplete ? FileDecisionKind.Completed : FileDecisionKind.Declined);
        }

        RepeatDecisions();
    }

    public void RepeatDecisions()
    {
        foreach (var (id, decision) in _ended)
        {
            puller.Tell(id, decision);
        }
    }

    public void Execute(FileEffect effect)
    {
        switch (effect)
        {
            case FileEffect.WriteLeaf write when Find(write.Id) is { } transfer:
                post(() => Write(transfer, write));
                break;
            case FileEffect.Completed completed when Find(completed.Id) is { } transfer:
                post(() => Complete(transfer));
                break;
            case FileEffect.Damaged damaged when Find(damaged.Id) is { } transfer:
                post(() => disk.Close(transfer.Stored, deletes: true));
                Begin(transfer);
                break;
            case FileEffect.Mismatched mismatched when Find(mismatched.Id) is { } transfer:
                End(transfer, TransferState.Failed, TransferProblem.WrongData);
                break;
            case FileEffect.Stopped stopped when Find(stopped.Id) is { } transfer:
                OnStopped(transfer, stopped.Reason);
                break;
            case FileEffect.Decided ready when Find(ready.Id) is { } transfer:
                _book.SetPausedByThem(transfer, paused: false);
                break;
        }
    }

    private LiveTransfer? Find(Guid id) => _book.FindLive(host.Remote, isOurs: false, id);

    private void OnStopped(LiveTransfer transfer, FileStopReason reason)
    {
        switch (reason)
        {
            case FileStopReason.Paused:
                _book.SetPausedByThem(transfer, paused: true);
                break;
            case FileStopReason.Changed:
                End(transfer, TransferState.Failed, TransferProblem.Changed);
                break;
            case FileStopReason.Unavailable:
                End(transfer, TransferState.Failed, TransferProblem.Unavailable);
                break;
            default:
                End(transfer, TransferState.Cancelled, TransferProblem.None);
                break;
        }
    }

    private void End(LiveTransfer transfer, TransferState state, TransferProblem problem)
    {
        _book.Change(transfer, state, problem);
        post(() => disk.Close(transfer.Stored, deletes: true));
    }

    private void Write(LiveTransfer transfer, FileEffect.WriteLeaf write)
    {
        try
        {
            if (!disk.Write(write.Id, write.Leaf, write.Data))
            {
                return;
            }

            lock (host.StateLock)
            {
                puller.Written(write.Id, Now);
                _book.Advance(transfer, write.Leaf * FileOffer.LeafSize + write.Data.Length);
                Finish();
            }
        }
        catch (Exception exception) when (TransferDisk.IsFailure(exception))
        {
            OnFailed(transfer.Stored, exception);
        }
    }

    private void TakeWhole(LiveTransfer transfer, ReadOnlyMemory<byte> content)
    {
        var stored = transfer.Stored;
        try
        {
            lock (host.StateLock)
            {
                if (stored.State != TransferState.Active)
                {
                    return;
                }

                // A link may have come up meanwhile.
                puller.Remove(stored.Id, FileStopReason.Paused, Now);
                Finish();
            }

            disk.Close(stored, deletes: true);
            _ = disk.Prepare(stored);
            for (long leaf = 0; leaf < stored.Offer.LeafCount; leaf++)
            {
                var offset = (int)leaf * FileOffer.LeafSize;
                _ = disk.Write(stored.Id, leaf, content.Slice(offset, stored.Offer.SizeOf(leaf)));
            }

            Complete(transfer);
        }
        catch (Exception exception) when (TransferDisk.IsFailure(exception))
        {
            OnFailed(stored, exception);
        }
    }

    private void Complete(LiveTransfer transfer)
    {
        try
        {
            var path = disk.Finish(transfer.Stored);
            lock (host.StateLock)
            {
                _book.Change(transfer, TransferState.Completed, path: path);
                _ended.Enqueue((transfer.Stored.Id, FileDecisionKind.Completed));
                if (_ended.Count > MaxEnded)
                {
                    _ = _ended.Dequeue();
                }

                puller.Tell(transfer.Stored.Id, FileDecisionKind.Completed);
                Finish();
            }
        }
        catch (Exception exception) when (TransferDisk.IsFailure(exception))
        {
            OnFailed(transfer.Stored, exception);
        }
    }

    // What is on the disk stays, and the user can go on once there is space.
    private void OnFailed(StoredTransfer stored, Exception exception)
    {
        disk.Close(stored, deletes: false);
        lock (host.StateLock)
        {
            if (Find(stored.Id) is { Stored.State: TransferState.Active } transfer)
            {
                _book.Change(transfer, TransferState.Paused, TransferDisk.ProblemOf(exception));
                puller.Remove(stored.Id, FileStopReason.Paused, Now);
                Finish();
            }
        }
    }

    private void Finish()
    {
        host.Files.Execute();
        host.Drain();
    }
}
