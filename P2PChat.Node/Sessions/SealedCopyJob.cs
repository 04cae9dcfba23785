using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Sessions;

/// <summary>What is to be done next with a copy at the directory.</summary>
internal enum CopyWork
{
    None,

    /// <summary>Upload our file.</summary>
    Upload,

    /// <summary>Download the other side's file.</summary>
    Fetch,

    /// <summary>Delete the copy: the transfer has ended.</summary>
    Delete,

    /// <summary>Forget the copy: the directory has deleted it.</summary>
    Forget,
}

/// <summary>The copy of one file at the directory. Guarded by <see cref="SealedCopies"/>.</summary>
internal sealed class SealedCopyJob(StoredCopy stored, StoredTransfer? transfer)
{
    public StoredCopy Stored { get; set; } = stored;

    /// <summary>As it was when it changed last; null if it is deleted.</summary>
    public StoredTransfer? Transfer { get; set; } = transfer;

    public CopyProblem Problem { get; set; }

    public int Failures { get; set; }

    /// <summary>When to try next.</summary>
    public DateTimeOffset Due { get; set; }

    public PeerId Remote => Stored.Remote;

    public bool HasEnded =>
        Transfer is not { State: TransferState.Offered or TransferState.Active or TransferState.Paused };

    public FileCopy Current => new(Stored.State, Problem, Stored.Until);

    /// <param name="now">The wall clock, because the directory's times are.</param>
    public CopyWork NextAt(DateTimeOffset now) =>
        HasEnded ? CopyWork.Delete
        : Stored.State == CopyState.Waiting
            ? Transfer!.State switch
            {
                TransferState.Paused => CopyWork.None,
                _ when Stored.IsOurs => CopyWork.Upload,
                TransferState.Active => CopyWork.Fetch,
                _ => CopyWork.None,
            }
        : Stored is { State: CopyState.Stored, Until: { } until } && until <= now ? CopyWork.Forget
        : CopyWork.None;
}
