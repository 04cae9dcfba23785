using System.Net;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Node.DirectoryClient;

/// <summary>The failures of calls on files that wait at the directory.</summary>
internal static class FileProblem
{
    private const HttpStatusCode TooLargeStatus = HttpStatusCode.RequestEntityTooLarge;

    /// <returns>The failure; null if it is not one of files.</returns>
    public static DirectoryException? Find(string type, HttpResponseMessage response, TimeSpan? retryAfter) =>
        type switch
        {
            // Also from a proxy that does not let so much pass.
            _ when response is { StatusCode: TooLargeStatus, RequestMessage.Content: UploadContent } => TooLarge(),
            ProblemTypes.FilesOff => NotStored("This directory stores no files."),
            ProblemTypes.FileStoreFull => new DirectoryException(
                DirectoryFailure.FileStoreFull,
                "The directory has no room for more files. The file waits here, and is sent later."
            )
            {
                RetryAfter = retryAfter,
            },
            ProblemTypes.UnknownFile => Unknown(),
            ProblemTypes.DigestMismatch => Damaged(),
            ProblemTypes.TransferTimeout => TooSlow(),
            _ => null,
        };

    /// <param name="reason">A sentence.</param>
    public static DirectoryException NotStored(string reason, Exception? cause = null) =>
        new(DirectoryFailure.FilesNotStored, $"{reason} The file is sent when that peer is online.", cause);

    public static DirectoryException TooLarge() =>
        new(
            DirectoryFailure.FileTooLarge,
            "The file is too large for this directory. The file is sent when that peer is online."
        );

    public static DirectoryException TooSlow(Exception? cause = null) =>
        new(
            DirectoryFailure.UploadTooSlow,
            "The upload to the directory took too long. This peer tries again later.",
            cause
        );

    /// <summary>The answer did not arrive in time.</summary>
    public static DirectoryException Late(Exception cause) =>
        new(
            DirectoryFailure.Unreachable,
            "The directory did not finish its answer in time. This peer tries again automatically.",
            cause
        );

    public static DirectoryException Unknown(Exception? cause = null) =>
        new(
            DirectoryFailure.UnknownFile,
            "The directory no longer has that file. Ask its sender to send it again.",
            cause
        );

    public static DirectoryException Damaged() =>
        new(
            DirectoryFailure.FileDamaged,
            "The downloaded file does not match the message. Ask the sender to send it again."
        );
}
