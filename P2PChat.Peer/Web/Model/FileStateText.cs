using P2PChat.Node.Model;
using P2PChat.Peer.Formatting;
using P2PChat.Protocol.Content;

namespace P2PChat.Peer.Web.Model;

/// <summary>The state of a file in a few words.</summary>
/// <param name="Text">Null if there is nothing to say: the file is there, or the buttons ask for it.</param>
internal sealed record FileStateText(string? Text, bool IsProblem = false)
{
    /// <param name="them">The other user's name as the page shows it.</param>
    /// <param name="isConnected">Whether both are connected, so that bytes can be sent.</param>
    public static FileStateText Of(FileTransfer file, string them, bool isConnected) =>
        file.State switch
        {
            TransferState.Offered when file.IsOurs => new(Waiting(file.Copy, them, isConnected)),
            TransferState.Active when file.IsPausedByThem => Waits(file, $"paused by {them}"),
            // The directory has all of it.
            TransferState.Active when file is { IsOurs: false, Rate: null, Copy: { State: CopyState.Waiting } copy } =>
                Waits(file, Cause(copy.Problem, them) ?? "waiting at the directory"),
            TransferState.Active when !isConnected => Waits(file, $"waiting for {them} to come online"),
            TransferState.Active => new(Done(file) + Rate(file)),
            TransferState.Paused when Reason(file, them) is { } reason => new(reason, IsProblem: true),
            TransferState.Paused => Waits(file, "paused"),
            TransferState.Declined => new(file.IsOurs ? $"{them} declined this file." : "You declined this file."),
            TransferState.Cancelled => new("Cancelled before the whole file was sent."),
            TransferState.Failed => new(
                Reason(file, them) ?? $"Failed. {(file.IsOurs ? "Send it" : $"Ask {them} to send it")} again.",
                IsProblem: true
            ),
            _ => new((string?)null),
        };

    // How much is there is unknown until the transfer goes on, after a restart of the peer.
    private static FileStateText Waits(FileTransfer file, string why) =>
        new(file.Done > 0 ? $"{Done(file)} · {why}" : string.Concat(why[..1].ToUpperInvariant(), why.AsSpan(1)));

    private static string Waiting(FileCopy? copy, string them, bool isConnected) =>
        copy switch
        {
            { State: CopyState.Stored } => $"Waiting for {them}, also while you are away",
            { Problem: var problem } when (!isConnected || IsOfFile(problem)) && Cause(problem, them) is { } cause =>
                $"Waiting for {them}: {cause}",
            _ => $"Waiting for {them} to accept",
        };

    // The others concern only the directory, which two connected peers do not need.
    private static bool IsOfFile(CopyProblem problem) => problem is CopyProblem.Changed or CopyProblem.Unreadable;

    // Why the directory does not pass the file on; null if it does.
    private static string? Cause(CopyProblem problem, string them) =>
        problem switch
        {
            CopyProblem.TooLarge => "the file is too large for the directory, so you must both be online",
            CopyProblem.NotStored => "the directory stores no files at the moment, so you must both be online",
            CopyProblem.DirectoryFull => "the directory has no room. Your peer tries again",
            CopyProblem.MailboxFull => $"too many files are waiting for {them} already. Your peer tries again",
            CopyProblem.Unreachable => "the directory cannot be reached. Your peer tries again",
            CopyProblem.Changed => "the file has changed since you sent it. Send it again",
            CopyProblem.Unreadable => "the file cannot be read at the moment. Your peer tries again",
            CopyProblem.NoMailbox => $"{them} accepts no files at the directory, so you must both be online",
            CopyProblem.TooSlow => "the upload takes too long on this connection. Your peer tries again later",
            CopyProblem.NotThereYet => $"not at the directory yet. {them} may have to come online",
            _ => null,
        };

    private static string? Reason(FileTransfer file, string them) =>
        file.Problem switch
        {
            TransferProblem.Changed when file.IsOurs => "The file has changed since you sent it. Send it again.",
            TransferProblem.Changed => $"{them} has changed the file since offering it. Ask {them} to send it again.",
            TransferProblem.Unavailable when file is { IsOurs: true, HasEnded: false } =>
                "The file cannot be read at the moment. Check it, then resume.",
            TransferProblem.Unavailable when file.IsOurs => "The file can no longer be read here. Send it again.",
            TransferProblem.Unavailable => $"{them} no longer has the file. Ask {them} to send it again.",
            TransferProblem.WrongData => $"{them}'s peer sent different data than it offered. The file was discarded.",
            TransferProblem.DiskFull => "The disk is full. Free some space, then resume.",
            TransferProblem.NotWritable => "Cannot write to the download folder. Check it. Your peer tries again.",
            TransferProblem.NotSupported => $"{them}'s version cannot receive files. Ask {them} to update it.",
            TransferProblem.NotDelivered => $"The offer did not reach {them}. Send the file again.",
            _ => null,
        };

    private static string Done(FileTransfer file) =>
        $"{FallbackText.SizeOf(file.Done)} of {FallbackText.SizeOf(file.Size)}";

    private static string Rate(FileTransfer file) =>
        file is { Rate: { } rate, TimeLeft: { } left }
            ? $" · {FallbackText.SizeOf(rate)}/s · {TimeLeftText.Of(left.TotalSeconds)} left"
            : "";
}
