using System.Globalization;
using P2PChat.Node.Model;
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
            TransferState.Offered when file.IsOurs => new($"Waiting for {them} to accept"),
            TransferState.Active when file.IsPausedByThem => new($"{Done(file)} · paused by {them}"),
            TransferState.Active when !isConnected => new($"{Done(file)} · waiting for {them} to be online"),
            TransferState.Active => new(Done(file) + Rate(file)),
            TransferState.Paused when Reason(file, them) is { } reason => new(reason, IsProblem: true),
            TransferState.Paused => new($"{Done(file)} · paused"),
            TransferState.Declined => new(file.IsOurs ? $"{them} declined this file." : "You declined this file."),
            TransferState.Cancelled => new("Cancelled. The file was not sent completely."),
            TransferState.Failed => new(
                Reason(file, them) ?? $"Failed. {(file.IsOurs ? "Send it" : $"Ask {them} to send it")} again.",
                IsProblem: true
            ),
            _ => new((string?)null),
        };

    private static string? Reason(FileTransfer file, string them) =>
        file.Problem switch
        {
            TransferProblem.Changed when file.IsOurs => "The file has changed since you sent it. Send it again.",
            TransferProblem.Changed => $"The file has changed at {them}'s side. Ask {them} to send it again.",
            TransferProblem.Unavailable when file.IsOurs => "The file can no longer be read here. Send it again.",
            TransferProblem.Unavailable => $"{them} no longer has the file. Ask {them} to send it again.",
            TransferProblem.WrongData => $"{them}'s peer sent data that does not match the offer. Nothing was kept.",
            TransferProblem.DiskFull => "The disk is full. Free some space, then resume.",
            TransferProblem.NotWritable => "The download folder cannot be written. Check it, then resume.",
            _ => null,
        };

    private static string Done(FileTransfer file) =>
        $"{FallbackText.SizeOf(file.Done)} of {FallbackText.SizeOf(file.Size)}";

    private static string Rate(FileTransfer file) =>
        file is { Rate: { } rate, TimeLeft: { } left }
            ? $" · {FallbackText.SizeOf(rate)}/s · {Duration(left.TotalSeconds)} left"
            : "";

    private static string Duration(double seconds) =>
        seconds switch
        {
            < 90 => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(seconds):0} s"),
            < 5400 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0} h"),
        };
}
