using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace P2PChat.Node.Storage;

/// <summary>The store could not be read or saved. Its message tells the user what to do.</summary>
internal sealed class StoreException(string message, Exception? cause) : IOException(message, cause)
{
    private const string DamagedText = "This cannot be read, because the store is damaged. Restore it from a backup.";

    public static StoreException Ended() =>
        new("This peer is shutting down and saves nothing more. Try again after the restart.", null);

    public static StoreException Unexpected(Exception cause) =>
        new($"Nothing was saved, because of an unexpected error ({cause.GetType().Name}). Try again.", cause);

    /// <param name="inMemory">Whether the store is a <see cref="StoreMemory"/>.</param>
    public static StoreException Of(Exception cause, bool inMemory = false) =>
        new(
            cause switch
            {
                SqliteException { SqliteErrorCode: raw.SQLITE_FULL } when inMemory =>
                    "Nothing was saved, because the message memory of this ephemeral peer is full. Restart it "
                        + "to begin with an empty one, or use a peer that keeps its data.",
                SqliteException { SqliteErrorCode: raw.SQLITE_FULL } =>
                    "Nothing was saved, because the disk is full. Free some space and try again.",
                SqliteException { SqliteErrorCode: raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB } =>
                    "Nothing was saved, because the store is damaged. Restore it from a backup.",
                _ => $"Nothing was saved, because the store cannot be written ({cause.GetType().Name}). Check "
                    + "the disk and try again.",
            },
            cause
        );

    /// <summary>Whether a stored value is one that this program never writes, such as a time after 9999.</summary>
    public static bool IsBadValue(Exception cause) =>
        cause
            is FormatException
                or InvalidCastException
                or OverflowException
                or (ArgumentException and not ArgumentNullException);

    public static StoreException OfReading(Exception cause) =>
        new(
            cause switch
            {
                ObjectDisposedException => "This cannot be read, because this peer has stopped. Start it again.",
                SqliteException { SqliteErrorCode: raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB } => DamagedText,
                _ when IsBadValue(cause) => DamagedText,
                _ => $"The store cannot be read ({cause.GetType().Name}). Check the disk and try again.",
            },
            cause
        );
}
