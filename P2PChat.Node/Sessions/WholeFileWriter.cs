using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>Writes files that came whole, by way of the directory. Part of <see cref="IncomingTransfers"/>.</summary>
/// <param name="post">Runs an action after all earlier ones, without the session's lock.</param>
internal sealed class WholeFileWriter(SessionHost host, PullQueue queue, TransferDisk disk, Action<Action> post)
{
    /// <inheritdoc cref="IncomingTransfers.WriteWholeAsync"/>
    public Task WriteAsync(LiveTransfer transfer, ReadOnlyMemory<byte> content, Func<bool> isWanted)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        post(() =>
        {
            try
            {
                Write(transfer, content, isWanted);
            }
            finally
            {
                done.SetResult();
            }
        });
        return done.Task;
    }

    private void Write(LiveTransfer transfer, ReadOnlyMemory<byte> content, Func<bool> isWanted)
    {
        var incoming = host.Files.Incoming;
        try
        {
            object beginning;
            var stored = transfer.Stored;
            if (disk.IsFinished(stored, isWanted))
            {
                // An earlier process has ended before that was saved.
                incoming.SetCompleted(transfer, stored.Path!);
                return;
            }

            lock (host.StateLock)
            {
                if (transfer.Stored.State != TransferState.Active)
                {
                    return;
                }

                // A link may have come up meanwhile. It must not be begun again before this is done.
                incoming.Release(transfer, FileStopReason.Paused);
                beginning = queue.Block(stored.Id);
                host.Files.Execute();
                host.Drain();
            }

            disk.Close(stored, deletes: true);
            for (long leaf = 0; leaf < stored.Offer.LeafCount; leaf++)
            {
                var offset = (int)leaf * FileOffer.LeafSize;
                disk.Write(stored, leaf, content.Slice(offset, stored.Offer.SizeOf(leaf)));
            }

            if (isWanted())
            {
                incoming.Complete(transfer, beginning);
            }
            else
            {
                // Its message was deleted meanwhile, and its end waits behind this.
                disk.Close(stored, deletes: true);
            }
        }
        catch (Exception exception)
        {
            incoming.OnFailed(transfer, exception);
        }
    }
}
