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

    // Guarded by _gate. Those that have not ended and were opened, and those whose end is not saved.
    private readonly Dictionary<(PeerId Remote, bool IsOurs, Guid Id), LiveTransfer> _live = [];
    private long _forgotten;
    private ITimer? _stallTimer;

    /// <summary>
    /// Reports each change of a state, and of what the other user has paused. Called by the thread that changes it, so
    /// it must not block.
    /// </summary>
    public event Action<StoredTransfer>? Changed;

    /// <summary>Lists the transfers that are under way and the newest others, newest first.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public IReadOnlyList<FileTransfer> All()
    {
        _ = store.AfterFlush();
        return Read(store.Transfers.Newest, stored => Show(stored).Current);
    }

    /// <inheritdoc cref="All"/>
    public IReadOnlyList<FileTransfer> With(PeerId remote)
    {
        _ = store.AfterFlush();
        return Read(() => store.Transfers.NewestWith(remote), stored => Show(stored).Current);
    }

    /// <summary>Opens the transfers with a peer that have not ended, except offers that wait for this user.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public IReadOnlyList<LiveTransfer> OpenWith(PeerId remote)
    {
        var stored = Read(() => [.. store.Transfers.Open(remote).Where(HasWork)], Open);
        // The rows may be older than an acceptance that is not saved, or came after they were read.
        return [.. stored.Union(LiveWith(remote)).Where(one => HasWork(one.Stored))];
    }

    /// <summary>Opens a transfer to change it: there is one object for each that has not ended.</summary>
    /// <returns>Null if there is none.</returns>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public LiveTransfer? Open(PeerId remote, bool isOurs, Guid id) => Find(remote, isOurs, id, Open);

    /// <summary>Finds a transfer to show it.</summary>
    /// <returns>Null if there is none.</returns>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public LiveTransfer? Find(PeerId remote, bool isOurs, Guid id) => Find(remote, isOurs, id, Show);

    /// <summary>Adds one of our files that is new.</summary>
    public LiveTransfer Add(StoredTransfer stored)
    {
        lock (_gate)
        {
            return Open(stored);
        }
    }

    /// <summary>Finds a transfer of this process, without reading the store.</summary>
    public LiveTransfer? FindLive(PeerId remote, bool isOurs, Guid id)
    {
        lock (_gate)
        {
            return _live.GetValueOrDefault((remote, isOurs, id));
        }
    }

    /// <summary>Lists the transfers of this process with a peer, without reading the store.</summary>
    public IReadOnlyList<LiveTransfer> LiveWith(PeerId remote)
    {
        lock (_gate)
        {
            return [.. _live.Where(one => one.Key.Remote == remote).Select(one => one.Value)];
        }
    }

    /// <summary>Changes the state of a transfer that has not ended, saves and reports it.</summary>
    /// <param name="isEndTold">Whether the other side knows already that it has ended.</param>
    /// <returns>Completes with whether it is saved, which it is not if the transfer had ended before.</returns>
    public Task<bool> Change(
        LiveTransfer transfer,
        TransferState state,
        TransferProblem problem = TransferProblem.None,
        string? path = null,
        bool isEndTold = false
    )
    {
        StoredTransfer stored;
        FileTransfer current;
        Task<bool> saving;
        lock (_gate)
        {
            if (transfer.Stored.HasEnded)
            {
                return Task.FromResult(false);
            }

            stored = transfer.Stored with
            {
                State = state,
                Problem = problem,
                Path = path ?? transfer.Stored.Path,
                IsEndTold = isEndTold,
            };
            transfer.Stored = stored;
            if (state == TransferState.Completed)
            {
                transfer.Start(stored.Offer.Size);
            }
            else
            {
                transfer.Rest();
            }

            current = transfer.Current;
            // Under the lock, so that changes are saved in their order. It only queues.
            saving = SaveAsync(transfer, stored);
        }

        events.Add(new PeerEvent.TransferChanged(current));
        Changed?.Invoke(stored);
        return saving;
    }

    /// <summary>Saves where a file will be once it is complete. Returns when that is saved.</summary>
    /// <exception cref="StoreException">It cannot be saved.</exception>
    public void SetPath(LiveTransfer transfer, string path)
    {
        Task saving;
        lock (_gate)
        {
            if (transfer.Stored.HasEnded)
            {
                return;
            }

            transfer.Stored = transfer.Stored with { Path = path };
            saving = store.Transfers.SaveAsync(transfer.Stored);
        }

        saving.GetAwaiter().GetResult();
    }

    /// <summary>Records whether the other user has paused a transfer.</summary>
    public void SetPausedByThem(LiveTransfer transfer, bool paused)
    {
        var isChanged = false;
        Update(transfer, () =>
        {
            isChanged = transfer.IsPausedByThem != paused;
            if (isChanged)
            {
                transfer.IsPausedByThem = paused;
                transfer.Rest();
            }

            return isChanged && transfer.MayReportPause();
        });
        if (isChanged)
        {
            Changed?.Invoke(transfer.Stored);
        }
    }

    /// <summary>Records what is known of a transfer's copy at the directory.</summary>
    public void SetCopy(LiveTransfer transfer, FileCopy? copy) => Update(transfer, () =>
        {
            var isChanged = transfer.Copy != copy;
            transfer.Copy = copy;
            return isChanged;
        });

    /// <summary>Records and reports how much is on the disk when the transfer begins or resumes.</summary>
    public void Start(LiveTransfer transfer, long done)
    {
        Update(transfer, () =>
        {
            transfer.Start(done);
            return true;
        });
        Changed?.Invoke(transfer.Stored);
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

    /// <summary>Forgets a transfer that has ended, or one of our files whose message was refused.</summary>
    public void Forget(StoredTransfer stored)
    {
        lock (_gate)
        {
            _forgotten++;
            _ = _live.Remove((stored.Remote, stored.IsOurs, stored.Id));
        }
    }

    public void Dispose() => _stallTimer?.Dispose();

    // Changes a transfer under the lock, and reports it if it is to be reported.
    private void Update(LiveTransfer transfer, Func<bool> change)
    {
        FileTransfer current;
        lock (_gate)
        {
            if (!change())
            {
                return;
            }

            current = transfer.Current;
        }

        events.Add(new PeerEvent.TransferChanged(current));
    }

    private static bool HasWork(StoredTransfer stored) =>
        !stored.HasEnded && (stored.IsOurs || stored.State != TransferState.Offered);

    // A row that was read before a transfer ended and was forgotten may be that transfer's, so it is read again.
    private List<T> Read<T>(Func<IReadOnlyList<StoredTransfer>> read, Func<StoredTransfer, T> convert)
    {
        while (true)
        {
            var forgotten = Volatile.Read(ref _forgotten);
            var rows = read();
            lock (_gate)
            {
                if (forgotten == _forgotten)
                {
                    return [.. rows.Select(convert)];
                }
            }
        }
    }

    private LiveTransfer? Find(PeerId remote, bool isOurs, Guid id, Func<StoredTransfer, LiveTransfer> convert) =>
        FindLive(remote, isOurs, id)
        ?? Read(() => store.Transfers.Find(remote, isOurs, id) is { } stored ? [stored] : [], convert).FirstOrDefault();

    // Called under the lock, as is Open.
    private LiveTransfer Show(StoredTransfer stored) =>
        _live.GetValueOrDefault((stored.Remote, stored.IsOurs, stored.Id))
        ?? new LiveTransfer(stored, WrittenOf(stored), timeProvider);

    private LiveTransfer Open(StoredTransfer stored)
    {
        var live = Show(stored);
        if (!live.Stored.HasEnded)
        {
            _live[(stored.Remote, stored.IsOurs, stored.Id)] = live;
        }

        return live;
    }

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

    private async Task<bool> SaveAsync(LiveTransfer transfer, StoredTransfer stored)
    {
        try
        {
            await store.Transfers.SaveAsync(stored).ConfigureAwait(false);
            if (stored.HasEnded)
            {
                Forget(transfer.Stored);
            }

            return true;
        }
        catch (StoreException exception)
        {
            // The next start continues from the state before.
            LogNotSaved(exception.Message);
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The state of a file transfer cannot be saved. {Reason}")]
    private partial void LogNotSaved(string reason);
}
