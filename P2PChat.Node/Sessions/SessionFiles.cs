using P2PChat.Node.Model;
using P2PChat.Protocol.Files;
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
    private readonly TransferDisk _disk;
    private readonly SerialWork _work;
    private int? _link;
    private bool _isLoading;

    public SessionFiles(SessionHost host)
    {
        (_host, _book, _logger) = (host, host.Context.Transfers, host.Context.Logger);
        (_puller, _server) = (_machines.Puller, _machines.Server);
        _disk = new TransferDisk(host.Context.Downloads, host.Context.Store.Transfers.LeavesOf);
        _work = new SerialWork(LogFailed);
        Incoming = new IncomingTransfers(host, _puller, _disk, Post);
        _outgoing = new OutgoingTransfers(host, _server, _disk, Post);
    }

    /// <summary>The files of the other side.</summary>
    public IncomingTransfers Incoming { get; }

    /// <summary>When <see cref="Tick"/> has something to do; null if never.</summary>
    internal DateTimeOffset? Deadline => _puller.Deadline;

    private DateTimeOffset Now => _host.Context.SteadyClock.GetUtcNow();

    /// <summary>Lets the other side pull one of our files. Its message follows.</summary>
    public void Serve(LiveTransfer transfer)
    {
        lock (_host.StateLock)
        {
            _server.Add(transfer.Stored.Id, transfer.Stored.Offer.LeafCount);
        }
    }

    /// <summary>Accepts an offer, or resumes after a pause.</summary>
    public void Accept(LiveTransfer transfer) =>
        Run(() =>
        {
            _book.Change(transfer, TransferState.Active);
            if (transfer.Stored.IsOurs)
            {
                _server.Resume(transfer.Stored.Id);
            }
            else if (_machines.IsReady)
            {
                Incoming.Begin(transfer);
            }
        });

    public void Pause(LiveTransfer transfer) =>
        Run(() =>
        {
            _book.Change(transfer, TransferState.Paused);
            Stop(transfer, FileStopReason.Paused);
        });

    /// <summary>Ends a transfer, and deletes what has arrived. An offer that was not accepted is declined.</summary>
    public void Cancel(LiveTransfer transfer) =>
        Run(() =>
        {
            var stored = transfer.Stored;
            var isDeclined = !stored.IsOurs && stored.State == TransferState.Offered;
            _book.Change(transfer, isDeclined ? TransferState.Declined : TransferState.Cancelled);
            if (isDeclined)
            {
                _puller.Tell(stored.Id, FileDecisionKind.Declined);
                return;
            }

            Stop(transfer, FileStopReason.Cancelled);
            if (!stored.IsOurs)
            {
                Post(() => _disk.Close(stored, deletes: true));
            }
        });

    /// <summary>The other side's offer is stored. Accepts it if the user's settings say so.</summary>
    internal void OnOffered(Guid id) =>
        Post(() =>
        {
            if (
                _book.Find(_host.Remote, isOurs: false, id) is not { Stored.State: TransferState.Offered } transfer
                || transfer.Current.HasEnded
            )
            {
                return;
            }

            _book.Publish(transfer);
            _host.Context.Copies.Begin(transfer.Stored);
            _host.Context.TransferPolicy.AcceptIfAutomatic(transfer.Stored, () => Accept(transfer));
        });

    /// <summary>The message with an offer was deleted for everyone. Its row is deleted already.</summary>
    internal void OnRemoved(Guid id, bool isOurs)
    {
        _host.Context.Copies.OnRemoved(_host.Remote, isOurs, id);
        if (_book.FindLive(_host.Remote, isOurs, id) is { } transfer)
        {
            Post(() =>
            {
                Cancel(transfer);
                _host.Context.Uploads.Delete(transfer.Stored);
            });
        }
    }

    internal void OnMoved(int link)
    {
        _link = link;
        _host.Links.WriteBulk(link, () => TakePart(link));
        _server.Reset();
        _puller.Connected(Now);
        if (_machines.IsReady)
        {
            Incoming.RepeatDecisions();
        }
        else if (!_isLoading)
        {
            _isLoading = true;
            Post(Load);
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
        _isLoading = false;
        _machines.Disconnect();
        Post(_disk.CloseAll);
        // The temporary files are opened again, and their leaves hashed, once there is another link.
        Incoming.Forget();
    }

    internal void OnFrame(Frame frame)
    {
        _machines.Receive(frame, Now);
        Execute();
    }

    internal void Tick(DateTimeOffset now)
    {
        _puller.Tick(now);
        Execute();
    }

    // Reads the store, so not under the lock.
    private void Load()
    {
        var open = _host.Context.Store.Transfers.Open(_host.Remote);
        var ended = _host.Context.Store.Transfers.EndedFrom(_host.Remote);
        Run(() =>
        {
            foreach (var stored in open.Where(stored => stored.IsOurs))
            {
                _server.Add(stored.Id, stored.Offer.LeafCount);
                if (_book.Get(stored).Stored.State == TransferState.Paused)
                {
                    _server.Stop(stored.Id, FileStopReason.Paused);
                }
            }

            foreach (var stored in open.Where(stored => !stored.IsOurs))
            {
                if (_book.Get(stored) is { Stored.State: TransferState.Active } transfer)
                {
                    Incoming.Begin(transfer);
                }
            }

            _machines.SetReady(Now);
            Incoming.RepeatDecisions(ended);
        });
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

    private void Stop(LiveTransfer transfer, FileStopReason reason)
    {
        if (transfer.Stored.IsOurs)
        {
            _server.Stop(transfer.Stored.Id, reason);
        }
        else
        {
            _puller.Remove(transfer.Stored.Id, reason, Now);
        }
    }

    private void Post(Action action) => _work.Post(action);

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

        if (_link is { } link)
        {
            _host.Links.Transmit(link, new OutgoingFrame(transmit.Frame));
        }

        return true;
    }

    [LoggerMessage(LogLevel.Error, "Work on files failed with an unexpected error.")]
    private partial void LogFailed(Exception exception);
}
