using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Storage;

/// <summary>A conversation as the store has it.</summary>
/// <param name="TheyAsked">Whether the other side asked for the connection.</param>
/// <param name="Paused">Whether one of the two has disconnected, so that they do not reconnect automatically.</param>
/// <param name="TheirCapability">Lets this peer deposit mail for the other; null if it may not.</param>
/// <param name="Ephemeral">Whether the other has no data directory, so that its key is not pinned.</param>
internal sealed record StoredSession(
    SessionSnapshot Session,
    bool TheyAsked,
    bool Paused,
    byte[]? TheirCapability,
    bool Ephemeral
)
{
    public StoredTimers Timers { get; init; } = StoredTimers.None;
}

/// <summary>
/// The <c>peers</c> table: the state of each conversation, and which peers are accepted. Thread-safe.
/// </summary>
/// <exception cref="StoreException">From each member: it cannot be read or saved.</exception>
internal sealed partial class ConversationTable(StoreDatabase database, StoreWriter writer, ILogger logger)
{
    private readonly ILogger _logger = logger;
    private readonly ConcurrentDictionary<long, bool> _damaged = [];

    private const string LoadSql = """
        SELECT id, username, accepted, epoch, base, read_by_them, their_epoch, their_next, read_next, ack_owed,
          they_asked, paused,
          their_capability, checksum, their_checksum, acknowledged_epoch, acknowledged_next, their_kept_epoch,
            their_kept_next, ephemeral, introduction, features, for_rooms, unconfirmed
        FROM peers WHERE peer_id = $id
        """;

    /// <summary>Loads the state of a conversation; null if there is none.</summary>
    public StoredSession? Load(PeerId remote) =>
        database
            .Read(connection =>
                connection.List(LoadSql, reader => SessionOf(connection, reader), ("$id", remote.Bytes.ToArray()))
            )
            .FirstOrDefault();

    /// <summary>
    /// Finds the timer that a name had with its earlier key, in seconds, after all waiting work is written. 0 if
    /// messages stayed.
    /// </summary>
    public async Task<uint> EarlierTimerAsync(Username name, PeerId key)
    {
        var seconds = 0u;
        await writer.CallAsync(connection => seconds = StoredTimers.OfEarlierKey(connection, name, key));
        return seconds;
    }

    /// <summary>Lists all peers that this one has ever had a conversation with.</summary>
    public IReadOnlyList<PeerId> All() => Keys("");

    /// <summary>Lists the conversations in which either side has something to send.</summary>
    public IReadOnlyList<PeerId> Waiting() => Keys("WHERE ack_owed OR base < next OR (accepted AND introduction <> 0)");

    /// <summary>Lists accepted peers, except those that were disconnected on purpose.</summary>
    public IReadOnlyList<(Username Name, PeerId Key)> ToReconnect() => Peers("WHERE accepted AND NOT paused");

    /// <summary>Lists accepted peers, newest first. A name may appear with several keys.</summary>
    public IReadOnlyList<(Username Name, PeerId Key)> Accepted() => Peers("WHERE accepted ORDER BY id DESC");

    /// <summary>Lists acquaintances: peers that are accepted only because both are members of a room.</summary>
    public IReadOnlyList<PeerId> Acquaintances() => Keys("WHERE accepted AND for_rooms");

    /// <summary>Lists all keys that a name has had, newest first, also of former contacts.</summary>
    public IReadOnlyList<PeerId> KeysOf(Username name) =>
        Keys("WHERE username = $name ORDER BY id DESC", ("$name", name.Value));

    /// <summary>Finds the newest accepted peer with a name.</summary>
    public PeerId? FindAccepted(Username name) =>
        Keys("WHERE username = $name AND accepted ORDER BY id DESC LIMIT 1", ("$name", name.Value)) is [var found]
            ? found
            : null;

    /// <summary>Whether a peer is a contact, and not only a member of the same room.</summary>
    public bool IsContact(PeerId remote) =>
        Keys("WHERE peer_id = $id AND accepted AND NOT for_rooms", ("$id", remote.Bytes.ToArray())).Count > 0;

    /// <summary>Finds the name of an accepted peer; null if the peer is not accepted.</summary>
    public Username? AcceptedName(PeerId remote) =>
        Peers("WHERE peer_id = $id AND accepted", ("$id", remote.Bytes.ToArray())) is [var (name, _)] ? name : null;

