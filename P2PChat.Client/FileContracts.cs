using System.Text.Json.Serialization;

namespace P2PChat.Client;

/// <summary>Answer of <c>GET /api/transfers</c>.</summary>
/// <param name="Files">Those under way and the newest others, at most 1,000, newest first.</param>
public sealed record FilesResponse(IReadOnlyList<FileItem> Files);

/// <summary>A file that one user has offered to another.</summary>
/// <param name="Id">The id of the message with the offer.</param>
/// <param name="Username">The other user.</param>
/// <param name="Yours">Whether this peer's user has offered it.</param>
/// <param name="MediaType">The media type that the sender claims. Do not rely on it.</param>
/// <param name="Done">How many bytes have arrived.</param>
/// <param name="Problem">Why it does not continue; null if nothing is wrong.</param>
/// <param name="PausedByThem">Whether the other user has paused it.</param>
/// <param name="Rate">In bytes per second; null while nothing moves.</param>
/// <param name="SecondsLeft">At the present rate; null if unknown.</param>
/// <param name="Path">Where the file is on this peer's machine; null while it is not complete.</param>
/// <param name="Copy">Its copy at the directory; null if there is none, and while both peers are connected.</param>
public sealed record FileItem(
    Guid Id,
    string Username,
    bool Yours,
    string Name,
    long Size,
    string MediaType,
    FileState State,
    long Done,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] FileProblem? Problem = null,
    bool PausedByThem = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Rate = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? SecondsLeft = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Path = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] FileCopyItem? Copy = null
);

/// <summary>The sealed copy of a file at the directory, for a receiver that is away.</summary>
/// <param name="Problem">Why the file waits at its sender; null if nothing is wrong.</param>
/// <param name="Until">When the directory deletes it; null if it has none.</param>
public sealed record FileCopyItem(
    FileCopyState State,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] FileCopyProblem? Problem = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? Until = null
);

/// <summary>State of the copy at the directory.</summary>
[JsonConverter(typeof(KebabCase<FileCopyState>))]
public enum FileCopyState
{
    /// <summary>Of the sender's file: it is to be uploaded. Of the receiver's: it can be fetched.</summary>
    Waiting = 0,

    /// <summary>The sender's file waits at the directory.</summary>
    Stored = 1,

    /// <summary>There is none, or no longer. The file comes over a connection.</summary>
    None = 2,
}

/// <summary>Why a file waits at its sender.</summary>
[JsonConverter(typeof(KebabCase<FileCopyProblem>))]
public enum FileCopyProblem
{
    None = 0,

    /// <summary>It is too large for the directory.</summary>
    TooLarge = 1,

    /// <summary>The directory stores no files at the moment.</summary>
    NotStored = 2,

    /// <summary>The directory has no room.</summary>
    DirectoryFull = 3,

    /// <summary>The receiver's space at the directory is used up.</summary>
    MailboxFull = 4,

    /// <summary>The directory cannot be reached.</summary>
    Unreachable = 5,

    /// <summary>The file has changed since it was offered.</summary>
    Changed = 6,

    /// <summary>The file cannot be read at the moment.</summary>
    Unreadable = 7,

    /// <summary>The receiver's mailbox does not accept files from this peer.</summary>
    NoMailbox = 8,

    /// <summary>Of another's file: it is not at the directory, or not yet.</summary>
    NotThereYet = 9,

    /// <summary>The upload to the directory did not end in time.</summary>
    TooSlow = 10,

    /// <summary>A problem that this version of the client does not know. No peer sends it.</summary>
    Other = -1,
}

/// <summary>State of a transfer.</summary>
[JsonConverter(typeof(KebabCase<FileState>))]
public enum FileState
{
    /// <summary>Waits for the receiver's user.</summary>
    Offered = 0,

    /// <summary>Accepted. The bytes come or go while the peers are connected.</summary>
    Active = 1,

    /// <summary>Paused by this peer's user, or because of the problem. Accepting it resumes it.</summary>
    Paused = 2,

    /// <summary>The receiver has the whole file.</summary>
    Completed = 3,

    /// <summary>The receiver does not want it.</summary>
    Declined = 4,

    /// <summary>One of the two users has ended it.</summary>
    Cancelled = 5,

    /// <summary>It has ended because of the problem.</summary>
    Failed = 6,
}

/// <summary>Why a transfer does not continue.</summary>
[JsonConverter(typeof(KebabCase<FileProblem>))]
public enum FileProblem
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

    /// <summary>A problem that this version of the client does not know. No peer sends it.</summary>
    Other = -1,
}

/// <summary>Body of <c>POST /api/conversations/{username}/files</c>.</summary>
/// <param name="Path">
/// An absolute path on the peer's machine. The file must stay there until it is sent. Null with an upload.
/// </param>
/// <param name="MediaType">Null for the one that the extension suggests.</param>
/// <param name="Upload">The id from <c>POST /api/uploads</c>; null with a path.</param>
/// <param name="Preview">
/// Of an upload: a small PNG, JPEG or WebP picture, at most 16,384 bytes in base64; null for none.
/// </param>
public sealed record OfferFileRequest(
    string? Path = null,
    string? MediaType = null,
    Guid? Upload = null,
    byte[]? Preview = null
);

/// <summary>Answer of <c>POST /api/uploads</c>.</summary>
/// <param name="Id">What an offer takes as <c>upload</c>.</param>
/// <param name="Name">Safe as the name of a file.</param>
public sealed record UploadResponse(Guid Id, string Name, long Size);

/// <summary>Body of <c>POST /api/conversations/{username}/files/{id}/save</c>.</summary>
/// <param name="Path">An absolute path on the peer's machine: a folder, or a file that does not exist yet.</param>
public sealed record SaveFileRequest(string Path);

/// <summary>Answer of <c>POST /api/conversations/{username}/files/{id}/save</c>.</summary>
/// <param name="Path">The path of the copy.</param>
public sealed record SavedFileResponse(string Path);
