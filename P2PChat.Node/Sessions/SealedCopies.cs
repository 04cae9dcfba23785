using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Sessions;

/// <summary>
/// The copies of files at the directory, for receivers that are away: keeps them in the store, and shows them to the
/// user. Thread-safe.
/// </summary>
internal sealed partial class SealedCopies
{
    // The directory keeps files for 14 days, and about a day longer if its clock has jumped.
    public static readonly TimeSpan KeptAtMost = TimeSpan.FromDays(15);

    private static readonly TimeSpan FirstCheckAfter = TimeSpan.FromMinutes(10);

    private readonly CopyLedger _ledger;
    private readonly PeerStore _store;
    private readonly TransferBook _book;
    private readonly TimeSpan _uploadAfter;
    private readonly bool _isRestored;

    // An ephemeral peer has no mailbox, and nothing works on copies.
    private readonly bool _isUsed;
    private readonly ILogger<SealedCopies> _logger;

    public SealedCopies(
        CopyLedger ledger,
        PeerStore store,
        TransferBook book,
        RestoredMarker restored,
        PeerOptions options,
        ILogger<SealedCopies> logger
    )
    {
        (_ledger, _store, _book, _logger) = (ledger, store, book, logger);
        (_uploadAfter, _isUsed) = (options.DepositAfter, !options.Ephemeral);
        _isRestored = restored.EpochFloor is not null;
        book.Changed += OnChanged;
    }

    /// <summary>Restores the copies of earlier processes, and those of open offers that were not saved.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public void Load()
    {
        _ = _store.AfterFlush();
        var needed = _store.Copies.Needed();
        foreach (var stored in _store.Copies.All())
        {
            var transfer = needed.Contains(stored.Key)
                ? _store.Transfers.Find(stored.Remote, stored.IsOurs, stored.Id)
                : null;
            var restored = AfterRestore(stored);
            var isChecked = stored is { IsOurs: true, State: CopyState.Stored } && !_isRestored;
            Add(
                new SealedCopyJob(restored, transfer)
                {
                    CheckAt = isChecked ? _ledger.Now.Steady + FirstCheckAfter : DateTimeOffset.MaxValue,
                },
                saves: restored != stored
            );
        }

        foreach (var transfer in _store.Transfers.Open())
        {
            if (needed.Contains((transfer.Remote, transfer.IsOurs, transfer.Id)))
            {
                Begin(transfer, AfterRestore);
            }
        }
    }

    /// <summary>Begins with the copy of an offer that is open, if it has one.</summary>
    public void Begin(StoredTransfer transfer) => Begin(transfer, stored => stored);

    /// <summary>Records why there is no copy.</summary>
    public void SetProblem(LiveTransfer transfer, CopyProblem problem)
    {
        if (problem != CopyProblem.None)
        {
            _book.SetCopy(transfer, new FileCopy(CopyState.None, problem));
        }
    }

    /// <summary>The message with an offer is deleted, or was never sent.</summary>
    /// <param name="byThem">Whether the other side has deleted its own message for everyone.</param>
    public void OnRemoved(PeerId remote, bool isOurs, Guid id, bool byThem = false)
    {
        lock (_ledger.Gate)
        {
            if (_ledger.Schedule.Find(remote, isOurs, id) is { } job)
            {
                var before = job.Stored;
                if (byThem && !job.HasEnded)
                {
                    // It withdraws its file itself. Otherwise it could cause any number of calls here.
                    job.Stored = job.Stored with { Until = null };
                }

                SetTransfer(job, null, before);
            }
        }

        _ledger.Signal();
    }

    /// <summary>
    /// Messages were deleted on this side, or have disappeared: ends the copies that are not needed any more.
    /// </summary>
    public void OnMessagesDeleted()
    {
        try
        {
            // First, because one that is begun meanwhile is needed.
            var begun = _ledger.OpenKeys();
            var needed = _store.Copies.Needed();
            foreach (var (remote, isOurs, id) in begun.Where(key => !needed.Contains(key)))
            {
                OnRemoved(remote, isOurs, id);
            }
        }
        catch (StoreException exception)
        {
            // The next start finds them.
            LogNotRead(exception.Message);
        }
    }

