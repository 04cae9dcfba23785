using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>Executes the effects of <see cref="FilePuller"/>. Part of <see cref="SessionFiles"/>.</summary>
/// <param name="ends">Tells the other side how transfers have ended.</param>
/// <param name="post">Runs an action after all earlier ones, without the session's lock.</param>
/// <param name="postHashing">The same, for what may take minutes.</param>
internal sealed class IncomingTransfers(
    SessionHost host,
    FilePuller puller,
    TransferDisk disk,
    TransferEnds ends,
    Action<Action> post,
    Action<Action> postHashing
)
{
    private readonly TransferBook _book = host.Context.Transfers;
    private readonly PullQueue _queue = new(host, puller, disk, post, postHashing);

    private DateTimeOffset Now => host.Context.SteadyClock.GetUtcNow();

    /// <summary>Reports how much of a file has come by way of the directory.</summary>
    public IProgress<long> ProgressOf(LiveTransfer transfer) => new TransferProgress(_book, transfer);

    /// <summary>
    /// Writes a whole file that was verified, instead of pulling it. Completes when it is on the disk, or has failed.
    /// </summary>
    /// <param name="isWanted">Asked before the file gets its name.</param>
    public Task WriteWholeAsync(LiveTransfer transfer, ReadOnlyMemory<byte> content, Func<bool> isWanted) =>
        new WholeFileWriter(host, _queue, disk, post).WriteAsync(transfer, content, isWanted);

    /// <summary>Pulls a file once there is room for it, from the leaves that are on the disk.</summary>
    internal void Begin(LiveTransfer transfer) => _queue.Begin(transfer);

    /// <summary>Stops pulling a file, and begins with the next.</summary>
    /// <param name="reason">What the other side is told; null for nothing.</param>
    internal void Release(LiveTransfer transfer, FileStopReason? reason)
    {
        puller.Remove(transfer.Stored.Id, reason, Now);
        _queue.Release(transfer);
    }

    /// <summary>Ends a transfer, and deletes what has arrived.</summary>
    /// <param name="byThem">Whether the other side has ended it. Otherwise it is told.</param>
    internal void End(
        LiveTransfer transfer,
        TransferState state,
        TransferProblem problem = TransferProblem.None,
        bool byThem = false
    )
    {
        var saving = _book.Change(transfer, state, problem, isEndTold: byThem);
        Release(transfer, reason: null);
        if (!byThem)
        {
            ends.Tell(transfer.Stored, saving);
        }

        post(() => disk.Close(transfer.Stored, deletes: true));
    }

    /// <summary>Stops all work on files, which stay as they are.</summary>
    internal void Abandon() => _queue.Close();

    internal void Execute(FileEffect effect)
    {
        switch (effect)
        {
            case FileEffect.WriteLeaf write
                when Find(write.Id) is { } transfer && _queue.BeginningOf(write.Id) is { } beginning:
                post(() => Write(transfer, beginning, write));
                break;
            case FileEffect.WriteLeaf unknown:
                // Otherwise it would keep its part of the window.
                puller.Remove(unknown.Id, FileStopReason.Cancelled, Now);
                break;
            case FileEffect.Completed completed
                when Find(completed.Id) is { } transfer && _queue.BeginningOf(completed.Id) is { } beginning:
                post(() => Complete(transfer, beginning));
                break;
            case FileEffect.Damaged damaged when Find(damaged.Id) is { } transfer:
                Release(transfer, reason: null);
                post(() => BeginAnew(transfer));
                break;
            case FileEffect.Mismatched mismatched when Find(mismatched.Id) is { } transfer:
                End(transfer, TransferState.Failed, TransferProblem.WrongData);
                break;
            case FileEffect.Stopped stopped when Find(stopped.Id) is { } transfer:
                OnStopped(transfer, stopped.Reason);
                break;
            case FileEffect.Decided ready when Find(ready.Id) is { } transfer:
                _book.SetPausedByThem(transfer, paused: false);
                _queue.Continue(transfer);
                break;
        }
    }

    /// <summary>Handles the sender's file_stop.</summary>
    internal void OnStopped(LiveTransfer transfer, FileStopReason reason)
    {
        switch (reason)
        {
            case FileStopReason.Paused:
                _book.SetPausedByThem(transfer, paused: true);
                _queue.Suspend(transfer);
                break;
            case FileStopReason.Changed:
                End(transfer, TransferState.Failed, TransferProblem.Changed, byThem: true);
                break;
            case FileStopReason.Unavailable:
                End(transfer, TransferState.Failed, TransferProblem.Unavailable, byThem: true);
                break;
            default:
                End(transfer, TransferState.Cancelled, byThem: true);
                break;
        }
    }

    private LiveTransfer? Find(Guid id) => _book.FindLive(host.Remote, isOurs: false, id);

    /// <summary>Pulls the leaves that are not on the disk.</summary>
    internal void Pull(LiveTransfer transfer, object beginning, MerkleBuilder written)
    {
        if (!_queue.IsWanted(transfer, beginning))
        {
            return;
        }

        try
        {
            var stored = transfer.Stored;
            var length = Math.Min(stored.Offer.Size, written.Count * FileOffer.LeafSize);
            disk.Truncate(stored, length);
            lock (host.StateLock)
            {
                if (_queue.IsWanted(transfer, beginning))
                {
                    _book.Start(transfer, length);
                    puller.Add(stored.Id, stored.Offer, written, Now);
                    Finish();
                }
            }
        }
        catch (Exception exception)
        {
            OnFailed(transfer, exception);
        }
    }

    private void BeginAnew(LiveTransfer transfer)
    {
        disk.Close(transfer.Stored, deletes: true);
        lock (host.StateLock)
        {
            if (transfer.Stored.State == TransferState.Active)
            {
                Begin(transfer);
            }
        }
    }

    private void Write(LiveTransfer transfer, object beginning, FileEffect.WriteLeaf write)
    {
        // A leaf before this one may not have been written, and the file of a transfer that has ended is deleted.
        if (!_queue.IsWanted(transfer, beginning))
        {
            return;
        }

        try
        {
            disk.Write(transfer.Stored, write.Leaf, write.Data);
            lock (host.StateLock)
            {
                puller.Written(write.Id, Now);
                _book.Advance(transfer, write.Leaf * FileOffer.LeafSize + write.Data.Length);
                Finish();
            }
        }
        catch (Exception exception)
        {
            OnFailed(transfer, exception);
        }
    }

    /// <summary>Gives a file that is on the disk whole its name.</summary>
    internal void Complete(LiveTransfer transfer, object beginning)
    {
        try
        {
            // The last leaf may not have been written.
            if (_queue.IsWanted(transfer, beginning))
            {
                SetCompleted(transfer, disk.Finish(transfer.Stored, path => _book.SetPath(transfer, path)));
            }
        }
        catch (Exception exception)
        {
            OnFailed(transfer, exception);
        }
    }

    /// <summary>Completes a transfer whose file has its final name.</summary>
    internal void SetCompleted(LiveTransfer transfer, string path)
    {
        Task<bool> saving;
        lock (host.StateLock)
        {
            if (transfer.Stored.State == TransferState.Completed)
            {
                return;
            }

            host.Files.Folder.OnCompleted();
            if (transfer.Stored.HasEnded)
            {
                // It was cancelled, or its message deleted, while it got its name.
                TransferDisk.Delete(path);
                return;
            }

            saving = _book.Change(transfer, TransferState.Completed, path: path);
            Release(transfer, reason: null);
        }

        // Its sender forgets the file then, so this side must not.
        if (saving.GetAwaiter().GetResult())
        {
            lock (host.StateLock)
            {
                ends.Send(transfer.Stored);
                Finish();
            }
        }
    }

    /// <summary>
    /// Pauses a transfer whose file cannot be read or written, and keeps the part that has arrived. Starts a transfer
    /// again whose part is lost.
    /// </summary>
    internal void OnFailed(LiveTransfer transfer, Exception exception)
    {
        disk.Close(transfer.Stored, deletes: transfer.Stored.HasEnded);
        lock (host.StateLock)
        {
            if (transfer.Stored.State == TransferState.Active && exception is PartLostException)
            {
                Release(transfer, reason: null);
                Begin(transfer);
                Finish();
            }
            else if (transfer.Stored.State == TransferState.Active)
            {
                _ = _book.Change(transfer, TransferState.Paused, TransferDisk.ProblemOf(exception));
                Release(transfer, FileStopReason.Paused);
                if (FolderRetry.IsWaiting(transfer))
                {
                    host.Files.Folder.Begin();
                }

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
