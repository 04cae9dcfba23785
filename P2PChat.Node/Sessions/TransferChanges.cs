using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Changes transfers when the conversation changes: a new offer, a deleted message, a removed contact, another version.
/// Part of <see cref="SessionFiles"/>.
/// </summary>
/// <param name="post">Runs an action after all earlier ones, without the session's lock.</param>
internal sealed class TransferChanges(
    SessionHost host,
    OutgoingTransfers outgoing,
    TransferEnds ends,
    Action<Action> post
)
{
    private readonly TransferBook _book = host.Context.Transfers;
    private readonly TransferTable _table = host.Context.Store.Transfers;
    private readonly StaleTransferTable _stale = host.Context.Store.StaleTransfers;

    // Guarded by the session's lock. Whether an acknowledgement may show that an offer will not be delivered.
    private bool _mayBeUndelivered = true;
    private bool _isEnding;

    /// <summary>The other side's offer is stored. Accepts it if the user's settings say so.</summary>
    public void OnOffered(Guid id) =>
        post(() =>
        {
            if (_book.Find(host.Remote, isOurs: false, id) is not { } transfer)
            {
                return;
            }

            _book.Publish(transfer);
            // Also if the user was faster and has accepted it already.
            host.Context.Copies.Begin(transfer.Stored);
            if (transfer.Stored.State == TransferState.Offered)
            {
                host.Context.TransferPolicy.AcceptIfAutomatic(transfer.Stored, () => AcceptOffered(id));
            }
            else if (transfer.Stored is { HasEnded: true, IsEndTold: false })
            {
                // There were too many.
                lock (host.StateLock)
                {
                    ends.Send(transfer.Stored);
                    host.Drain();
                }
            }
        });

    /// <summary>The other side has one of our messages, which may be an offer that has ended meanwhile.</summary>
    public void OnDelivered(Guid id) => ends.TellDelivered(id);

    /// <summary>The other side will never have one of our messages, which may be an offer.</summary>
    public void OnAbandoned(Guid id, AbandonReason reason)
    {
        if (reason == AbandonReason.Unconfirmed)
        {
            _mayBeUndelivered = true;
            return;
        }

        host.Context.Copies.OnRemoved(host.Remote, isOurs: true, id);
        EndUndelivered();
    }

    /// <summary>The other side has lost one of our messages, which may be an offer.</summary>
    public void OnLost() => EndUndelivered();

    /// <summary>The other side has acknowledged our messages up to one, perhaps past an offer that it lacks.</summary>
    public void OnAcknowledged()
    {
        if (_mayBeUndelivered)
        {
            _mayBeUndelivered = false;
            EndUndelivered();
        }
    }

    /// <summary>
    /// Messages were deleted here, or have disappeared. Their unanswered offers are declined, and files that are paused
    /// here are cancelled, because no card shows them any more.
    /// </summary>
    public void OnHidden()
    {
        lock (host.StateLock)
        {
            ends.Repeat();
        }

        post(() =>
        {
            foreach (var id in _stale.PausedWithoutMessage(host.Remote))
            {
                if (_book.Open(host.Remote, isOurs: false, id) is { Stored.State: TransferState.Paused } transfer)
                {
                    _ = host.Files.Cancel(transfer);
                }
            }
        });
    }

    /// <summary>The message with an offer was deleted for everyone.</summary>
    public void OnRemoved(Guid id, bool isOurs)
    {
        host.Context.Copies.OnRemoved(host.Remote, isOurs, id, byThem: !isOurs);
        post(() =>
        {
            if (_book.FindLive(host.Remote, isOurs, id) is { } transfer)
            {
                _ = host.Files.Cancel(transfer);
            }
            else if (!isOurs)
            {
                // Nothing has opened it since the start, and its row is gone.
                host.Context.Downloads.DeletePart(host.Remote, id);
            }

            if (isOurs && _table.TakeRemoved(host.Remote, id) is { } path)
            {
                host.Context.Uploads.DeleteSent(path);
            }
        });
    }

    /// <summary>The other peer is no longer a contact.</summary>
    public void OnContactRemoved() =>
        post(() =>
        {
            foreach (var stored in _table.Open(host.Remote))
            {
                if (_book.Open(stored.Remote, stored.IsOurs, stored.Id) is { } transfer)
                {
                    _ = host.Files.Cancel(transfer);
                }
            }
        });

    /// <summary>The other side has gone back to a version that cannot receive files.</summary>
    public void OnFilesNotSupported() =>
        post(() =>
        {
            foreach (var transfer in _book.OpenWith(host.Remote).Where(transfer => transfer.Stored.IsOurs))
            {
                lock (host.StateLock)
                {
                    _ = outgoing.End(transfer, TransferState.Failed, TransferProblem.NotSupported, byThem: true);
                    host.Drain();
                }
            }
        });

    // Many messages may expire at once.
    private void EndUndelivered()
    {
        if (_isEnding)
        {
            return;
        }

        _isEnding = true;
        post(() =>
        {
            lock (host.StateLock)
            {
                _isEnding = false;
            }

            try
            {
                _table.AfterSavesAsync().GetAwaiter().GetResult();
            }
            catch (StoreException)
            {
                // The next acknowledgement looks again.
                MayBeUndelivered();
                return;
            }

            foreach (var id in _stale.Undelivered(host.Remote))
            {
                if (_book.Open(host.Remote, isOurs: true, id) is { } transfer)
                {
                    lock (host.StateLock)
                    {
                        _ = outgoing.End(transfer, TransferState.Failed, TransferProblem.NotDelivered, byThem: true);
                        host.Drain();
                    }
                }
            }

            if (_stale.HasUnconfirmed(host.Remote))
            {
                MayBeUndelivered();
            }
        });
    }

    private void MayBeUndelivered()
    {
        lock (host.StateLock)
        {
            _mayBeUndelivered = true;
        }
    }

    private void AcceptOffered(Guid id)
    {
        if (_book.Open(host.Remote, isOurs: false, id) is { Stored.State: TransferState.Offered } transfer)
        {
            _ = host.Files.Accept(transfer);
        }
    }
}
