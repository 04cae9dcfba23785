using System.Globalization;
using P2PChat.Node.Model;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Identity;

/// <summary>
/// Marks a data directory that was restored from a backup, which lacks what was sent since. Each conversation then
/// begins a new epoch. The marker is cleared once those epochs are saved.
/// </summary>
/// <param name="directory">Null for an ephemeral peer.</param>
internal sealed class RestoredMarker(DataDirectory? directory)
{
    public const string FileName = "restored";

    /// <summary>The value that each epoch must exceed; null if nothing was restored.</summary>
    /// <exception cref="PeerStartException">The file cannot be read, or is damaged.</exception>
    public ulong? EpochFloor { get; } = directory?.Read(FileName) is { } text ? Parse(text, directory) : null;

    /// <summary>Deletes the marker, once the new epochs are saved.</summary>
    /// <exception cref="IOException">The marker cannot be deleted.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not delete the marker.</exception>
    public void Clear()
    {
        if (directory is not null)
        {
            File.Delete(Path.Combine(directory.FullPath, FileName));
        }
    }

    /// <summary>Writes the marker.</summary>
    /// <exception cref="IOException">The marker cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not write the marker.</exception>
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
                $"{Path.Combine(directory.FullPath, FileName)} is damaged. Restore the backup again, into "
                    + "another directory."
            );
}
