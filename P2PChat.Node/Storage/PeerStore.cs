using System.Buffers.Binary;
using Microsoft.Data.Sqlite;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Storage;

/// <summary>
/// What this peer must not forget: its conversations and their messages. One thread writes; whoever reads has a connection
/// of its own, and sees what has been committed. Thread-safe.
/// </summary>
internal sealed partial class PeerStore : IDisposable
{
    private static readonly TimeSpan SettlePatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(30);

    // A century in milliseconds. No peer has run longer, so a larger value is damaged.
    private const long MostRan = 100L * 366 * 24 * 3600 * 1000;

    private readonly StoreDatabase _database;

    private PeerStore(StoreDatabase database, Username self, ILogger logger)
    {
        _database = database;
        Writer = new StoreWriter(database, Gathering, logger);
        Messages = new StoredMessages(database, self);
        Overview = new StoredOverview(database);
    }

    /// <summary>Whether it ends with its process.</summary>
    public bool IsTemporary => _database.IsTemporary;

    /// <summary>Whether something was not kept that nobody waited for: from then on all is waited for.</summary>
    public bool HasLostWrites => IsTemporary && Writer.HasFailed;

    public StoreWriter Writer { get; }

    public StoredMessages Messages { get; }

    public StoredOverview Overview { get; }

    /// <summary>The messages, once all that has been told of them so far is written.</summary>
    public StoredMessages AfterFlush()
    {
        Writer.Settle(SettlePatience);
        return Messages;
    }

    /// <summary>The conversations, once what has been told of them is written: only a temporary store may be behind that.</summary>
    public StoredOverview OverviewAfterFlush()
    {
        if (IsTemporary)
        {
            Writer.Settle(SettlePatience);
        }

        return Overview;
    }

    /// <summary>
    /// The messages, after indexing. After an upgrade, indexing a long history may take longer than a search waits, and older
    /// messages are not found until then.
    /// </summary>
    public StoredMessages AfterIndexing()
    {
        try
        {
            using var patience = new CancellationTokenSource();
            if (!Writer.IndexWordsAsync(patience.Token).Wait(SettlePatience))
            {
                patience.Cancel();
            }
        }
        catch (AggregateException e) when (e.InnerException is StoreException)
        {
            // A disk that is full keeps nobody from looking for what is known.
        }

        return Messages;
    }

    /// <param name="directory">Null for a store that ends with its process.</param>
    /// <exception cref="PeerStartException">The file is damaged, newer, another peer's, or cannot be written.</exception>
    public static PeerStore Open(
        DataDirectory? directory,
        PeerIdentity identity,
        Username self,
        ILogger<PeerStore> logger
    )
    {
        StoreDatabase database = directory is null
            ? new StoreMemory(identity.PeerId)
            : StoreFile.Open(directory.FullPath, identity.PeerId);
        try
        {
            return new PeerStore(database, self, logger);
        }
        catch (SqliteException e)
        {
            throw new PeerStartException(StoreException.Of(e).Message, e);
        }
    }

    /// <summary>Where a conversation stands; null if there is none.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public StoredSession? Load(PeerId remote) =>
        Read(connection =>
        {
            using var command = Command(
                connection,
                "SELECT id, username, accepted, epoch, base, read_by_them, their_epoch, their_next, read_next, ack_owed, they_asked, paused, their_capability, checksum, their_checksum, acknowledged_epoch, acknowledged_next, their_kept_epoch, their_kept_next, ephemeral FROM peers WHERE peer_id = $id",
                ("$id", remote.Bytes.ToArray())
            );
            using var reader = command.ExecuteReader();
            if (!reader.Read())
            {
                return null;
            }

            var conversation = new ConversationSnapshot((ulong)reader.GetInt64(3))
            {
                Base = (ulong)reader.GetInt64(4),
                ReadByThem = (ulong)reader.GetInt64(5),
                TheirEpoch = (ulong)reader.GetInt64(6),
                TheirNext = (ulong)reader.GetInt64(7),
                ReadNext = (ulong)reader.GetInt64(8),
                AckOwed = reader.GetInt64(9) != 0,
                Checksum = (ulong)reader.GetInt64(13),
                TheirChecksum = (ulong)reader.GetInt64(14),
                Acknowledged = new Position((ulong)reader.GetInt64(15), (ulong)reader.GetInt64(16)),
                TheirKept = reader.IsDBNull(17)
                    ? null
                    : new Position((ulong)reader.GetInt64(17), (ulong)reader.GetInt64(18)),
                TheirPast = LoadPast(connection, reader.GetInt64(0)),
                Outbox = LoadOutbox(connection, reader.GetInt64(0)),
            };
            Username? accepted = reader.GetInt64(2) != 0 ? Username.Parse(reader.GetString(1)) : null;
            var capability = reader.IsDBNull(12) ? null : reader.GetFieldValue<byte[]>(12);
            return new StoredSession(
                new SessionSnapshot(accepted, conversation),
                reader.GetInt64(10) != 0,
                reader.GetInt64(11) != 0,
                capability,
                reader.GetInt64(19) != 0
            );
        });

