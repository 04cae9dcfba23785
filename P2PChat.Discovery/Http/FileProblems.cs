using P2PChat.Protocol.DirectoryApi;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Discovery.Http;

/// <summary>The problem details of the calls on files.</summary>
internal static class FileProblems
{
    /// <param name="reason">The one in <c>GET /directory</c>. Only the operator may see more, such as a path.</param>
    public static Problem Off(string reason) =>
        Problems.New(
            403,
            ProblemTypes.FilesOff,
            "Files are not stored",
            $"This directory is not storing files ({reason}). Keep the file until the peer is online."
        );

    public static Problem TooLarge(long limit) =>
        Problems.New(
            413,
            ProblemTypes.TooLarge,
            "File too large",
            $"A stored file may have at most {limit} bytes. Send it while the peer is online."
        );

    public static Problem NotAFile() =>
        Problems.New(
            415,
            ProblemTypes.UnsupportedMediaType,
            "Unsupported media type",
            "Send the file as Content-Type: application/octet-stream."
        );

    public static Problem DigestMismatch() =>
        Problems.New(
            400,
            ProblemTypes.DigestMismatch,
            "Digest mismatch",
            "The bytes that arrived do not have the SHA-256 of the header Content-Digest. Upload the file again."
        );

    public static Problem Taken() =>
        Problems.New(
            409,
            ProblemTypes.FileExists,
            "Another file has this id",
            "Choose another random id, and upload the file again."
        );

    public static Problem UploadReplaced() =>
        Problems.New(
            409,
            ProblemTypes.FileExists,
            "Upload replaced",
            "The upload was replaced or withdrawn, or the name is no longer claimed. Check before you upload it again."
        );

    public static Problem TooSlow(TimeSpan limit) =>
        Problems.New(
            408,
            ProblemTypes.TransferTimeout,
            "Upload too slow",
            $"An upload may take at most {limit}. Upload the file again."
        );

    public static Problem StoreFull(TimeSpan retryAfter) =>
        Problems.Retryable(
            507,
            ProblemTypes.FileStoreFull,
            "File store full",
            "The directory has no room for more files. Keep this one, and try again later.",
            retryAfter
        );

    public static Problem MailboxFull(TimeSpan retryAfter) =>
        Problems.Retryable(
            429,
            ProblemTypes.MailboxFull,
            "Too many files",
            "Too many files are waiting for this peer. Keep the file, and try again after the peer "
                + "has been online.",
            retryAfter
        );

    public static Problem StoreFailed(TimeSpan retryAfter) =>
        Problems.Retryable(
            503,
            ProblemTypes.StoreUnavailable,
            "File store unavailable",
            "The directory cannot use its folder of files. Try again after the number of seconds in Retry-After.",
            retryAfter
        );

    public static Problem UnknownFile() =>
        Problems.New(
            404,
            ProblemTypes.UnknownFile,
            "Unknown file",
            "The file has expired, was deleted, or never existed. Ask its sender to send it again."
        );
}
