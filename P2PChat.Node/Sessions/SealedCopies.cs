using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Node.Timing;
using P2PChat.Protocol.Crypto;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;

namespace P2PChat.Node.Sessions;

/// <summary>
/// The copies of files at the directory, for receivers that are away: which there are, and what is to be done with
/// them. Thread-safe.
/// </summary>
internal sealed partial class SealedCopies
{
    // As many as a directory stores from one contact. The others come over a link.
    private const int MaxFromContact = 64;

    private readonly PeerStore _store;
    private readonly TransferBook _book;
    private readonly PeerTimers _timers;
    private readonly SteadyClock _steadyClock;
    private readonly TimeSpan _uploadAfter;
    private readonly ILogger<SealedCopies> _logger;
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly Dictionary<(PeerId Remote, bool IsOurs, Guid Id), SealedCopyJob> _jobs = [];

    public SealedCopies(
        PeerStore store,
        TransferBook book,
        PeerTimers timers,
        SteadyClock steadyClock,
        PeerOptions options,
        ILogger<SealedCopies> logger
    )
    {
        (_store, _book, _timers, _steadyClock, _logger) = (store, book, timers, steadyClock, logger);
        _uploadAfter = options.DepositAfter;
        book.Changed += OnChanged;
    }

    /// <summary>Seals a file that is to be offered, if its receiver is away and can fetch it there.</summary>
    /// <param name="path">Of the file.</param>
    /// <returns>The offer, which names the copy if there is to be one; and why there is none.</returns>
    public static async Task<(FileOffer Offer, CopyProblem Problem)> SealAsync(
        SessionHost session,
        FileOffer offer,
        string path
    )
    {
        if (session.Route != SendRoute.Mailbox || !session.HasFeature(PeerFeatures.Files))
        {
            return (offer, CopyProblem.None);
        }

        if (offer.Size > SealedFile.MaxPlainSize)
        {
            return (offer, CopyProblem.TooLarge);
        }

        try
        {
            if (await ReadAsync(offer, path, CancellationToken.None) is { } content)
            {
                var copy = SealedCopy.New();
                var info = await SealedFile.SealAsync(
                    new MemoryStream(content),
                    Stream.Null,
                    copy.Key.ToArray(),
                    CancellationToken.None
                );
                return (offer with { Copy = copy with { Digest = info.Digest } }, CopyProblem.None);
            }
        }
        catch (Exception exception) when (TransferDisk.IsFailure(exception))
        {
            // It has changed since it was hashed. Its transfer will find that out.
        }

        return (offer, CopyProblem.None);
    }

    /// <summary>Reads a file whole, if it is still the one that was offered.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<byte[]?> ReadAsync(FileOffer offer, string path, CancellationToken cancellationToken)
    {
        await using var file = TransferDisk.Open(path);
        var content = new byte[offer.Size];
        var read = await file.ReadAtLeastAsync(content, content.Length, throwOnEndOfStream: false, cancellationToken);
        // Two files under one key would reveal each other, so another one is never sealed.
        return read == content.Length && offer.IsOf(content) ? content : null;
    }

    /// <summary>Reads the copies of earlier processes.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public void Load()
    {
        foreach (var stored in _store.Copies.All())
        {
            Add(new SealedCopyJob(stored, _store.Transfers.Find(stored.Remote, stored.IsOurs, stored.Id)));
        }

        // Those of offers whose process ended before their copy was saved.
        foreach (var transfer in _store.Transfers.Newest())
        {
            Begin(transfer);
        }
    }

    /// <summary>Begins with the copy of an offer that is open, if it has one.</summary>
    public void Begin(StoredTransfer transfer)
    {
        if (
            transfer.Offer.Copy is not { } copy
            || transfer.State is not (TransferState.Offered or TransferState.Active or TransferState.Paused)
        )
        {
            return;
        }

        var job = new SealedCopyJob(
            new StoredCopy(
                transfer.Remote,
                transfer.With,
                transfer.IsOurs,
                transfer.Id,
                copy.IdAtDirectory,
                CopyState.Waiting,
                Until: null
            ),
            transfer
        )
        {
            // A link that comes back soon carries the file itself.
            Due = transfer.IsOurs ? _steadyClock.GetUtcNow() + _uploadAfter : default,
        };
        if (Add(job))
        {
            _ = SaveAsync(job.Stored, isNeeded: true);
        }
    }

    /// <summary>Records that a file waits here although its receiver is away.</summary>
    public void Refuse(LiveTransfer transfer, CopyProblem problem)
    {
        if (problem != CopyProblem.None)
        {
            _book.SetCopy(transfer, new FileCopy(CopyState.None, problem));
        }
    }