    /// <summary>Uploads again what was stored. Call it when the directory has lost its store.</summary>
    public void OnDirectoryLost()
    {
        List<SealedCopyJob> lost;
        lock (_ledger.Gate)
        {
            lost =
            [
                .. _ledger.Schedule.All.Where(job =>
                    job is { Stored: { IsOurs: true, State: CopyState.Stored }, HasEnded: false }
                ),
            ];
            foreach (var job in lost)
            {
                job.Stored = job.Stored with { State = CopyState.Waiting };
                _ledger.Save(job);
            }
        }

        _ledger.Show(lost);
        _ledger.Signal();
    }

    // The backup does not say which transfers have ended since. Those files come over a link.
    private StoredCopy AfterRestore(StoredCopy stored) =>
        _isRestored && stored is { IsOurs: true, State: CopyState.Waiting }
            ? stored with
            {
                State = CopyState.None,
            }
            : stored;

    private void Begin(StoredTransfer transfer, Func<StoredCopy, StoredCopy> change)
    {
        if (!_isUsed || transfer.Offer.Copy is not { } copy || transfer.HasEnded)
        {
            return;
        }

        var now = _ledger.Now;
        var stored = new StoredCopy(
            transfer.Remote,
            transfer.With,
            transfer.IsOurs,
            transfer.Id,
            copy.IdAtDirectory,
            CopyState.Waiting,
            // The sender may upload it at any time.
            Until: transfer.IsOurs ? null : now.Wall + KeptAtMost
        );
        Add(
            new SealedCopyJob(change(stored), transfer)
            {
                // A link that comes back soon carries the file itself.
                Due = transfer.IsOurs ? now.Steady + _uploadAfter : default,
            },
            // Of our own one nothing is at the directory yet.
            saves: !transfer.IsOurs || _isRestored
        );
    }

    // Saves until when the copy must be deleted, if that has changed with the end of its transfer.
    private void SetTransfer(SealedCopyJob job, StoredTransfer? transfer, StoredCopy before)
    {
        _ledger.Schedule.SetTransfer(job, transfer, _ledger.Now);
        if (job.Stored != before)
        {
            _ledger.Save(job);
        }
    }

    private void Add(SealedCopyJob job, bool saves)
    {
        lock (_ledger.Gate)
        {
            if (!_ledger.Schedule.TryAdd(job))
            {
                return;
            }

            // It may have changed before the job was there to hear of it.
            if (_book.FindLive(job.Remote, job.Stored.IsOurs, job.Stored.Id) is { } live)
            {
                _ledger.Schedule.SetTransfer(job, live.Stored, _ledger.Now);
            }

            if (saves)
            {
                _ledger.Save(job);
            }
        }

        _ledger.Signal();
    }

    private void OnChanged(StoredTransfer transfer)
    {
        bool isMissing;
        lock (_ledger.Gate)
        {
            var job = _ledger.Schedule.Find(transfer.Remote, transfer.IsOurs, transfer.Id);
            isMissing = job is null;
            if (job is not null)
            {
                job.IsPausedByThem =
                    _book.FindLive(job.Remote, job.Stored.IsOurs, job.Stored.Id) is { IsPausedByThem: true };
                SetTransfer(job, transfer, job.Stored);
            }
        }

        if (isMissing && transfer is { IsOurs: false, State: TransferState.Active })
        {
            // The user was faster than what handles the offer.
            Begin(transfer);
        }

        _ledger.Signal();
    }

    [LoggerMessage(LogLevel.Warning, "The files at the directory that are not needed cannot be looked up. {Reason}")]
    private partial void LogNotRead(string reason);
}
