using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>
/// Keeps files from taking the last space of the disk with the store, without which no message can be saved.
/// Thread-safe.
/// </summary>
internal sealed class DiskReserve(PeerOptions options)
{
    // 256 MiB, or a twentieth of a small disk.
    private const long Most = 256L * 1024 * 1024;
    private const int Share = 20;
    private const int DiskFull = 28;

    private readonly string? _folder = options.Ephemeral
        ? null
        : DataDirectory.PathFor(options.Data, Username.Parse(options.Username));

    /// <summary>Whether only the reserve is left.</summary>
    public bool IsReached
    {
        get
        {
            try
            {
                return _folder is not null
                    && new DriveInfo(_folder) is var disk
                    && disk.AvailableFreeSpace < Math.Min(Most, disk.TotalSize / Share);
            }
            catch (Exception exception)
                when (exception is IOException or UnauthorizedAccessException or ArgumentException)
            {
                // A disk that does not tell has no reserve.
                return false;
            }
        }
    }

    /// <exception cref="IOException">Only the reserve is left. See <see cref="SaveState.IsDiskFull"/>.</exception>
    public void ThrowIfReached()
    {
        if (IsReached)
        {
            throw new IOException("The disk is full.", DiskFull);
        }
    }
}
