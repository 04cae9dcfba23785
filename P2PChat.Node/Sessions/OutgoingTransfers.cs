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
                OnStopped(transfer, stopped.Reason);
                break;
            case FileEffect.Decided decided when Find(decided.Id) is { } transfer:
                OnDecided(transfer, decided.Decision);
                break;
        }
    }

    private LiveTransfer? Find(Guid id) => _book.FindLive(host.Remote, isOurs: true, id);

    private void Read(FileEffect.ReadLeaf read)
    {
        (int Length, IReadOnlyList<byte[]>? Proof)? leaf = null;
        try
        {
            leaf = Find(read.Id) is { } transfer ? disk.Read(transfer.Stored, read.Leaf, read.Memory.Span) : null;
        }
        catch (Exception exception) when (TransferDisk.IsFailure(exception) || exception is StoreException)
        {
            // Reported below.
        }

        lock (host.StateLock)
        {
            if (leaf is var (length, proof))
            {
                server.Read(read, length, proof);
            }
            else
            {
                server.Failed(read.Id, FileStopReason.Unavailable);
            }

            host.Files.Execute();
            host.Drain();
        }
    }

    private void OnStopped(LiveTransfer transfer, FileStopReason reason)
    {
        switch (reason)
        {
            case FileStopReason.Paused:
                _book.SetPausedByThem(transfer, paused: true);
                return;
            case FileStopReason.Changed:
                _book.Change(transfer, TransferState.Failed, TransferProblem.Changed);
                break;
            case FileStopReason.Unavailable:
                _book.Change(transfer, TransferState.Failed, TransferProblem.Unavailable);
                break;
            default:
                _book.Change(transfer, TransferState.Cancelled);
                break;
        }

        Close(transfer);
    }

    private void OnDecided(LiveTransfer transfer, FileDecisionKind decision)
    {
        switch (decision)
        {
            case FileDecisionKind.Accepted:
                _book.SetPausedByThem(transfer, paused: false);
                if (transfer.Stored.State == TransferState.Offered)
                {
                    _book.Change(transfer, TransferState.Active);
                }

                return;
            case FileDecisionKind.Declined:
                _book.Change(transfer, TransferState.Declined);
                break;
            case FileDecisionKind.Completed:
                _book.Change(transfer, TransferState.Completed);
                break;
        }

        Close(transfer);
    }

    private void Close(LiveTransfer transfer) => post(() => disk.CloseOwn(transfer.Stored.Id));
}