    /// <summary>The conversations in which something waits to be acknowledged, by the other side or by this one.</summary>
    public IReadOnlyList<PeerId> Waiting() => List("SELECT peer_id FROM peers WHERE ack_owed OR base < next", PeerIdOf);

    /// <summary>Whom this peer and the others have accepted, but for those that it has disconnected from.</summary>
    public IReadOnlyList<(Username Name, PeerId Key)> ToReconnect() =>
        List("SELECT peer_id, username FROM peers WHERE accepted AND NOT paused", PersonOf);

    /// <summary>Whom this peer and the others have accepted, the newest first: a name may be there under several keys.</summary>
    public IReadOnlyList<(Username Name, PeerId Key)> Accepted() =>
        List("SELECT peer_id, username FROM peers WHERE accepted ORDER BY id DESC", PersonOf);

    /// <summary>As <see cref="Accepted"/>, without ephemeral peers, whose keys are not pinned.</summary>
    public IReadOnlyList<(Username Name, PeerId Key)> AcceptedToPin() =>
        List("SELECT peer_id, username FROM peers WHERE accepted AND NOT ephemeral ORDER BY id DESC", PersonOf);

    /// <summary>The newest one that has been accepted under a name.</summary>
    public PeerId? FindAccepted(Username name) =>
        List(
            "SELECT peer_id FROM peers WHERE username = $name AND accepted ORDER BY id DESC LIMIT 1",
            PeerIdOf,
            ("$name", name.Value)
        )
            is [var found]
            ? found
            : null;

    /// <summary>Notes what is no part of the protocol; of one who is not known, nothing.</summary>
    public Task NoteAsync(PeerId remote, bool theyAsked, bool paused, bool ephemeral) =>
        Writer.CallAsync(connection =>
        {
            using var command = Command(
                connection,
                "UPDATE peers SET they_asked = $asked, paused = $paused, ephemeral = $ephemeral WHERE peer_id = $id",
                ("$id", remote.Bytes.ToArray()),
                ("$asked", theyAsked ? 1L : 0L),
                ("$paused", paused ? 1L : 0L),
                ("$ephemeral", ephemeral ? 1L : 0L)
            );
            _ = command.ExecuteNonQuery();
        });

    /// <summary>Loads this peer's running time as last saved.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public TimeSpan LoadRan() =>
        List("SELECT value FROM meta WHERE key = 'ran'", reader => reader.GetFieldValue<byte[]>(0))
            is [{ Length: sizeof(long) } ran]
        && BinaryPrimitives.ReadInt64BigEndian(ran) is >= 0 and < MostRan and var milliseconds
            ? TimeSpan.FromMilliseconds(milliseconds)
            : TimeSpan.Zero;

    /// <summary>Saves this peer's running time.</summary>
    /// <exception cref="StoreException">The value cannot be saved.</exception>
    public Task KeepRanAsync(TimeSpan ran) =>
        Writer.CallAsync(connection =>
        {
            var value = new byte[sizeof(long)];
            BinaryPrimitives.WriteInt64BigEndian(value, (long)ran.TotalMilliseconds);
            using var command = Command(
                connection,
                "INSERT INTO meta VALUES ('ran', $ran) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                ("$ran", value)
            );
            _ = command.ExecuteNonQuery();
        });

    /// <summary>Whether the store has contacts or messages.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public bool HasHistory() => List("SELECT 1 FROM peers WHERE username IS NOT NULL LIMIT 1", _ => true) is [_];

    /// <summary>Deletes one message, or all with a peer, for this person.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="StoreException">They could not be deleted.</exception>
    public async Task<int> DeleteAsync(Username with, Guid? id)
    {
        var deleted = 0;
        await Writer.CallAsync(connection => deleted = StoredMessages.Delete(connection, with, id));
        return deleted;
    }

    /// <summary>What the other side has lost, behind all that waits to be written.</summary>
    /// <param name="after">Older ones are not sent again.</param>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public async Task<StoredRecall> RecallAsync(PeerId remote, SessionEffect.Recall asked, DateTimeOffset after)
    {
        StoredRecall? found = null;
        await Writer.CallAsync(connection => found = StoredRecall.Find(connection, remote, asked, after));
        return found!;
    }