    /// <summary>The message with an offer is deleted, and its transfer with it.</summary>
    public void OnRemoved(PeerId remote, bool isOurs, Guid id) =>
        Change((remote, isOurs, id), job => job.Transfer = null);

    /// <summary>Uploads again what was stored. Call it when the directory has lost its store.</summary>
    public void OnDirectoryLost()
    {
        lock (_gate)
        {
            foreach (var job in _jobs.Values.Where(job => job.Stored is { IsOurs: true, State: CopyState.Stored }))
            {
                job.Stored = job.Stored with { State = CopyState.Waiting, Until = null };
            }
        }

        _timers.Copies.Signal();
    }

    /// <summary>Lists the copies with which something is to be done, due or not.</summary>
    public IReadOnlyList<(SealedCopyJob Job, CopyWork Work)> Open(DateTimeOffset now)
    {
        lock (_gate)
        {
            return
            [
                .. _jobs
                    .Values.Select(job => (job, job.NextAt(now)))
                    .Where(one => one.Item2 != CopyWork.None)
                    .OrderBy(one => one.job.Due),
            ];
        }
    }

    /// <summary>Records what has become of a copy, and tells the user.</summary>
    public void Set(SealedCopyJob job, CopyState state, DateTimeOffset? until = null)
    {
        bool hasEnded;
        lock (_gate)
        {
            job.Stored = job.Stored with { State = state, Until = until };
            (job.Problem, job.Failures, hasEnded) = (CopyProblem.None, 0, job.HasEnded);
            if (state == CopyState.None && hasEnded)
            {
                _ = _jobs.Remove((job.Remote, job.Stored.IsOurs, job.Stored.Id));
            }
        }

        _ = SaveAsync(job.Stored, isNeeded: state != CopyState.None || !hasEnded);
        Tell(job);
    }

    /// <summary>Records a failure.</summary>
    public void Fail(SealedCopyJob job, CopyProblem problem, MailPause pause)
    {
        lock (_gate)
        {
            job.Failures++;
            (job.Problem, job.Due) = (problem, _steadyClock.GetUtcNow() + pause.After(job.Failures));
        }

        Tell(job);
    }

    /// <summary>Finds the transfer of a copy in this process.</summary>
    public LiveTransfer? Find(SealedCopyJob job) => _book.FindLive(job.Stored.Remote, job.Stored.IsOurs, job.Stored.Id);

    private bool Add(SealedCopyJob job)
    {
        lock (_gate)
        {
            if (
                (!job.Stored.IsOurs && _jobs.Values.Count(one => IsFrom(one, job.Remote)) >= MaxFromContact)
                || !_jobs.TryAdd((job.Remote, job.Stored.IsOurs, job.Stored.Id), job)
            )
            {
                return false;
            }
        }

        if (job.Transfer is { } transfer && !job.HasEnded)
        {
            if (_book.Open(transfer.Remote, transfer.IsOurs, transfer.Id) is { } open)
            {
                // It may have changed before the job was there to hear of it.
                Change((transfer.Remote, transfer.IsOurs, transfer.Id), changed => changed.Transfer = open.Stored);
                Tell(job);
            }
        }

        _timers.Copies.Signal();
        return true;
    }

    private static bool IsFrom(SealedCopyJob job, PeerId remote) => !job.Stored.IsOurs && job.Remote == remote;

    private void OnChanged(StoredTransfer transfer) =>
        Change((transfer.Remote, transfer.IsOurs, transfer.Id), job => job.Transfer = transfer);

    private void Change((PeerId, bool, Guid) key, Action<SealedCopyJob> change)
    {
        lock (_gate)
        {
            if (!_jobs.TryGetValue(key, out var job))
            {
                return;
            }

            change(job);
            if (job.HasEnded || !job.Stored.IsOurs)
            {
                (job.Failures, job.Due) = (0, default);
            }
        }

        _timers.Copies.Signal();
    }

    private void Tell(SealedCopyJob job)
    {
        // One that has ended was reported already.
        if (Find(job) is { Current.HasEnded: false } transfer)
        {
            _book.SetCopy(transfer, job.Current);
        }
    }

    private async Task SaveAsync(StoredCopy copy, bool isNeeded)
    {
        try
        {
            await (isNeeded ? _store.Copies.SaveAsync(copy) : _store.Copies.DeleteAsync(copy)).ConfigureAwait(false);
        }
        catch (StoreException exception)
        {
            // The next start continues from the state before, which is harmless.
            LogNotSaved(exception.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The state of a file at the directory cannot be saved. {Reason}")]
    private partial void LogNotSaved(string reason);
}
