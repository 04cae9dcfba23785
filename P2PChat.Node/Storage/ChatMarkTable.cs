using Microsoft.Data.Sqlite;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage;

/// <summary>The marks of conversations, in the table <c>chat_marks</c>. Thread-safe.</summary>
/// <exception cref="StoreException">From each member: it cannot be read or saved.</exception>
internal sealed class ChatMarkTable(StoreDatabase database, StoreWriter writer)
{
    /// <summary>Whoever gets a name next, or has another key, must be chosen again.</summary>
    public const string ForgetAcceptance =
        "UPDATE chat_marks SET accept_files = 0 WHERE name = $name AND accept_files = 1";

    private const string FirstOfTheirs = """
        (SELECT min(m.position) FROM peers p JOIN messages m ON m.peer = p.id AND m.outgoing = 0 AND m.hidden = 0
          AND m.removed = 0 AND m.kind = 0 AND m.position >= $from WHERE p.username = $name)
        """;

    /// <summary>Lists the conversations that have marks, or once had.</summary>
    public IReadOnlyList<(Username With, ChatMarks Marks)> All() =>
        database.Read(connection =>
            connection.List("SELECT name, pinned, archived, muted, unread_from, accept_files FROM chat_marks", reader =>
                (
                    Username.Parse(reader.GetString(0)),
                    new ChatMarks(
                        reader.GetInt64(1) != 0,
                        reader.GetInt64(2) != 0,
                        reader.GetInt64(3) != 0,
                        reader.IsDBNull(4) ? null : reader.GetInt64(4)
                    )
                    {
                        AcceptFiles = (AutoAccept)reader.GetInt64(5),
                    }
                )
            )
        );

    /// <summary>What the user has chosen for the files of one contact.</summary>
    public AutoAccept AcceptsFiles(Username with) =>
        database.Read(connection =>
            (AutoAccept)(
                (long?)
                    connection.Scalar("SELECT accept_files FROM chat_marks WHERE name = $name", ("$name", with.Value))
                ?? 0
            )
        );

    /// <summary>Sets those marks that are not null.</summary>
    /// <returns>False if this peer has neither a conversation nor a contact with that name.</returns>
    public bool Set(Username with, bool? pinned, bool? archived, bool? muted, AutoAccept? acceptFiles = null)
    {
        var isKnown = false;
        writer.Call(connection =>
        {
            isKnown =
                (long)
                    connection.Scalar(
                        "SELECT EXISTS (SELECT 1 FROM peers WHERE username = $name) "
                            + "OR EXISTS (SELECT 1 FROM contacts WHERE name = $name)",
                        ("$name", with.Value)
                    )! != 0;
            if (isKnown)
            {
                _ = connection.Run(
                    """
                    INSERT INTO chat_marks (name, pinned, archived, muted, accept_files)
                    VALUES ($name, coalesce($pinned, 0), coalesce($archived, 0), coalesce($muted, 0),
                      coalesce($accept, 0))
                    ON CONFLICT (name) DO UPDATE SET pinned = coalesce($pinned, pinned),
                      archived = coalesce($archived, archived), muted = coalesce($muted, muted),
                      accept_files = coalesce($accept, accept_files)
                    """,
                    ("$name", with.Value),
                    ("$pinned", Flag(pinned)),
                    ("$archived", Flag(archived)),
                    ("$muted", Flag(muted)),
                    ("$accept", (long?)acceptFiles)
                );
            }
        });
        return isKnown;
    }

    /// <summary>Marks the other user's messages as unread, from a message on.</summary>
    /// <param name="id">The other user's message if both have sent one with this id.</param>
    /// <returns>False if that message is unknown or deleted, or no message of the other user follows it.</returns>
    public bool MarkUnread(Username with, Guid id)
    {
        var marked = 0;
        writer.Call(connection =>
        {
            if (PositionOf(connection, with, id) is not { } position)
            {
                return;
            }

            marked = connection.Run(
                $"""
                INSERT INTO chat_marks (name, unread_from)
                SELECT $name, first FROM (SELECT {FirstOfTheirs} AS first) WHERE first IS NOT NULL
                ON CONFLICT (name) DO UPDATE SET unread_from = excluded.unread_from
                """,
                ("$name", with.Value),
                ("$from", position)
            );
        });
        return marked > 0;
    }

    /// <summary>Removes the unread mark from all messages, or from those up to one.</summary>
    /// <param name="upTo">The last message that was read; null for all.</param>
    /// <returns>Whether there was an unread mark.</returns>
    public bool MarkRead(Username with, Guid? upTo)
    {
        // Usually there is no mark, and this check saves a write per message read.
        if (!All().Any(one => one.With == with && one.Marks.UnreadFrom is not null))
        {
            return false;
        }

        writer.Call(connection =>
        {
            var last = upTo is { } id ? PositionOf(connection, with, id, sides: "0") ?? 0 : long.MaxValue - 1;
            _ = connection.Run(
                $"UPDATE chat_marks SET unread_from = {FirstOfTheirs} WHERE name = $name AND unread_from < $from",
                ("$name", with.Value),
                ("$from", last + 1)
            );
        });
        return true;
    }

    /// <summary>Moves the unread mark to a message that still exists, within the caller's transaction.</summary>
    public static void AfterDelete(SqliteConnection connection, Username with) =>
        connection.Run(
            $"""
            UPDATE chat_marks SET unread_from = {FirstOfTheirs.Replace(
                "$from",
                "unread_from",
                StringComparison.Ordinal
            )}
            WHERE name = $name AND unread_from IS NOT NULL
            """,
            ("$name", with.Value)
        );

    /// <summary>Lists the conversations with an unread mark, within the caller's transaction.</summary>
    public static IReadOnlyList<Username> NamesWithUnreadMark(SqliteConnection connection) =>
        connection.List("SELECT name FROM chat_marks WHERE unread_from IS NOT NULL", reader =>
            Username.Parse(reader.GetString(0))
        );

    // The other side chooses its ids, also one of ours: then theirs counts.
    private static long? PositionOf(SqliteConnection connection, Username with, Guid id, string sides = "0, 1") =>
        (long?)
            connection.Scalar(
                $"SELECT m.position FROM peers p JOIN messages m ON m.peer = p.id AND m.outgoing IN ({sides}) "
                    + "AND m.id = $id AND m.hidden = 0 WHERE p.username = $name "
                    + "ORDER BY m.outgoing, m.position DESC LIMIT 1",
                ("$name", with.Value),
                ("$id", id.ToByteArray(bigEndian: true))
            );

    private static long? Flag(bool? value) => value is { } flag ? (flag ? 1 : 0) : null;
}
