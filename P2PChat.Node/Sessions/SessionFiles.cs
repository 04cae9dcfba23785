using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Exchanges files with the other peer: drives the machines that pull and serve, and does their work on the disk, one
/// action after the other. Part of a session: see <see cref="SessionHost"/>.
/// </summary>
internal sealed partial class SessionFiles
{
    private readonly SessionHost _host;
    private readonly TransferBook _book;
    private readonly ILogger _logger;
    private readonly FileMachines _machines = new();
    private readonly FilePuller _puller;
    private readonly FileServer _server;
    private readonly OutgoingTransfers _outgoing;
    private readonly TransferEnds _ends;
    private readonly TransferLoader _loader;
    private readonly TransferDisk _disk;
    private readonly SerialWork _work;
    private int? _link;

    public SessionFiles(SessionHost host)
    {
        (_host, _book, _logger) = (host, host.Context.Transfers, host.Context.Logger);
        (_puller, _server) = (_machines.Puller, _machines.Server);
        var transfers = host.Context.Store.Transfers;
        _disk = new TransferDisk(host.Context.Downloads, host.Context.DiskReserve, transfers.LeavesOf);
        _work = new SerialWork(LogFailed);
        _ends = new TransferEnds(host, Post, Transmit);
        Incoming = new IncomingTransfers(host, _puller, _disk, _ends, Post, new SerialWork(LogFailed).Post);
        _outgoing = new OutgoingTransfers(host, _server, _disk, Post);
        _loader = new TransferLoader(host, _machines, Post);
        Folder = new FolderRetry(host, Post);
        Changes = new TransferChanges(host, _outgoing, _ends, Post);
    }

    /// <summary>The files of the other side.</summary>
    public IncomingTransfers Incoming { get; }

    /// <summary>Files that wait for the download folder.</summary>
    internal FolderRetry Folder { get; }

    /// <summary>What changes of the conversation mean for its transfers.</summary>
    internal TransferChanges Changes { get; }

    /// <summary>When <see cref="Tick"/> has something to do; null if never.</summary>
    internal DateTimeOffset? Deadline =>
        ((DateTimeOffset?[])[_loader.Deadline, _puller.Deadline, Folder.Deadline]).Min();

    private DateTimeOffset Now => _host.Context.SteadyClock.GetUtcNow();

    /// <summary>Lets the other side pull one of our files. Its message follows.</summary>
    /// <returns>False if this session is retired and the caller must use another.</returns>
    public bool TryServe(LiveTransfer transfer)
    {
        lock (_host.StateLock)
        {
            if (!_host.Lifecycle.IsRetired)
            {
                _server.Add(transfer.Stored.Id, transfer.Stored.Offer.LeafCount);
            }

            return !_host.Lifecycle.IsRetired;
        }
    }

    /// <summary>Accepts an offer, or resumes after a pause.</summary>
    /// <param name="isWritable">Whether the download folder can be written. Otherwise the file waits for it.</param>
    /// <returns>False if the transfer has ended.</returns>
    public bool Accept(LiveTransfer transfer, bool isWritable = true) => Change(transfer, () =>
        {
            if (transfer.Stored.State == TransferState.Active)
            {
                return;
            }

            if (!isWritable)
            {
                _ = _book.Change(transfer, TransferState.Paused, TransferProblem.NotWritable);
                Folder.Begin();
                return;
            }

            _ = _book.Change(transfer, TransferState.Active);
            if (transfer.Stored.IsOurs)
            {
                _server.Resume(transfer.Stored.Id);
            }
            else if (_machines.IsReady)
            {
                Incoming.Begin(transfer);
            }
        });

    /// <returns>False if the transfer has ended.</returns>
    public bool Pause(LiveTransfer transfer) => Change(transfer, () =>
        {
            if (transfer.Stored.State != TransferState.Active && !FolderRetry.IsWaiting(transfer))
            {
                return;
            }

            _ = _book.Change(transfer, TransferState.Paused);
            if (transfer.Stored.IsOurs)
            {
                _server.Stop(transfer.Stored.Id, FileStopReason.Paused);
            }
            else
            {
                Incoming.Release(transfer, FileStopReason.Paused);
            }
        });

