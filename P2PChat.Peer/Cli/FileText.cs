using System.Globalization;
using P2PChat.Client;
using P2PChat.Peer.Formatting;
using P2PChat.Protocol.Content;
using SafeText = P2PChat.Node.Model.SafeText;

namespace P2PChat.Peer.Cli;

/// <summary>Files as plain lines.</summary>
internal static class FileText
{
    /// <summary>A list, oldest first, with the numbers that commands take.</summary>
    /// <param name="connected">The users who are connected.</param>
    public static IEnumerable<string> List(IReadOnlyList<FileItem> files, IReadOnlySet<string> connected) =>
        files.Count == 0
            ? ["(no files)"]
            : files
                .Select((file, index) => $"{index + 1, 2}  {file.Id}  {Line(file, connected.Contains(file.Username))}")
                .Reverse();

    /// <summary>A file with its state, such as <c>report.pdf (2 MiB) from bob: waiting for you to accept</c>.</summary>
    /// <param name="isConnected">Whether both are connected, so that the file needs no directory.</param>
    public static string Line(FileItem file, bool isConnected = false) =>
        $"{Named(file)} {(file.Yours ? "to" : "from")} {file.Username}: {State(file, isConnected)}";

    public static string Named(FileItem file) => $"{SafeText.Show(file.Name)} ({FallbackText.SizeOf(file.Size)})";

    /// <returns>Null for progress, which the list shows.</returns>
    public static string? Event(FileItem file) =>
        file switch
        {
            { State: FileState.Offered, Yours: false } => $"* {Line(file)} ('accept-file {file.Id}')",
            { State: FileState.Offered, Yours: true, Copy: { } copy }
                when copy.State == FileCopyState.Stored || copy.Problem is not null => $"* {Line(file)}",
            { State: FileState.Offered or FileState.Active } => null,
            _ => $"* {Line(file)}",
        };

    /// <returns>Null if the settings decide.</returns>
    public static string? Of(AutoAccept accept) =>
        accept switch
        {
            AutoAccept.On => "files accepted without asking",
            AutoAccept.Off => "you are asked about each file",
            _ => null,
        };

    private static string State(FileItem file, bool isConnected) =>
        file.State switch
        {
            FileState.Offered => file.Yours ? Waiting(file, isConnected) : "waiting for you to accept",
            FileState.Active when file is { Yours: false, Rate: null, Copy.State: FileCopyState.Waiting } =>
                $"{Percent(file)}, {Fetching(file)}",
            FileState.Active when file.PausedByThem => $"{Percent(file)}, paused by {file.Username}",
            FileState.Active => $"{Percent(file)}{Rate(file)}",
            FileState.Paused when file.Problem == FileProblem.NotWritable =>
                $"{Percent(file)}, waits: the download folder cannot be written. Check it. This peer tries again",
            FileState.Paused => $"{Percent(file)}, paused{(Problem(file) is { } problem ? $" {problem}" : "")}",
            FileState.Completed when file is { Yours: false, Path: { } path } => $"complete, {SafeText.Show(path)}",
            FileState.Completed => "complete",
            FileState.Declined => "declined",
            FileState.Cancelled => "cancelled",
            _ => $"failed {Problem(file) ?? "for an unknown reason"}",
        };

    private static string Waiting(FileItem file, bool isConnected) =>
        file.Copy switch
        {
            { State: FileCopyState.Stored, Until: { } until } => string.Create(
                CultureInfo.InvariantCulture,
                $"waits for {file.Username} at the directory, until {until.ToLocalTime():yyyy-MM-dd}"
            ),
            { Problem: { } problem } when !isConnected || IsOfFile(problem) =>
                $"waits for {file.Username}: {Cause(file, problem)}",
            { State: FileCopyState.Waiting } when !isConnected =>
                $"waits for {file.Username}: it will be uploaded to the directory soon",
            _ => $"waiting for {file.Username} to accept",
        };

    // The others concern only the directory.
    private static bool IsOfFile(FileCopyProblem problem) =>
        problem is FileCopyProblem.Changed or FileCopyProblem.Unreadable;

    private static string Cause(FileItem file, FileCopyProblem problem) =>
        problem switch
        {
            FileCopyProblem.TooLarge => "it is too large for the directory, so both must be online",
            FileCopyProblem.NotStored => "the directory stores no files at the moment, so both must be online",
            FileCopyProblem.DirectoryFull => "the directory has no room. This peer tries again",
            FileCopyProblem.MailboxFull =>
                $"too many files wait for {file.Username} at the directory. This peer tries again",
            FileCopyProblem.Changed => "it has changed since it was offered. Offer it again",
            FileCopyProblem.Unreadable => "the file cannot be read at the moment. This peer tries again",
            FileCopyProblem.NoMailbox =>
                $"{file.Username} accepts no files from you at the directory, so both must be online",
            FileCopyProblem.TooSlow =>
                "the upload to the directory takes too long on this connection. This peer tries again later",
            FileCopyProblem.Other => "the reason is not known to this version",
            FileCopyProblem.NotThereYet => "it is not at the directory. This peer looks again",
            _ => "the directory cannot be reached. This peer tries again",
        };

    private static string Fetching(FileItem file) =>
        file.Copy?.Problem is { } problem and not FileCopyProblem.None
            ? $"waits for {file.Username}: {Cause(file, problem)}"
            : "waits at the directory";

    private static string? Problem(FileItem file) =>
        file.Problem switch
        {
            FileProblem.Changed => "because the file has changed since it was offered. Offer it again",
            FileProblem.Unavailable when file is { Yours: true, State: FileState.Paused } =>
                "because the file cannot be read at the moment. Check it, then resume it with 'accept-file'",
            FileProblem.Unavailable when file.Yours => "because the file can no longer be read. Offer it again",
            FileProblem.Unavailable =>
                $"because {file.Username} no longer has it. Ask {file.Username} to offer it again",
            FileProblem.WrongData => $"because {file.Username}'s peer sent data that does not match the offer",
            FileProblem.DiskFull => "because the disk is full. Free some space, then accept it again",
            FileProblem.NotSupported =>
                $"because {file.Username} runs a version that cannot receive files. Ask {file.Username} to update it",
            FileProblem.Other => "for a reason that this version does not know",
            FileProblem.NotDelivered => $"because the offer did not reach {file.Username}. Offer it again",
            _ => null,
        };

    private static string Percent(FileItem file) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(file.Size == 0 ? 100 : Math.Floor(file.Done * 100.0 / file.Size)):0} %"
        );

    private static string Rate(FileItem file) =>
        file.Rate is not { } rate ? ""
        : file.SecondsLeft is { } left ? $", {FallbackText.SizeOf(rate)}/s, {TimeLeftText.Of(left)} left"
        : $", {FallbackText.SizeOf(rate)}/s";
}
