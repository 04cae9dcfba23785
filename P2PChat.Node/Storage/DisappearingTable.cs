using Microsoft.Data.Sqlite;
using P2PChat.Node.Model;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Storage;

/// <summary>The <c>disappearing</c> table: messages whose time has not run out. Thread-safe.</summary>
/// <exception cref="StoreException">From each member: it cannot be read or saved.</exception>
internal sealed class DisappearingTable(StoreDatabase database, StoreWriter writer, Username self)
{
    private const int Batch = 500;

    // Messages that the user has read or deleted, and ours that are delivered or never will be.
    private const string Beginning = $"""
        disappearing d JOIN messages m ON m.position = d.message JOIN peers p ON p.id = m.peer
        WHERE d.began_own IS NULL
          AND (m.hidden = 1 OR iif(m.outgoing, {MessageReader.State} >= 2, NOT {StoredOverview.IsUnread}))
        """;

    // What Countdown decides, roughly, to leave out most rows. A message that is sent again must stay.
    private const string Ending = $"""
        disappearing d JOIN messages m ON m.position = d.message JOIN peers p ON p.id = m.peer
        WHERE d.began_own IS NOT NULL AND (NOT m.outgoing OR {MessageReader.State} >= 2)
          AND (d.began_ran + d.seconds * 1000 <= $ran
            OR (d.began_own + d.seconds * 1000 <= $own AND d.began_directory + d.seconds * 1000 <= $directory))
        """;

    private readonly StoreEraser _eraser = new(database, writer);
    private readonly MessageReader _messages = new(self);

    /// <summary>Starts the time of messages that were read or delivered, and erases those whose time is over.</summary>
    /// <param name="clock">Is read when the store is about to write.</param>
    /// <returns>The erased messages that were still shown, as they were.</returns>
    public async Task<IReadOnlyList<Message>> SweepAsync(Func<TimeReading> clock)
    {
        var erased = new List<Message>();
        var (begins, ends) = database.Read(connection =>
            (Any(connection, Beginning), Any(connection, Ending, Parameters(clock())))
        );
        if (begins)
        {
            await writer.CallAsync(connection =>
                connection.Run(
                    $"""
                    UPDATE disappearing SET began_own = $own, began_ran = $ran, began_directory = $directory
                    WHERE message IN (SELECT d.message FROM {Beginning})
                    """,
                    Parameters(clock())
                )
            );
        }

        var more = ends;
        while (more)
        {
            await _eraser.EraseAsync(connection =>
            {
                var due = Due(connection, clock());
                more = due.Count == Batch;
                erased.AddRange(due.Select(position => _messages.At(connection, position)).OfType<Message>());
                Erase(connection, due);
                return due.Count > 0;
            });
        }

        _eraser.EmptyLog();
        return erased;
    }

    private static bool Any(SqliteConnection connection, string tables, params (string, object?)[] parameters) =>
        connection.List($"SELECT 1 FROM {tables} LIMIT 1", reader => reader.GetInt64(0), parameters).Count > 0;

    private static List<long> Due(SqliteConnection connection, TimeReading now) =>
        [
            .. connection
                .List(
                    $"""
                    SELECT d.message, d.seconds, d.began_own, d.began_ran, d.began_directory FROM {Ending}
                    LIMIT {Batch}
                    """,
                    reader =>
                        (
                            Position: reader.GetInt64(0),
                            Countdown: new Countdown(
                                (uint)reader.GetInt64(1),
                                new TimeReading(
                                    reader.GetTime(2),
                                    TimeSpan.FromMilliseconds(reader.GetInt64(3)),
                                    reader.GetTimeOrNull(4)
                                )
                            )
                        ),
                    Parameters(now)
                )
                .Where(row => row.Countdown.IsDue(now))
                .Select(row => row.Position),
        ];

    // The row stays, so that a second copy is recognized.
    private static void Erase(SqliteConnection connection, List<long> positions)
    {
        foreach (var position in positions)
        {
            (string, object?)[] parameters = [("$position", position)];
            _ = connection.Run("DELETE FROM versions WHERE message = $position", parameters);
            // A reaction in the outbox quotes it: see OutboxQuery.
            _ = connection.Run("UPDATE messages SET text = '' WHERE target = $position AND kind = 1", parameters);
            _ = connection.Run("DELETE FROM disappearing WHERE message = $position", parameters);
            _ = connection.Run(
                """
                UPDATE messages SET hidden = 1, text = '', content = NULL, target = NULL, trace = NULL,
                  edited_at = NULL, our_reaction = NULL, their_reaction = NULL WHERE position = $position
                """,
                parameters
            );
        }

        if (positions.Count == 0)
        {
            return;
        }

        // Rewrites the index without the words of deleted rows.
        _ = connection.Run("INSERT INTO disappearing_words (disappearing_words) VALUES ('optimize')");
        foreach (var name in ChatMarkTable.NamesWithUnreadMark(connection))
        {
            ChatMarkTable.AfterDelete(connection, name);
        }
    }

    private static (string, object?)[] Parameters(TimeReading now) =>
        [
            ("$own", now.Own.ToUnixTimeMilliseconds()),
            ("$ran", (long)now.Ran.TotalMilliseconds),
            ("$directory", now.Directory?.ToUnixTimeMilliseconds()),
        ];
}
