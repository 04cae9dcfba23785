using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Model;

/// <summary>State of a transfer. The store contains these numbers.</summary>
public enum TransferState
{
    /// <summary>Waits for the receiver's user.</summary>
    Offered = 0,

    /// <summary>Accepted. The bytes come or go while the peers are connected.</summary>
    Active = 1,

    /// <summary>This user has paused it, or this peer has because of the <see cref="TransferProblem"/>.</summary>
    Paused = 2,

    /// <summary>The receiver has the whole file.</summary>
    Completed = 3,

    /// <summary>The receiver does not want it.</summary>
    Declined = 4,

    /// <summary>One of the two users has ended it.</summary>
    Cancelled = 5,

    /// <summary>It has ended because of the <see cref="TransferProblem"/>.</summary>
    Failed = 6,
}

/// <summary>Why a transfer does not continue. The store contains these numbers.</summary>
public enum TransferProblem
{
    None = 0,

    /// <summary>The file has changed since it was offered.</summary>
    Changed = 1,

    /// <summary>The sender can no longer read the file.</summary>
    Unavailable = 2,

    /// <summary>The other peer has sent data that does not match the offer.</summary>
    WrongData = 3,

    /// <summary>The disk of this peer is full.</summary>
    DiskFull = 4,

    /// <summary>The download folder cannot be written.</summary>
    NotWritable = 5,

    /// <summary>The receiver runs a version that cannot receive files.</summary>
    NotSupported = 6,

    /// <summary>The offer did not reach the receiver.</summary>
    NotDelivered = 7,
}

/// <summary>A file that one user has offered to another.</summary>
/// <param name="With">The other user.</param>
/// <param name="Id">The id of the message with the offer.</param>
/// <param name="IsOurs">Whether this user has offered it.</param>
/// <param name="Name">Safe as the name of a file.</param>
/// <param name="Done">How many bytes have arrived.</param>
public sealed record FileTransfer(
    Username With,
    Guid Id,
    bool IsOurs,
    string Name,
    long Size,
    string MediaType,
    TransferState State,
    TransferProblem Problem,
    long Done
)
{
    /// <summary>Whether the other user has paused it.</summary>
    public bool IsPausedByThem { get; init; }

    /// <summary>In bytes per second; null while nothing moves.</summary>
    public long? Rate { get; init; }

    /// <summary>Where the file is on this machine; null while it is not complete.</summary>
    public string? Path { get; init; }

    /// <summary>Its copy at the directory; null if it was offered over a connection.</summary>
    public FileCopy? Copy { get; init; }

    /// <summary>Time until it is complete, at the present rate; null if unknown.</summary>
    public TimeSpan? TimeLeft => Rate is > 0 and var rate ? TimeSpan.FromSeconds((Size - Done) / (double)rate) : null;

    /// <summary>Whether a message offers it.</summary>
    internal bool IsOf(Message message) =>
        (Id, With, IsOurs) == (message.Id, message.With, message.From != message.With);

    public bool HasEnded => State is not (TransferState.Offered or TransferState.Active or TransferState.Paused);
}
