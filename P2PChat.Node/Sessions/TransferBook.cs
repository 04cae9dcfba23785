using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Sessions;

/// <summary>
/// All transfers of files, with the progress of those of this process. Reports each change. Thread-safe.
/// </summary>
internal sealed partial class TransferBook(
    PeerStore store,
    EventLog events,
    DownloadFolder downloads,
    TimeProvider timeProvider,
    ILogger<TransferBook> logger
) : IDisposable
{
    private static readonly TimeSpan StallCheck = TimeSpan.FromSeconds(1);

    private readonly ILogger<TransferBook> _logger = logger;
    private readonly Lock _gate = new();
    private readonly Dictionary<(PeerId Remote, bool IsOurs, Guid Id), LiveTransfer> _live = [];
    private ITimer? _stallTimer;

    /// <summary>Reports each change of a state. Called by the thread that changes it, so it must not block.</summary>
    public event Action<StoredTransfer>? Changed;

    /// <summary>Lists the newest transfers, newest first.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public IReadOnlyList<FileTransfer> All()
    {
        _ = store.AfterFlush();
        return [.. store.Transfers.Newest().Select(stored => Get(stored).Current)];
    }

    /// <summary>Lists the newest transfers with a peer, newest first.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public IReadOnlyList<FileTransfer> With(PeerId remote)
    {
        _ = store.AfterFlush();
        return [.. store.Transfers.NewestWith(remote).Select(stored => Get(stored).Current)];
    }

    /// <summary>The transfer that a row is about, as it is in this process.</summary>
    public LiveTransfer Get(StoredTransfer stored)
    {
        lock (_gate)
        {
            var key = (stored.Remote, stored.IsOurs, stored.Id);
            if (!_live.TryGetValue(key, out var live))
            {
                live = new LiveTransfer(stored, WrittenOf(stored), timeProvider);
                // An offer that waits is only in the store, because another user can make any number of them.
                if (!live.Current.HasEnded && (stored.IsOurs || stored.State != TransferState.Offered))
                {
                    _live[key] = live;
                }
            }

            return live;
        }
    }

    /// <summary>Finds a transfer of this process, or one in the store.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public LiveTransfer? Find(PeerId remote, bool isOurs, Guid id) =>
        FindLive(remote, isOurs, id) ?? (store.Transfers.Find(remote, isOurs, id) is { } stored ? Get(stored) : null);

    /// <summary>Finds a transfer of this process, without reading the store.</summary>
    public LiveTransfer? FindLive(PeerId remote, bool isOurs, Guid id)
    {
        lock (_gate)
        {
            return _live.GetValueOrDefault((remote, isOurs, id));
        }
    }

    /// <summary>Changes the state of a transfer, saves and reports it.</summary>
    public void Change(
        LiveTransfer transfer,
        TransferState state,
        TransferProblem problem = TransferProblem.None,
        string? path = null
    )
    {
        StoredTransfer stored;
        FileTransfer current;
        lock (_gate)
        {
            if (transfer.Current.HasEnded)
            {
                return;
            }

            stored = transfer.Stored with { State = state, Problem = problem, Path = path ?? transfer.Stored.Path };
            transfer.Stored = stored;
            _live[(stored.Remote, stored.IsOurs, stored.Id)] = transfer;
            if (state == TransferState.Completed)
            {
                transfer.Start(stored.Offer.Size);
            }
            else
            {
                transfer.Rest();
            }

            current = transfer.Current;
        }

        events.Add(new PeerEvent.TransferChanged(current));
        Changed?.Invoke(stored);
        _ = SaveAsync(transfer, stored);
    }

    /// <summary>Records whether the other user has paused a transfer.</summary>
    public void SetPausedByThem(LiveTransfer transfer, bool paused)
    {
        FileTransfer current;
        lock (_gate)
        {
            if (transfer.IsPausedByThem == paused)
            {
                return;
            }

            transfer.IsPausedByThem = paused;
            transfer.Rest();
            current = transfer.Current;
        }

        events.Add(new PeerEvent.TransferChanged(current));
    }

    /// <summary>Records what is known of a transfer's copy at the directory.</summary>
    public void SetCopy(LiveTransfer transfer, FileCopy copy)
    {
        FileTransfer current;
        lock (_gate)
        {
            if (transfer.Copy == copy)
            {
                return;
            }

            transfer.Copy = copy;
            current = transfer.Current;
        }

        events.Add(new PeerEvent.TransferChanged(current));
    }

    /// <summary>Records and reports how much is on the disk when the transfer begins or resumes.</summary>
    public void Start(LiveTransfer transfer, long done)
    {
        FileTransfer current;
        lock (_gate)
        {
            transfer.Start(done);
            current = transfer.Current;
        }

        events.Add(new PeerEvent.TransferChanged(current));
    }

    /// <summary>Records progress, and reports it a few times per second.</summary>
    public void Advance(LiveTransfer transfer, long done)
    {
        FileTransfer current;
        lock (_gate)
        {
            if (!transfer.Advance(done))
            {
                return;
            }

            _stallTimer ??= timeProvider.CreateTimer(_ => ReportStalled(), null, StallCheck, StallCheck);
            current = transfer.Current;
        }

        events.Add(new PeerEvent.TransferChanged(current));
    }

    /// <summary>Reports a transfer that is new.</summary>
    public void Publish(LiveTransfer transfer) => events.Add(new PeerEvent.TransferChanged(transfer.Current));

    /// <summary>Forgets one of our files whose message was refused.</summary>
    public void Forget(StoredTransfer stored)
    {
        lock (_gate)
        {
            _ = _live.Remove((stored.Remote, stored.IsOurs, stored.Id));
        }
    }

    public void Dispose() => _stallTimer?.Dispose();

    // A transfer whose link was cut, or whose sender sends nothing, has no event of its own.
    private void ReportStalled()
    {
        List<FileTransfer> stalled;
        lock (_gate)
        {
            stalled = [.. _live.Values.Where(transfer => transfer.TryStall()).Select(transfer => transfer.Current)];
            if (!_live.Values.Any(transfer => transfer.IsMoving))
            {
                _stallTimer?.Dispose();
                _stallTimer = null;
            }
        }

        foreach (var transfer in stalled)
        {
            events.Add(new PeerEvent.TransferChanged(transfer));
        }
    }

    private long WrittenOf(StoredTransfer stored) =>
        stored is { IsOurs: false, State: TransferState.Active or TransferState.Paused }
            ? downloads.LengthOfPart(stored.Remote, stored.Id)
            : 0;

    private async Task SaveAsync(LiveTransfer transfer, StoredTransfer stored)
    {
        try
        {
            await store.Transfers.SaveAsync(stored).ConfigureAwait(false);
            if (transfer.Current.HasEnded)
            {
                Forget(stored);
            }
        }
        catch (StoreException exception)
        {
            // The next start continues from the state before.
            LogNotSaved(exception.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The state of a file transfer cannot be saved. {Reason}")]
    private partial void LogNotSaved(string reason);
}
