using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Sessions;

/// <summary>The present time by both clocks.</summary>
/// <param name="Steady">For deadlines of this process.</param>
/// <param name="Wall">To compare with the directory's times.</param>
internal readonly record struct CopyTime(DateTimeOffset Steady, DateTimeOffset Wall);

/// <summary>Work that a copy at the directory needs next.</summary>
internal enum CopyWork
{
    None,

    /// <summary>Upload our file, or check that it is still there.</summary>
    Upload,

    /// <summary>Download the other side's file.</summary>
    Fetch,

    /// <summary>Delete the copy at the directory.</summary>
    Delete,

    /// <summary>Forget the copy: nothing of it is at the directory.</summary>
    Forget,
}

/// <summary>The copy of one file at the directory. Guarded by <see cref="SealedCopies"/>.</summary>
internal sealed class SealedCopyJob(StoredCopy stored, StoredTransfer? transfer)
{
    public StoredCopy Stored { get; set; } = stored;

    /// <summary>As it was when it changed last; null if its message is deleted.</summary>
    public StoredTransfer? Transfer { get; set; } = transfer;

    /// <summary>Number of failures since the last success.</summary>
    public int Failures { get; set; }

    /// <summary>When to try next.</summary>
    public DateTimeOffset Due { get; set; }

    /// <summary>When it was last tried; the default if never.</summary>
    public DateTimeOffset TriedAt { get; set; }

    /// <summary>When to check that our stored file is still there.</summary>
    public DateTimeOffset CheckAt { get; set; } = DateTimeOffset.MaxValue;

    /// <summary>
    /// When to check that over the present link, even if the file is delivered; null if not. Meanwhile its receiver has
    /// said which files it has, and does not fetch it.
    /// </summary>
    public DateTimeOffset? MustCheckAt { get; set; }

    /// <summary>When the next check is due, if nothing changes before.</summary>
    public DateTimeOffset NextCheckAt => MustCheckAt ?? CheckAt;

    /// <summary>Whether the two peers are connected; null before that is known.</summary>
    public bool? IsLinked { get; set; }

    /// <summary>Whether the other side has paused the transfer, or cannot continue it.</summary>
    public bool IsPausedByThem { get; set; }

    /// <summary>What is being done.</summary>
    public CopyWork Running { get; set; }

    /// <summary>Cancelled when that is no longer needed.</summary>
    public CancellationTokenSource? Need { get; set; }

    public PeerId Remote => Stored.Remote;

    public (PeerId Remote, bool IsOurs, Guid Id) Key => (Stored.Remote, Stored.IsOurs, Stored.Id);

    public bool HasEnded => Transfer is not { HasEnded: false };

    /// <summary>What the user sees; null while the file comes over a link.</summary>
    public FileCopy? Current =>
        Stored.State == CopyState.Stored ? new FileCopy(CopyState.Stored, Stored.Problem, Stored.Until)
        : IsLinked == false ? new FileCopy(Stored.State, Stored.Problem)
        : null;

    /// <summary>Work that is needed now, due or not.</summary>
    /// <param name="isStopping">Whether this peer is about to stop, so that links do not last.</param>
    public CopyWork NextAt(CopyTime time, bool isStopping)
    {
        var isGone = Stored.Until <= time.Wall;
        if (HasEnded || Stored.State == CopyState.None)
        {
            return Stored.Until is not null && !isGone ? CopyWork.Delete
                : HasEnded ? CopyWork.Forget
                : CopyWork.None;
        }

        if (isGone && Stored is { IsOurs: true, State: CopyState.Stored })
        {
            return CopyWork.Forget;
        }

        var isChecked = MustCheckAt is not null && Stored.State == CopyState.Stored;
        var usesCopy =
            IsLinked == false || (Stored.IsOurs ? isStopping || isChecked : IsPausedByThem && IsLinked == true);
        return !usesCopy || Transfer!.State == TransferState.Paused ? CopyWork.None
            : !Stored.IsOurs
                ? Transfer.State == TransferState.Active && !isStopping ? CopyWork.Fetch
                    : CopyWork.None
            : Stored.State == CopyState.Waiting || (NextCheckAt <= time.Steady && !isStopping) ? CopyWork.Upload
            : CopyWork.None;
    }
}
