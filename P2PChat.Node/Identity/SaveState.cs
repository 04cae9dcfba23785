using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace P2PChat.Node.Identity;

/// <summary>
/// Tracks whether saving works, so that a failure and its end are each logged once. Thread-safe.
/// </summary>
public sealed class SaveState(TimeProvider timeProvider)
{
    /// <summary>
    /// How long saving must work before the failure is over, because small writes may succeed on a full disk.
    /// </summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();

    // Guarded by _gate.
    private long? _failedAt;

    public SaveState()
        : this(TimeProvider.System) { }

    /// <returns>Whether this is new and should be logged.</returns>
    public bool Failed()
    {
        lock (_gate)
        {
            var isNew = _failedAt is null;
            _failedAt = timeProvider.GetTimestamp();
            return isNew;
        }
    }

    /// <returns>Whether this is new and should be logged.</returns>
    public bool Saved()
    {
        lock (_gate)
        {
            if (_failedAt is not { } failedAt || timeProvider.GetElapsedTime(failedAt) < Quiet)
            {
                return false;
            }

            _failedAt = null;
            return true;
        }
    }

    /// <summary>Whether a disk, or this user's part of it, has no space left.</summary>
    public static bool IsDiskFull(Exception exception) =>
        exception switch
        {
            SqliteException sqlite => sqlite.SqliteErrorCode == raw.SQLITE_FULL,
            // ENOSPC; EDQUOT of Linux and of macOS; EFBIG, beyond a limit (ulimit -f); ERROR_DISK_FULL of Windows.
            IOException { HResult: 28 or 122 or 69 or 27 or unchecked((int)0x80070070) } => true,
            _ => exception.InnerException is { } inner && IsDiskFull(inner),
        };

    /// <summary>Gets a short reason for the log.</summary>
    public static string FailureReason(Exception exception) =>
        IsDiskFull(exception) ? "the disk is full" : exception.GetType().Name;
}
