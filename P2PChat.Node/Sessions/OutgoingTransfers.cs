using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>Executes the effects of <see cref="FileServer"/>. Part of <see cref="SessionFiles"/>.</summary>
/// <param name="post">Runs an action after all earlier ones, without the session's lock.</param>
internal sealed class OutgoingTransfers(SessionHost host, FileServer server, TransferDisk disk, Action<Action> post)
{
    private readonly TransferBook _book = host.Context.Transfers;

    /// <summary>A part goes out.</summary>
    public void OnTaken(FilePart part)
    {
        if (Find(new Guid(part.Id.Span, bigEndian: true)) is { } transfer)
        {
            _book.Advance(transfer, (long)part.Leaf * FileOffer.LeafSize + part.Offset + part.Data.Length);
        }
    }

    public void Execute(FileEffect effect)
    {
        switch (effect)
        {
            case FileEffect.ReadLeaf read:
                post(() => Read(read));
                break;
            case FileEffect.Stopped stopped when Find(stopped.Id) is { } transfer:
                // Changed and unavailable are this side's own, and are repeated.
                OnStopped(
                    transfer,
                    stopped.Reason,
                    byThem: stopped.Reason is not (FileStopReason.Changed or FileStopReason.Unavailable)
                );
                break;
            case FileEffect.Decided decided when Find(decided.Id) is { } transfer:
                OnDecided(transfer, decided.Decision);
                break;
        }
    }

    /// <summary>Ends a transfer.</summary>
    /// <param name="byThem">Whether the other side has ended it. Otherwise it must be told.</param>
    /// <returns>Completes with whether that is saved.</returns>
    internal Task<bool> End(LiveTransfer transfer, TransferState state, TransferProblem problem, bool byThem)
    {
        var saving = _book.Change(transfer, state, problem, isEndTold: byThem);
        post(() =>
        {
            disk.CloseOwn(transfer.Stored.Id);
            // One that was received is still shown in the conversation.
            if (transfer.Stored is { State: not TransferState.Completed, Path: { } path })
            {
                host.Context.Uploads.DeleteSent(path);
            }
        });
        return saving;
    }

    /// <summary>Handles the receiver's file_stop.</summary>
    internal void OnStopped(LiveTransfer transfer, FileStopReason reason, bool byThem)
    {
        switch (reason)
        {
            case FileStopReason.Paused:
                _book.SetPausedByThem(transfer, paused: true);
                break;
            case FileStopReason.Changed:
                _ = End(transfer, TransferState.Failed, TransferProblem.Changed, byThem);
                break;
            case FileStopReason.Unavailable:
                _ = End(transfer, TransferState.Failed, TransferProblem.Unavailable, byThem);
                break;
            default:
                _ = End(transfer, TransferState.Cancelled, TransferProblem.None, byThem);
                break;
        }
    }

    /// <summary>Handles the receiver's file_decision.</summary>
    internal void OnDecided(LiveTransfer transfer, FileDecisionKind decision)
    {
        switch (decision)
        {
            case FileDecisionKind.Accepted:
                _book.SetPausedByThem(transfer, paused: false);
                if (transfer.Stored.State == TransferState.Offered)
                {
                    _ = _book.Change(transfer, TransferState.Active);
                }

                break;
            case FileDecisionKind.Declined:
                _ = End(transfer, TransferState.Declined, TransferProblem.None, byThem: true);
                break;
            case FileDecisionKind.Completed:
                _ = End(transfer, TransferState.Completed, TransferProblem.None, byThem: true);
                break;
        }
    }

    private LiveTransfer? Find(Guid id) => _book.FindLive(host.Remote, isOurs: true, id);

    private void Read(FileEffect.ReadLeaf read)
    {
        (int Length, IReadOnlyList<byte[]>? Proof)? leaf = null;
        var transfer = Find(read.Id);
        var isGone = transfer is null;
        // The receiver can fetch it, although the file was moved or changed meanwhile.
        var isStored = transfer is { Copy.State: CopyState.Stored };
        try
        {
            leaf = transfer is null ? null : disk.Read(transfer.Stored, read.Leaf, read.Memory.Span);
        }
        catch (Exception exception)
        {
            // Otherwise it may be readable again.
            isGone = exception is FileNotFoundException or DirectoryNotFoundException && !isStored;
        }

        lock (host.StateLock)
        {
            if (leaf is var (length, proof) && (proof is not null || !isStored))
            {
                server.Read(read, length, proof);
            }
            else if (isGone)
            {
                server.Failed(read.Id, FileStopReason.Unavailable);
            }
            else
            {
                server.Failed(read.Id, FileStopReason.Paused);
                disk.CloseOwn(read.Id);
                if (transfer!.Stored.State == TransferState.Active)
                {
                    _ = _book.Change(transfer, TransferState.Paused, TransferProblem.Unavailable);
                }
            }

            host.Files.Execute();
            host.Drain();
        }
    }
}
