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

    /// <summary>Sends the ends that the other side does not know yet, and the pauses. Call it for each link.</summary>
    internal void Repeat()
    {
        if (host.Machine.Features.HasFlag(PeerFeatures.Files))
        {
            post(() =>
            {
                var untold = _table.Untold(host.Remote);
                var open = _book.OpenWith(host.Remote);
                lock (host.StateLock)
                {
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

    /// <summary>Receives a frame, after the machines.</summary>
    /// <param name="onEnded">Ends a transfer that the machines do not know. Called under the lock.</param>
    internal void Receive(Frame frame, Action<LiveTransfer, FileEnd> onEnded)
    {
        if (FileEnd.TryFrom(frame) is not { } end || _waiting == MaxWaiting)
        {
            return;
        }

        _waiting++;
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
                    _waiting--;
                }
            }
        });
    }

    private void Settle(FileEnd end, Action<LiveTransfer, FileEnd> onEnded)
    {
        // Only the receiver decides. Both sides may stop a transfer, and both may have offered one with this id.
        bool[] sides = end.Decision == FileDecisionKind.Unspecified ? [true, false] : [true];
        foreach (var isOurs in sides)
        {
            if (_book.Open(host.Remote, isOurs, end.Id) is { Stored.HasEnded: false } transfer)
            {
                lock (host.StateLock)
                {
                    onEnded(transfer, end);
                    host.Files.Execute();
                    host.Drain();
                }
            }
            else
            {
                // It has ended on both sides.
                _table.SetEndToldAsync(host.Remote, isOurs, end.Id).GetAwaiter().GetResult();
            }
        }

        if (!end.IsAcknowledgement)
        {
            // The other side does not repeat what is acknowledged, so it must be durable.
            _table.AfterSavesAsync().GetAwaiter().GetResult();
            lock (host.StateLock)
            {
                transmit(FileEnd.Stop(end.Id, FileStopReason.Ended).ToFrame());
                host.Drain();
            }
        }
    }

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
