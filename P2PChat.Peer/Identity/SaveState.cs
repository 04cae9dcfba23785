using Microsoft.Data.Sqlite;

namespace P2PChat.Peer.Identity;

/// <summary>
/// Whether something can be saved, for a log that says it once when it no longer can, and once when it can again. Thread-safe.
/// </summary>
internal sealed class SaveState(TimeProvider clock)
{
    /// <summary>Small pieces may still be saved on a full disk: it is over when all has been well for so long.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();

    // Guarded by _gate.
    private long? _failedAt;

    public SaveState() : this(TimeProvider.System)
    {
    }

    /// <returns>Whether that is new, and is to be told.</returns>
    public bool Failed()
    {
        lock (_gate)
        {
            var isNew = _failedAt is null;
            _failedAt = clock.GetTimestamp();
            return isNew;
        }
    }

    /// <returns>Whether that is new, and is to be told.</returns>
    public bool Saved()
    {
        lock (_gate)
        {
            if (_failedAt is not { } failedAt || clock.GetElapsedTime(failedAt) < Quiet)
                return false;
            _failedAt = null;
            return true;
        }
    }

    /// <summary>Whether a disk, or this user's part of it, has no space left.</summary>
    public static bool IsDiskFull(Exception exception) => exception switch
    {
        SqliteException sqlite => sqlite.SqliteErrorCode == Storage.SqliteCodes.Full,
        // ENOSPC; EDQUOT of Linux and of macOS; EFBIG, beyond a limit (ulimit -f); ERROR_DISK_FULL of Windows.
        IOException io => io.HResult is 28 or 122 or 69 or 27 or unchecked((int)0x80070070),
        _ => exception.InnerException is { } inner && IsDiskFull(inner),
    };

    /// <summary>A few words for a log: why something could not be saved.</summary>
    public static string WhyNot(Exception exception) => IsDiskFull(exception) ? "the disk is full" : exception.GetType().Name;
}
