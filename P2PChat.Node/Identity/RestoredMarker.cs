using System.Globalization;
using P2PChat.Node.Model;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Identity;

/// <summary>
/// Says that a data directory comes from a backup, so that what was sent since that backup was made is not in it: whoever
/// numbers messages begins a new epoch for each conversation, saves it, and only then takes the mark away.
/// </summary>
/// <param name="directory">Null where nothing is kept, and so nothing was restored.</param>
internal sealed class RestoredMarker(DataDirectory? directory)
{
    public const string FileName = "restored";

    /// <summary>Each epoch is to be above this; null where nothing was restored.</summary>
    /// <exception cref="PeerStartException">The file cannot be read, or is damaged.</exception>
    public ulong? EpochFloor { get; } = directory?.Read(FileName) is { } text ? Parse(text, directory) : null;

    /// <summary>The new epochs are saved: a later start goes on with them.</summary>
    /// <exception cref="IOException">It cannot be deleted; so <see cref="UnauthorizedAccessException"/>.</exception>
    public void Clear()
    {
        if (directory is not null)
        {
            File.Delete(Path.Combine(directory.FullPath, FileName));
        }
    }

    /// <exception cref="IOException">It cannot be written; so <see cref="UnauthorizedAccessException"/>.</exception>
    public static void Write(DataDirectory directory, DateTimeOffset restoredAt, DateTimeOffset backedUpAt)
    {
        var latest = restoredAt > backedUpAt ? restoredAt : backedUpAt;
        directory.Write(FileName, latest.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
    }

    private static ulong Parse(string text, DataDirectory directory) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var latest)
        && latest <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? Epochs.LastOf(DateTimeOffset.FromUnixTimeMilliseconds(latest))
            : throw new PeerStartException(
                $"{Path.Combine(directory.FullPath, FileName)} is damaged: restore the backup again, into another directory."
            );
}