    /// <summary>Which message an idempotency key has made; null if none.</summary>
    public IdempotencyEntry? FindKey(PeerId remote, string key) =>
        List(
            "SELECT i.text_hash, i.id, i.sent_at FROM idempotency i JOIN peers p ON p.id = i.peer WHERE p.peer_id = $id AND i.key = $key",
            reader => new IdempotencyEntry(
                key,
                reader.GetFieldValue<byte[]>(0),
                new Guid(reader.GetFieldValue<byte[]>(1), bigEndian: true),
                DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(2))
            ),
            ("$id", remote.Bytes.ToArray()),
            ("$key", key)
        )
            is [var found]
            ? found
            : null;

    public void Dispose()
    {
        Writer.Dispose();
        _database.Dispose();
    }

    private static PastEpochs LoadPast(SqliteConnection connection, long peer)
    {
        using var command = Command(
            connection,
            "SELECT epoch, next FROM past_epochs WHERE peer = $peer ORDER BY epoch",
            ("$peer", peer)
        );
        using var reader = command.ExecuteReader();
        var ends = new List<Position>();
        while (reader.Read())
        {
            ends.Add(new Position((ulong)reader.GetInt64(0), (ulong)reader.GetInt64(1)));
        }

        return PastEpochs.Of(ends);
    }

    private static List<OutboxEntry> LoadOutbox(SqliteConnection connection, long peer)
    {
        using var command = Command(
            connection,
            """
            WITH
              stands AS (SELECT epoch, base, next, sent_next FROM peers WHERE id = $peer),
              hidden AS (SELECT m.* FROM messages m JOIN stands s
                WHERE m.peer = $peer AND m.hidden = 2 AND m.epoch = s.epoch AND m.sequence >= s.base),
              -- The newest of ours, but for what was given up before an epoch began: it is in between, and in the outbox no longer.
              shown AS (SELECT * FROM messages WHERE peer = $peer AND outgoing = 1 AND hidden = 0
                AND epoch = (SELECT epoch FROM stands) AND sequence >= (SELECT base FROM stands)
                ORDER BY position DESC LIMIT (SELECT next - base FROM stands) - (SELECT count(*) FROM hidden))
            SELECT m.id, m.text, m.sent_at, m.trace, m.state, m.deposited, m.sequence < (SELECT sent_next FROM stands),
              m.queued_ran, m.queued_directory, m.skip_sent
            FROM (SELECT * FROM shown UNION ALL SELECT * FROM hidden) m ORDER BY m.sequence
            """,
            ("$peer", peer)
        );
        using var reader = command.ExecuteReader();
        var entries = new List<OutboxEntry>();
        while (reader.Read())
        {
            var state = (MessageState)reader.GetInt64(4);
            var id = new Guid(reader.GetFieldValue<byte[]>(0), bigEndian: true);
            // What has been given up is a Skip.
            var message =
                state > MessageState.Read
                    ? null
                    : new OutgoingMessage(
                        id,
                        reader.GetString(1),
                        DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(2)),
                        reader.IsDBNull(3) ? null : reader.GetString(3)
                    )
                    {
                        QueuedAtRan = TimeSpan.FromMilliseconds(reader.GetInt64(7)),
                        QueuedAtDirectory = reader.IsDBNull(8)
                            ? null
                            : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(8)),
                    };
            var sent = message is not null && (state != MessageState.Queued || reader.GetInt64(6) != 0);
            var mayBeDelivered = state == MessageState.Unconfirmed && reader.GetInt64(9) == 0;
            entries.Add(
                new OutboxEntry(message, sent, reader.GetInt64(5) != 0)
                {
                    Abandoned = message is null ? new AbandonedMessage(id, mayBeDelivered) : null,
                }
            );
        }

        return entries;
    }

    private List<T> List<T>(
        string sql,
        Func<SqliteDataReader, T> read,
        params (string Name, object Value)[] parameters
    ) => Read(connection => StoredMessages.List(connection, sql, read, parameters));

    private T Read<T>(Func<SqliteConnection, T> read) => StoredMessages.Read(_database, read);

    private static SqliteCommand Command(
        SqliteConnection connection,
        string sql,
        params (string Name, object Value)[] parameters
    ) => StoredMessages.Command(connection, sql, parameters);

    private static (Username Name, PeerId Key) PersonOf(SqliteDataReader reader) =>
        (Username.Parse(reader.GetString(1)), PeerIdOf(reader));

    private static PeerId PeerIdOf(SqliteDataReader reader) => PeerId.FromHash(reader.GetFieldValue<byte[]>(0));
}

/// <summary>A conversation as the store has it.</summary>
/// <param name="TheyAsked">Whether the other side asked for the connection, not this one.</param>
/// <param name="Paused">Whether the two were disconnected by one of them, and do not connect by themselves.</param>
/// <param name="TheirCapability">What lets this peer leave mail for the other.</param>
/// <param name="Ephemeral">Whether the other has no data directory, so that its key is not pinned.</param>
internal sealed record StoredSession(
    SessionSnapshot Session,
    bool TheyAsked,
    bool Paused,
    byte[]? TheirCapability,
    bool Ephemeral
);
