using Microsoft.Data.Sqlite;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Storage;

/// <summary>The clocks when messages disappear.</summary>
/// <param name="DirectoryAge">How long ago the directory gave the time from which its present one is computed.</param>
internal readonly record struct SweepTime(TimeReading Now, TimeSpan DirectoryAge = default);

/// <summary>A message that has disappeared.</summary>
/// <param name="Before">Null if its row is damaged.</param>
/// <param name="After">What is still shown of a message that was not delivered; null for all others.</param>
internal readonly record struct DisappearedMessage(Message? Before, Message? After);

/// <summary>The <c>disappearing</c> table: messages whose time has not run out. Thread-safe.</summary>
/// <exception cref="StoreException">From each member: it cannot be read or saved.</exception>
internal sealed class DisappearingTable(StoreDatabase database, StoreWriter writer, Username self)
{
    private const int Batch = 500;

    // Whether message m waits in the outbox of peer p, as itself or as a Skip.
    private const string IsInOutbox = "m.outgoing AND m.epoch = p.epoch AND m.sequence >= p.base";

    // Whether the user has read the received message m of the peer p. If its epoch is no longer in past_epochs, only a
    // later message that is read shows it.
    private const string IsRead = """
        iif(m.epoch = p.their_epoch, m.sequence < p.read_next, p.read_next > 0
          OR EXISTS (SELECT 1 FROM past_epochs e WHERE e.peer = p.id AND e.read_next > 0
            AND (e.epoch > m.epoch OR (e.epoch = m.epoch AND m.sequence < e.read_next))))
        """;

    // Messages that the user has read or deleted, and ours that are delivered or never will be.
    private const string Beginning = $"""
        disappearing d CROSS JOIN messages m ON m.position = d.message CROSS JOIN peers p ON p.id = m.peer
        WHERE d.began_own IS NULL AND (m.hidden = 1
          OR iif(m.outgoing, m.state >= 2 OR NOT ({IsInOutbox}), {IsRead}))
        """;

    private const string Undated = """
        disappearing INDEXED BY disappearing_undated
        WHERE $directory IS NOT NULL AND began_own IS NOT NULL AND began_directory IS NULL AND began_ran <= $ran - $age
        """;

    // Running time is never too long. Otherwise both clocks must agree (docs/decisions/0054-disappearing-messages.md).
    // An edit that waits in the outbox has a text, which goes with that of the message.
    private const string Ending = """
        AND d.began_own IS NOT NULL AND NOT EXISTS (SELECT 1 FROM messages c INDEXED BY messages_our_changes
          JOIN peers p ON p.id = c.peer WHERE c.target = d.message AND c.outgoing = 1 AND c.kind > 0
          AND c.state < 4 AND c.hidden = 2 AND c.text <> '' AND c.epoch = p.epoch AND c.sequence >= p.base
          AND c.kind = 2)
        """;

    private static readonly string[] Endings =
    [
        $"""
            disappearing d INDEXED BY disappearing_ran
            WHERE d.began_ran + d.seconds * 1000 <= $ran {Ending}
            """,
        $"""
            disappearing d INDEXED BY disappearing_directory
            WHERE d.began_directory + d.seconds * 1000 <= $directory AND d.began_own + d.seconds * 1000 <= $own {Ending}
            """,
    ];

    private readonly StoreEraser _eraser = new(database, writer);
    private readonly MessageReader _messages = new(self);

    /// <summary>Starts the time of messages that were read or delivered, and erases those whose time is over.</summary>
    /// <param name="clock">Is read when the store is about to write.</param>
    /// <param name="erased">Called with messages that were still shown, once they are erased.</param>
    /// <param name="cancellationToken">Stops after the current batch.</param>
    public async Task SweepAsync(
        Func<SweepTime> clock,
        Action<IReadOnlyList<DisappearedMessage>> erased,
        CancellationToken cancellationToken = default
    )
    {
        try
        {
            await BeginAsync(clock);
            foreach (var ending in Endings)
            {
                await EraseAsync(ending, clock, erased, cancellationToken);
            }
        }
        finally
        {
            // A reader may use the log. Then the messages are gone from the views, and the next sweep empties it.
            _eraser.EmptyLog();
        }
    }

    private async Task BeginAsync(Func<SweepTime> clock)
    {
        var mayBegin = writer.MessagesMayBegin;
        if (!mayBegin && !database.Read(connection => Any(connection, Undated, Parameters(clock()))))
        {
            return;
        }

        await writer.CallAsync(connection =>
        {
            var parameters = Parameters(clock());
            mayBegin |= writer.MessagesMayBegin;
            writer.MessagesMayBegin = false;
            try
            {
                if (mayBegin)
                {
                    _ = connection.Run(
                        $"""
                        UPDATE disappearing SET began_own = $own, began_ran = $ran
                        WHERE message IN (SELECT d.message FROM {Beginning})
                        """,
                        parameters
                    );
                }

                // The directory's time counts from the first answer that is newer than the beginning, because a machine
                // that was suspended knows only later how late it is. Until then the running time has passed at least.
                _ = connection.Run(
                    $"""
                    UPDATE disappearing SET began_own = $own - ($ran - began_ran),
                      began_directory = $directory - ($ran - began_ran)
                    WHERE message IN (SELECT message FROM {Undated})
                    """,
                    parameters
                );
            }
            catch
            {
                writer.MessagesMayBegin = true;
                throw;
            }
        });
    }