    /// <summary>Ends a transfer, and deletes what has arrived. An offer that was not accepted is declined.</summary>
    /// <returns>False if the transfer has ended.</returns>
    public bool Cancel(LiveTransfer transfer) => Change(transfer, () =>
        {
            if (transfer.Stored.IsOurs)
            {
                _server.Stop(transfer.Stored.Id, FileStopReason.Cancelled, notifies: false);
                var saving = _outgoing.End(transfer, TransferState.Cancelled, TransferProblem.None, byThem: false);
                _ends.Tell(transfer.Stored, saving);
            }
            else
            {
                var isOffered = transfer.Stored.State == TransferState.Offered;
                Incoming.End(transfer, isOffered ? TransferState.Declined : TransferState.Cancelled);
            }
        });

    internal void OnMoved(int link)
    {
        _link = link;
        _host.Links.WriteBulk(link, () => TakePart(link));
        _server.Reset();
        _puller.Connected(Now);
        _loader.Begin();
        _ends.Repeat();
        if (!_host.Machine.Features.HasFlag(PeerFeatures.Files))
        {
            Changes.OnFilesNotSupported();
        }

        Execute();
    }

    internal void OnLinkEnded(int link)
    {
        if (_link != link)
        {
            return;
        }

        _link = null;
        _machines.Disconnect();
        // They are opened again when they are needed.
        Post(_disk.CloseAll);
    }

    /// <summary>This session can no longer be used, and the next one opens the same files.</summary>
    internal void OnStoreFailed()
    {
        Incoming.Abandon();
        Post(_disk.CloseAll);
    }

    internal void OnFrame(Frame frame)
    {
        if (_machines.Receive(frame, Now))
        {
            // The machines report what they know, before the rest is looked up.
            Execute();
            _ends.Receive(frame, OnEnded);
        }
    }

    /// <summary>Runs an action after all earlier ones, without the session's lock.</summary>
    internal void Post(Action action) => _work.Post(action);

    internal void Tick(DateTimeOffset now)
    {
        _loader.Tick(now);
        Folder.Tick(now);
        _puller.Tick(now);
        Execute();
    }

    private void OnEnded(LiveTransfer transfer, FileEnd end)
    {
        if (!transfer.Stored.IsOurs)
        {
            Incoming.OnStopped(transfer, end.Reason);
        }
        else if (end.Decision == FileDecisionKind.Unspecified)
        {
            _outgoing.OnStopped(transfer, end.Reason, byThem: true);
        }
        else
        {
            _outgoing.OnDecided(transfer, end.Decision);
        }
    }

    private Frame? TakePart(int link)
    {
        lock (_host.StateLock)
        {
            if (_link != link || _server.TakePart() is not { } frame)
            {
                return null;
            }

            _outgoing.OnTaken(frame.FilePart);
            Execute();
            return frame;
        }
    }

    // Looks at the state under the lock, because the other side, a setting and the user may change it at once.
    private bool Change(LiveTransfer transfer, Action change)
    {
        var isOpen = false;
        Run(() =>
        {
            isOpen = !transfer.Stored.HasEnded;
            if (isOpen)
            {
                change();
            }
        });
        return isOpen;
    }

    private void Run(Action action)
    {
        lock (_host.StateLock)
        {
            action();
            Execute();
            _host.Drain();
        }
    }

    internal void Execute()
    {
        while (true)
        {
            var (served, pulled) = (_server.TakeEffects(), _puller.TakeEffects());
            if (served.Count + pulled.Count == 0)
            {
                break;
            }

            foreach (var effect in served)
            {
                if (!TryTransmit(effect))
                {
                    _outgoing.Execute(effect);
                }
            }

            foreach (var effect in pulled)
            {
                if (!TryTransmit(effect))
                {
                    Incoming.Execute(effect);
                }
            }
        }

        if (_server.HasParts && _link is { } link)
        {
            _host.Links.WakeForBulk(link);
        }
    }

    private bool TryTransmit(FileEffect effect)
    {
        if (effect is not FileEffect.Transmit transmit)
        {
            return false;
        }

        Transmit(transmit.Frame);
        return true;
    }

    private void Transmit(Frame frame)
    {
        if (_link is { } link)
        {
            _host.Links.Transmit(link, new OutgoingFrame(frame));
        }
    }

    [LoggerMessage(LogLevel.Error, "Work on files failed with an unexpected error.")]
    private partial void LogFailed(Exception exception);
}
