using Microsoft.Data.Sqlite;

namespace P2PChat.Node.Storage;

/// <summary>What was to be kept has not been. Its message is one sentence for a person, and says what to do.</summary>
internal sealed class StoreException(string message, Exception? cause) : Exception(message, cause)
{
    public static StoreException Ended() =>
        new("This peer is about to end, and keeps nothing more: try again when it is back.", null);

    /// <param name="inMemory">Whether it is a <see cref="StoreMemory"/> that has not taken it.</param>
    public static StoreException Of(Exception cause, bool inMemory = false) =>
        new(
            cause switch
            {
                SqliteException { SqliteErrorCode: SqliteCodes.Full } when inMemory =>
                    "What an ephemeral peer keeps of messages, in memory, is full, and nothing of it was kept: start it again to begin with none, or without --ephemeral.",
                SqliteException { SqliteErrorCode: SqliteCodes.Full } =>
                    "The disk is full, and nothing of it was kept: free some space and try again.",
                SqliteException { SqliteErrorCode: SqliteCodes.Corrupt or SqliteCodes.NotADatabase } =>
                    "The store is damaged, and nothing of it was kept: restore it from a backup.",
                _ =>
                    $"The store cannot be written ({cause.GetType().Name}), and nothing of it was kept: see that its disk works, and try again.",
            },
            cause
        );

    /// <summary>Whether a stored value is one that this program never writes, such as a time after 9999.</summary>
    public static bool IsOfAValue(Exception cause) =>
        cause
            is FormatException
                or InvalidCastException
                or OverflowException
                or (ArgumentException and not ArgumentNullException);

    public static StoreException OfReading(Exception cause) =>
        new(
            cause is SqliteException { SqliteErrorCode: SqliteCodes.Corrupt or SqliteCodes.NotADatabase }
            || IsOfAValue(cause)
                ? "The store is damaged, and this cannot be read from it: restore it from a backup."
                : $"The store cannot be read ({cause.GetType().Name}): see that its disk works, and try again.",
            cause
        );
}
