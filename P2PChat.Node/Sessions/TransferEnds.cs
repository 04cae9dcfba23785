using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Tells the other side how transfers have ended here, until it acknowledges that, and acknowledges its ends. Part of
/// <see cref="SessionFiles"/>.
/// </summary>
/// <param name="post">Runs an action after all earlier ones, without the session's lock.</param>
/// <param name="transmit">Sends a frame, if a link is open.</param>
internal sealed class TransferEnds(SessionHost host, Action<Action> post, Action<Frame> transmit)
{
    // More are dropped: the other side repeats them on its next link.
    private const int MaxWaiting = 256;

    private readonly TransferBook _book = host.Context.Transfers;
    private readonly TransferTable _table = host.Context.Store.Transfers;
    private int _waiting;

    // Counted apart from the ends, because a lost acknowledgement of a batch would hold back the next batch.
    private int _waitingAcknowledgements;

    // The number of ends of a full batch that the other side has not acknowledged; 0 if the batch was not full.
    private int _unacknowledged;

    /// <summary>Sends the ends that the other side does not know yet, and the pauses. Call it for each link.</summary>
    internal void Repeat()
    {
        if (host.Machine.Features.HasFlag(PeerFeatures.Files))
        {
            post(() =>
            {
                var all = _table.Untold(host.Remote);
                var untold = all.Where(ended => !IsBeforeItsOffer(ended.IsOurs, ended.Id)).ToList();
                var open = _book.OpenWith(host.Remote);
                lock (host.StateLock)
                {
                    // If all ends wait for their offers, the first that is acknowledged leads to the next batch.
                    _unacknowledged = all.Count == TransferTable.MaxRepeated ? Math.Max(1, untold.Count) : 0;
                    foreach (var ended in untold)
                    {
                        transmit(EndOf(ended).ToFrame());
                    }

                    // Those of our own files are sent when they are asked for.
                    foreach (
                        var paused in open.Where(one => one.Stored is { IsOurs: false, State: TransferState.Paused })
                    )
                    {
                        transmit(FileEnd.Stop(paused.Stored.Id, FileStopReason.Paused).ToFrame());
                    }

                    host.Drain();
                }
            });
        }
    }

    /// <summary>Sends the end of a transfer at once, if a link is open.</summary>
    internal void Send(StoredTransfer ended) =>
        transmit(EndOf(new EndedTransfer(ended.IsOurs, ended.Id, ended.State, ended.Problem)).ToFrame());

    /// <summary>Sends the end of a transfer once it is saved, if a link is open then.</summary>
    /// <param name="saving">Completes with whether it is saved.</param>
    internal void Tell(StoredTransfer ended, Task<bool> saving) =>
        post(() =>
        {
            if (saving.GetAwaiter().GetResult() && !IsBeforeItsOffer(ended.IsOurs, ended.Id))
            {
                lock (host.StateLock)
                {
                    Send(ended);
                    host.Drain();
                }
            }
        });

    /// <summary>Sends the end of one of our files whose message has just been delivered.</summary>
    internal void TellDelivered(Guid id) =>
        post(() =>
        {
            if (_table.Find(host.Remote, isOurs: true, id) is { HasEnded: true, IsEndTold: false } ended)
            {
                Tell(ended, Task.FromResult(true));
            }
        });

    /// <summary>Receives a frame, after the machines.</summary>
    /// <param name="onEnded">Ends a transfer that the machines do not know. Called under the lock.</param>
    internal void Receive(Frame frame, Action<LiveTransfer, FileEnd> onEnded)
    {
        if (FileEnd.TryFrom(frame) is not { } end)
        {
            return;
        }

        ref var waiting = ref end.IsAcknowledgement ? ref _waitingAcknowledgements : ref _waiting;
        if (waiting == MaxWaiting)
        {
            return;
        }

        waiting++;
        post(() =>
        {
            try
            {
                Settle(end, onEnded);
            }
            finally
            {
                lock (host.StateLock)
                {
                    (end.IsAcknowledgement ? ref _waitingAcknowledgements : ref _waiting)--;
                }
            }
        });
    }

    private void Settle(FileEnd end, Action<LiveTransfer, FileEnd> onEnded)
    {
        // Only the receiver decides. Both sides may stop a transfer, and both may have offered one with this id.
        bool[] sides = end.Decision == FileDecisionKind.Unspecified ? [true, false] : [true];
        if (!end.IsAcknowledgement)
        {
            // Its offer may have arrived just before.
            _table.AfterSavesAsync().GetAwaiter().GetResult();
        }

        var isKnown = false;
        foreach (var isOurs in sides)
        {
            var transfer = _book.Open(host.Remote, isOurs, end.Id);
            isKnown |= transfer is not null;
            if (transfer is { Stored.HasEnded: false })
            {
                lock (host.StateLock)
                {
                    onEnded(transfer, end);
                    host.Files.Execute();
                    host.Drain();
                }
            }
            else if (_table.IsUntold(host.Remote, isOurs, end.Id))
            {
                // It has ended on both sides.
                _table.SetEndToldAsync(host.Remote, isOurs, end.Id).GetAwaiter().GetResult();
                RepeatMore();
            }
        }

        if (!end.IsAcknowledgement)
        {
            if (isKnown)
            {
                // The other side does not repeat what is acknowledged, so it must be durable.
                _table.AfterSavesAsync().GetAwaiter().GetResult();
            }

            lock (host.StateLock)
            {
                transmit(FileEnd.Stop(end.Id, FileStopReason.Ended).ToFrame());
                host.Drain();
            }
        }
    }

    private void RepeatMore()
    {
        lock (host.StateLock)
        {
            if (_unacknowledged == 0 || --_unacknowledged > 0)
            {
                return;
            }
        }

        Repeat();
    }

    // The other side would acknowledge the end of a file that it does not know, and show the offer when that arrives.
    private bool IsBeforeItsOffer(bool isOurs, Guid id) =>
        isOurs
        && host.Context.Store.Messages.Find(host.Remote, id)
            is { State: MessageState.Queued or MessageState.Sent or MessageState.Unconfirmed };

    private static FileEnd EndOf(EndedTransfer ended) =>
        ended switch
        {
            { IsOurs: false, State: TransferState.Completed } => FileEnd.Decide(ended.Id, FileDecisionKind.Completed),
            { IsOurs: false, State: TransferState.Declined } => FileEnd.Decide(ended.Id, FileDecisionKind.Declined),
            { IsOurs: true, Problem: TransferProblem.Changed } => FileEnd.Stop(ended.Id, FileStopReason.Changed),
            { IsOurs: true, Problem: TransferProblem.Unavailable } => FileEnd.Stop(
                ended.Id,
                FileStopReason.Unavailable
            ),
            _ => FileEnd.Stop(ended.Id, FileStopReason.Cancelled),
        };
}