    private async Task EraseAsync(
        string ending,
        Func<SweepTime> clock,
        Action<IReadOnlyList<DisappearedMessage>> erased,
        CancellationToken cancellationToken
    )
    {
        var more = database.Read(connection => Any(connection, ending, Parameters(clock())));
        while (more && !cancellationToken.IsCancellationRequested)
        {
            var batch = new List<DisappearedMessage>();
            await _eraser.RunAsync(connection =>
            {
                var due = connection.List(
                    $"SELECT d.message FROM {ending} LIMIT {Batch + 1}",
                    reader => reader.GetInt64(0),
                    Parameters(clock())
                );
                more = due.Count > Batch;
                due = due[..Math.Min(due.Count, Batch)];
                var before = due.ConvertAll(position => At(connection, position));
                Erase(connection, due, isLast: !more);
                for (var i = 0; i < due.Count; i++)
                {
                    batch.Add(new DisappearedMessage(before[i], At(connection, due[i])));
                }

                return due.Count > 0;
            });
            erased(batch.FindAll(message => message.Before is not null));
        }
    }

    private Message? At(SqliteConnection connection, long position)
    {
        try
        {
            return _messages.At(connection, position);
        }
        catch (Exception exception) when (StoreException.IsBadValue(exception))
        {
            // A damaged message must not keep others.
            return null;
        }
    }

    private static bool Any(SqliteConnection connection, string tables, (string, object?)[] parameters) =>
        connection.Scalar($"SELECT 1 FROM {tables} LIMIT 1", parameters) is not null;

    // The rows stay, so that second copies are recognized and the outbox keeps its numbers. A message that was not
    // delivered is still shown, without its text, because its sender may not have seen that yet.
    private static void Erase(SqliteConnection connection, List<long> positions, bool isLast)
    {
        (string, object?)[] all = [("$all", $"[{string.Join(',', positions)}]")];
        const string Chosen = "(SELECT value FROM json_each($all))";
        _ = connection.Run($"DELETE FROM versions WHERE message IN {Chosen}", all);
        // A reaction in the outbox quotes it: see OutboxQuery.
        _ = connection.Run($"UPDATE messages SET text = '' WHERE target IN {Chosen} AND kind = 1", all);
        // A short text can be guessed from its hash.
        _ = connection.Run(
            $"""
            UPDATE idempotency SET text_hash = x''
            WHERE (peer, id) IN (SELECT peer, id FROM messages WHERE position IN {Chosen} AND outgoing = 1)
            """,
            all
        );
        _ = connection.Run($"DELETE FROM disappearing WHERE message IN {Chosen}", all);
        _ = connection.Run(
            $"""
            UPDATE messages SET hidden = iif(outgoing AND hidden = 0 AND removed = 0 AND state IN (4, 5, 6, 8), 0,
                1 + o.waits),
              removed = iif(removed, removed, 2), text = '', content = NULL, target = NULL, trace = NULL,
              edited_at = NULL, our_reaction = NULL, their_reaction = NULL
            FROM (SELECT m.position AS at, {IsInOutbox} AS waits
              FROM messages m JOIN peers p ON p.id = m.peer WHERE m.position IN {Chosen}) o
            WHERE position = o.at
            """,
            all
        );
        // The triggers of the table delete the names of the other files.
        _ = connection.Run(
            $"""
            DELETE FROM transfers WHERE outgoing = 1 AND (peer, id) IN
              (SELECT peer, id FROM messages WHERE position IN {Chosen} AND hidden = 0)
            """,
            all
        );
        if (!isLast)
        {
            return;
        }

        // Rewrites the index without the words of deleted rows, also those of earlier batches.
        _ = connection.Run("INSERT INTO disappearing_words (disappearing_words) VALUES ('optimize')");
        foreach (var name in ChatMarkTable.NamesWithUnreadMark(connection))
        {
            ChatMarkTable.AfterDelete(connection, name);
        }
    }

    private static (string, object?)[] Parameters(SweepTime time) =>
        [
            ("$own", time.Now.Own.ToUnixTimeMilliseconds()),
            ("$ran", (long)time.Now.Ran.TotalMilliseconds),
            ("$directory", time.Now.Directory?.ToUnixTimeMilliseconds()),
            ("$age", (long)time.DirectoryAge.TotalMilliseconds),
        ];
}