    /// <summary>Whether there is any conversation with a named peer.</summary>
    public bool HasHistory() =>
        database.Read(connection => connection.Scalar("SELECT 1 FROM peers WHERE username IS NOT NULL LIMIT 1"))
            is not null;

    /// <summary>Saves flags that are not part of the protocol. Does nothing for an unknown peer.</summary>
    public Task SaveFlagsAsync(PeerId remote, bool theyAsked, bool paused, bool ephemeral) =>
        writer.CallAsync(connection =>
            connection.Run(
                "UPDATE peers SET they_asked = $asked, paused = $paused, ephemeral = $ephemeral WHERE peer_id = $id",
                ("$id", remote.Bytes.ToArray()),
                ("$asked", theyAsked ? 1L : 0L),
                ("$paused", paused ? 1L : 0L),
                ("$ephemeral", ephemeral ? 1L : 0L)
            )
        );

    /// <summary>
    /// Whether every conversation has an epoch above <paramref name="floor"/>, after all waiting work is written.
    /// </summary>
    public async Task<bool> EpochsAreAboveAsync(ulong floor)
    {
        var isAnyBelow = false;
        await writer.CallAsync(connection =>
            isAnyBelow =
                (long)
                    connection.Scalar(
                        "SELECT EXISTS (SELECT 1 FROM peers WHERE epoch <= $floor)",
                        ("$floor", (long)floor)
                    )! != 0
        );
        return !isAnyBelow;
    }

    private static StoredSession SessionOf(SqliteConnection connection, SqliteDataReader reader)
    {
        var row = reader.GetInt64(0);
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
            Acknowledged = PositionOf(reader, 15),
            TheirKept = reader.IsDBNull(17) ? null : PositionOf(reader, 17),
            TheirPast = PastEpochs.Of(
                connection.List(
                    "SELECT epoch, next FROM past_epochs WHERE peer = $peer ORDER BY epoch",
                    past => PositionOf(past, 0),
                    ("$peer", row)
                )
            ),
            Outbox = OutboxQuery.Read(connection, row),
        };
        Username? accepted = reader.GetInt64(2) != 0 ? Username.Parse(reader.GetString(1)) : null;
        return new StoredSession(
            new SessionSnapshot(accepted, conversation)
            {
                Introduction = (MailIntroduction)reader.GetInt64(20),
                Features = (PeerFeatures)reader.GetInt64(21),
                IsForRooms = accepted is not null && reader.GetInt64(22) != 0,
                IsUnconfirmed = reader.GetInt64(23) != 0,
            },
            TheyAsked: reader.GetInt64(10) != 0,
            Paused: reader.GetInt64(11) != 0,
            TheirCapability: reader.IsDBNull(12) ? null : reader.GetBytes(12),
            Ephemeral: reader.GetInt64(19) != 0
        )
        {
            Timers = StoredTimers.Read(connection, row),
        };
    }

    private List<PeerId> Keys(string filter, params (string Name, object? Value)[] parameters) =>
        database.Read(connection =>
            connection.ListSound($"SELECT id, peer_id FROM peers {filter}", KeyOf, ReportDamaged, parameters)
        );

    private List<(Username Name, PeerId Key)> Peers(string filter, params (string Name, object? Value)[] parameters) =>
        database.Read(connection =>
            connection.ListSound(
                $"SELECT id, peer_id, username FROM peers {filter}",
                reader => (Username.Parse(reader.GetString(2)), KeyOf(reader)),
                ReportDamaged,
                parameters
            )
        );

    // Logged once per row. The row stays, so that it can be repaired by hand.
    private void ReportDamaged(long row)
    {
        if (_damaged.TryAdd(row, true))
        {
            LogDamaged(row);
        }
    }

    private static Position PositionOf(SqliteDataReader reader, int ordinal) =>
        new((ulong)reader.GetInt64(ordinal), (ulong)reader.GetInt64(ordinal + 1));

    private static PeerId KeyOf(SqliteDataReader reader) => PeerId.FromHash(reader.GetBytes(1));

    [LoggerMessage(
        LogLevel.Error,
        "A conversation in the store is damaged and was skipped (row {Row} of peers). Restore a backup to get it back."
    )]
    private partial void LogDamaged(long row);
}
