namespace P2PChat.Node.Model;

/// <summary>How far the sealed copy of a file at the directory has come. The store contains these numbers.</summary>
public enum CopyState
{
    /// <summary>Of our own file: it is to be uploaded. Of another's: it can be fetched.</summary>
    Waiting = 0,

    /// <summary>Our file waits at the directory.</summary>
    Stored = 1,

    /// <summary>There is none, or no longer. The file comes over a connection.</summary>
    None = 2,
}

/// <summary>Why a file waits at its sender. The store contains these numbers.</summary>
public enum CopyProblem
{
    None,

    /// <summary>It is too large for the directory.</summary>
    TooLarge,

    /// <summary>The directory stores no files at the moment.</summary>
    NotStored,

    /// <summary>The directory has no room.</summary>
    DirectoryFull,

    /// <summary>The receiver's space at the directory is used up.</summary>
    MailboxFull,

    /// <summary>The directory cannot be reached.</summary>
    Unreachable,

    /// <summary>The file has changed since it was offered.</summary>
    Changed,

    /// <summary>The file cannot be read at the moment.</summary>
    Unreadable,

    /// <summary>The receiver's mailbox does not accept files from this peer.</summary>
    NoMailbox,

    /// <summary>Of another's file: it is not at the directory, or not yet.</summary>
    NotThereYet,

    /// <summary>The upload did not end in time.</summary>
    TooSlow,
}

/// <summary>The sealed copy of a file at the directory, for a receiver that is away.</summary>
/// <param name="Until">When the directory deletes it; null if it has none.</param>
public sealed record FileCopy(CopyState State, CopyProblem Problem = CopyProblem.None, DateTimeOffset? Until = null);
