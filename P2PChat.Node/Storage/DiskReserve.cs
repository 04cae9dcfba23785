using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>
/// Keeps files from taking the last space of the disk with the store, without which no message can be saved.
/// Thread-safe.
/// </summary>
/// <param name="spaceOf">Reads free and total bytes of the disk with a folder; for tests.</param>
internal sealed class DiskReserve(PeerOptions options, Func<string, (long Free, long Total)>? spaceOf = null)
{
    // 256 MiB, or a twentieth of a small disk.
    private const long Most = 256L * 1024 * 1024;
    private const int Share = 20;
    private const int DiskFull = 28;

    private readonly string? _folder = options.Ephemeral
        ? null
        : DataDirectory.PathFor(options.Data, Username.Parse(options.Username));

    private readonly Func<string, (long Free, long Total)> _spaceOf = spaceOf ?? SpaceOf;

    /// <summary>Whether only the reserve is left.</summary>
    /// <param name="target">
    /// The folder to write to. On another disk than the store, it takes nothing of the reserve.
    /// </param>
    public bool IsReachedFor(string? target)
    {
        // A disk whose size cannot be read has no reserve.
        if (_folder is null || Find(_folder) is not { } disk || disk.Free >= Math.Min(Most, disk.Total / Share))
        {
            return false;
        }

        // Disks of the same size may be one that is mounted twice. The file systems of a pool, or folders with a quota,
        // differ in size and share the free space.
        return target is null || Find(target) is not { } other || other.Total == disk.Total || other.Free <= disk.Free;
    }

    /// <exception cref="IOException">Only the reserve is left. See <see cref="SaveState.IsDiskFull"/>.</exception>
    public void ThrowIfReachedFor(string? target)
    {
        if (IsReachedFor(target))
        {
            throw new IOException("The disk is full.", DiskFull);
        }
    }

    private static (long Free, long Total) SpaceOf(string folder)
    {
        // The download folder is created for the first file.
        while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { } parent)
        {
            folder = parent;
        }

        var disk = new DriveInfo(folder);
        return (disk.AvailableFreeSpace, disk.TotalSize);
    }

    private (long Free, long Total)? Find(string folder)
    {
        try
        {
            return _spaceOf(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
