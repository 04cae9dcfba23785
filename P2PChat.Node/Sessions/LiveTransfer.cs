using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Profiles;

namespace P2PChat.Node.Sessions;

/// <summary>A transfer of this process, with its progress. Guarded by <see cref="TransferBook"/>.</summary>
/// <param name="written">Size of its temporary file, in bytes.</param>
internal sealed class LiveTransfer(StoredTransfer stored, long written, TimeProvider timeProvider)
{
    private static readonly TimeSpan StalledAfter = TimeSpan.FromSeconds(3);

    // Longer than the pause between two reports, so that the rate does not jump.
    private const double Weight = 0.3;
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(250);

    // The other side can pause and continue as often as it likes, and each event displaces an older one.
    private readonly RateWindow _pauses = new(8, TimeSpan.FromSeconds(10));

    private long _reportedAt;
    private long _reported;
    private double _rate;

    public StoredTransfer Stored { get; set; } = stored;

    public long Done { get; private set; } =
        stored.State == TransferState.Completed ? stored.Offer.Size : Math.Min(written, stored.Offer.Size);

    public bool IsPausedByThem { get; set; }

    public FileCopy? Copy { get; set; }

    public FileTransfer Current =>
        new(
            Stored.With,
            Stored.Id,
            Stored.IsOurs,
            Stored.Offer.Name,
            Stored.Offer.Size,
            Stored.Offer.MediaType,
            Stored.State,
            Stored.Problem,
            Done
        )
        {
            IsPausedByThem = IsPausedByThem,
            Rate = Stored.State == TransferState.Active && !IsPausedByThem && _rate > 0 ? (long)_rate : null,
            Path = Stored.IsOurs || Stored.State == TransferState.Completed ? Stored.Path : null,
            Copy = Copy,
        };

    /// <summary>Whether another change of <see cref="IsPausedByThem"/> may be reported now.</summary>
    public bool MayReportPause() => _pauses.TryTake(timeProvider.GetUtcNow());

    /// <summary>Whether it has a rate.</summary>
    public bool IsMoving => _rate > 0;

    /// <summary>Sets how many bytes are on the disk. If the sender has paused it, it says so again.</summary>
    public void Start(long done)
    {
        (Done, IsPausedByThem) = (done, false);
        Rest();
    }

    /// <summary>Forgets the rate of a transfer that has made no progress for a while.</summary>
    /// <returns>Whether it had one.</returns>
    public bool TryStall()
    {
        var isStalled = IsMoving && timeProvider.GetElapsedTime(_reportedAt) >= StalledAfter;
        if (isStalled)
        {
            Rest();
        }

        return isStalled;
    }

    /// <summary>Forgets the rate, because nothing moves.</summary>
    public void Rest() => (_reported, _reportedAt, _rate) = (Done, timeProvider.GetTimestamp(), 0);

    /// <summary>Records progress.</summary>
    /// <returns>Whether to report it now.</returns>
    public bool Advance(long done)
    {
        Done = Math.Max(Done, done);
        if (_reportedAt == 0)
        {
            Rest();
        }

        var passed = timeProvider.GetElapsedTime(_reportedAt);
        if (passed < Between)
        {
            return false;
        }

        var rate = (Done - _reported) / passed.TotalSeconds;
        _rate = _rate == 0 ? rate : _rate * (1 - Weight) + rate * Weight;
        (_reported, _reportedAt) = (Done, timeProvider.GetTimestamp());
        return true;
    }
}
