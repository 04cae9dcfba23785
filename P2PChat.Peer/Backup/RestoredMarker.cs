using System.Globalization;
using P2PChat.Peer.Identity;

namespace P2PChat.Peer.Backup;

/// <summary>
/// Says that a data directory comes from a backup, so that what was sent since that backup was made is not in it: whoever
/// numbers messages begins a new epoch for each conversation, saves it, and only then takes the mark away.
/// </summary>
internal static class RestoredMarker
{
    public const string FileName = "restored";

    /// <summary>Each epoch is to be above this, in Unix milliseconds; 0 where nothing was restored.</summary>
    /// <exception cref="PeerStartException">The file cannot be read.</exception>
    public static ulong EpochFloor(DataDirectory directory) => directory.Read(FileName) is not { } text
        ? 0
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var floor) && floor <= long.MaxValue
            ? floor
            : throw new PeerStartException($"{Path.Combine(directory.FullPath, FileName)} is damaged: restore the backup again, into another directory.");

    /// <exception cref="IOException">It cannot be written; so <see cref="UnauthorizedAccessException"/>.</exception>
    public static void Write(DataDirectory directory, DateTimeOffset restoredAt, DateTimeOffset backedUpAt)
    {
        var latest = restoredAt > backedUpAt ? restoredAt : backedUpAt;
        directory.Write(FileName, latest.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
    }

    public static void Clear(DataDirectory directory) => File.Delete(Path.Combine(directory.FullPath, FileName));
}
