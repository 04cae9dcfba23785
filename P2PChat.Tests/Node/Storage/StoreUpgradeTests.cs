using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Tests.Protocol.Rooms;

namespace P2PChat.Tests.Node.Storage;

/// <summary>The migration of an older file keeps its content.</summary>
public sealed class StoreUpgradeTests : IDisposable
{
    private const int WithAnOutboxOfItsOwn = 2;
    private const int WithContacts = 8;
    private const int WithMarks = 10;
    private const int WithRooms = 15;

    private static readonly Username Bob = Username.Parse("bob");
    private static readonly PeerId BobsKey = PeerId.FromHash([7, .. new byte[PeerId.Size - 1]]);

    private readonly TempDirectory _temporary = new();
    private readonly PeerIdentity _identity = PeerIdentity.Create();

    public void Dispose()
    {
        _identity.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public void Outbox_and_history_of_version_2_survive_the_upgrade()
    {
        // Sent messages: one read in an earlier epoch, one delivered; then in the outbox one sent, one deleted, one
        // abandoned, one deposited and one queued.
        Make(
            """
            INSERT INTO peers (id, peer_id, username, accepted, epoch, base, read_by_them, their_epoch, their_next,
              read_next)
            VALUES (1, $bob, 'bob', 1, 1000, 2, 0, 5, 3, 2), (2, randomblob(32), 'carol', 1, 1000, 1, 0, 0, 0, 0);
            INSERT INTO messages (peer, outgoing, id, epoch, sequence, sent_at, state, hidden, text) VALUES
              (1, 1, x'00000000000000000000000000000001', 900, 1, 1, 2, 0, 'of an epoch before'),
              (1, 1, x'00000000000000000000000000000002', 1000, 1, 2, 2, 0, 'delivered'),
              (1, 0, x'00000000000000000000000000000003', 5, 1, 3, 7, 0, 'theirs'),
              (1, 1, x'00000000000000000000000000000004', 1000, 2, 4, 1, 0, 'sent'),
              (1, 1, x'00000000000000000000000000000005', 1000, 3, 5, 1, 1, 'deleted here'),
              (2, 1, x'00000000000000000000000000000006', 1000, 1, 6, 0, 0, 'for another'),
              (1, 1, x'00000000000000000000000000000007', 1000, 4, 7, 6, 0, 'taken back'),
              (1, 1, x'00000000000000000000000000000008', 1000, 5, 8, 1, 0, 'deposited'),
              (1, 1, x'00000000000000000000000000000009', 1000, 6, 9, 0, 0, 'queued'),
              (1, 0, x'0000000000000000000000000000000A', 5, 2, 10, 7, 0, 'theirs again');
            INSERT INTO outbox (peer, sequence, message, deposited, trace) VALUES
              (1, 2, 4, 0, 'a trace'), (1, 3, 5, 0, NULL), (1, 4, NULL, 0, NULL), (1, 5, 8, 1, NULL), (1, 6, 9, 0,
                NULL), (2, 1, 6, 0, NULL);
            INSERT INTO read_marks VALUES (1, 900, 2);
            """
        );

        using var store = Open();
        var conversation = store.Conversations.Load(BobsKey)!.Session.Conversation;
        Assert.Equal(
            (1000UL, 2UL, 5UL, 3UL, 2UL),
            (
                conversation.Epoch,
                conversation.Base,
                conversation.TheirEpoch,
                conversation.TheirNext,
                conversation.ReadNext
            )
        );
        Assert.Equal(
            [
                ("sent", true, false),
                ("deleted here", true, false),
                (null, false, false),
                ("deposited", true, true),
                ("queued", false, false),
            ],
            conversation.Outbox.Select(entry => (entry.Message?.Text, entry.Sent, entry.Deposited))
        );
        Assert.Equal("a trace", conversation.Outbox[0].Message!.TraceParent);
        Assert.Equal(
            [
                ("of an epoch before", MessageState.Read),
                ("delivered", MessageState.Delivered),
                ("theirs", MessageState.Received),
                ("sent", MessageState.Sent),
                ("taken back", MessageState.TakenBack),
                ("deposited", MessageState.Sent),
                ("queued", MessageState.Queued),
                ("theirs again", MessageState.Received),
            ],
            store.Messages.Page(Bob, null, null, 50)!.Messages.Select(message => (message.Text, message.State))
        );
        Assert.Equal(
            [(Bob, 4), (Username.Parse("carol"), 1)],
            store.Overview.Read().Select(one => (one.With, one.Waiting))
        );
        Assert.Equal(2, store.Conversations.Waiting().Count);
        Assert.Equal("theirs again", store.AfterIndexing().Search("again", null, 10).Messages.Single().Text);
    }

    [Fact]
    public void Verified_contacts_of_version_8_count_as_compared()
    {
        Make(
            """
            INSERT INTO contacts (name, peer_id, sequence, nickname, verified, blocked) VALUES
              ('bob', $bob, 5, 'the builder', 1, 0), ('carol', randomblob(32), 6, NULL, 0, 1);
            """,
            WithContacts
        );

        using var store = Open();
        Assert.Equal(
            [("bob", VerifiedBy.Comparison, false, false), ("carol", VerifiedBy.None, true, false)],
            store
                .Contacts.Load()
                .Contacts.Select(pair =>
                    (pair.Key.Value, pair.Value.VerifiedBy, pair.Value.Blocked, pair.Value.JoinedByInvite)
                )
                .Order()
        );
        Assert.Empty(store.Invites.Load());
        Assert.Empty(store.Joined.Load());
    }

    [Fact]
    public async Task Messages_of_version_10_are_kept_and_can_be_changed()
    {
        // Two of ours, of which one is delivered and read; two of theirs; a deleted one; and an archived conversation.
        Make(
            """
            INSERT INTO peers (id, peer_id, username, accepted, epoch, base, next, sent_next, read_by_them, their_epoch,
              their_next, read_next) VALUES (1, $bob, 'bob', 1, 1000, 2, 3, 3, 2, 5, 3, 2);
            INSERT INTO messages (position, peer, outgoing, id, epoch, sequence, sent_at, state, hidden, text) VALUES
              (1, 1, 1, x'00000000000000000000000000000001', 1000, 1, 1, 0, 0, 'read'),
              (2, 1, 1, x'00000000000000000000000000000002', 1000, 2, 2, 0, 2, 'deleted here'),
              (3, 1, 0, x'00000000000000000000000000000003', 5, 1, 3, 7, 0, 'theirs'),
              (4, 1, 0, x'00000000000000000000000000000004', 5, 2, 4, 7, 0, 'theirs unread');
            INSERT INTO read_marks VALUES (1, 1000, 2);
            INSERT INTO chat_marks (name, archived) VALUES ('bob', 1);
            """,
            WithMarks
        );

        using var store = Open();
        Assert.Equal(
            [("read", MessageState.Read), ("theirs", MessageState.Received), ("theirs unread", MessageState.Received)],
            store.Messages.Page(Bob, null, null, 50)!.Messages.Select(message => (message.Text, message.State))
        );
        Assert.All(store.Messages.Page(Bob, null, null, 50)!.Messages, message =>
        {
            Assert.Equal((null, null, false), (message.ReplyTo, message.EditedAt, message.IsRemoved));
            Assert.Empty(message.Reactions);
            var info = store.Details.InfoOf(message);
            Assert.Equal((null, null, null), (info.DeliveredAt, info.ReadAt, info.ReceivedAt));
        });
        var session = store.Conversations.Load(BobsKey)!.Session;
        Assert.Equal("deleted here", Assert.Single(session.Conversation.Outbox).Message!.Text);
        Assert.Equal(PeerFeatures.None, session.Features);

        var lane = new ConversationWriter(store.Writer, BobsKey, 1000, _ => { }, _ => { });
        var id = new Guid(
            new byte[15]
                .Append((byte)3)
                .ToArray(),
            bigEndian: true
        );
        var edit = new IncomingMessage(
            Guid.CreateVersion7(),
            "edited: newer",
            DateTimeOffset.FromUnixTimeMilliseconds(9),
            traceParent: null,
            5,
            3
        )
        {
            Content = new MessageContent.Edit(id),
        };
        _ = lane.Add(new Change.Received(5, 4, [edit]), key: null);
        Assert.Equal("newer", store.AfterFlush().Page(Bob, null, null, 50)!.Messages[1].Text);
        Assert.Equal(ChatMarks.None with { Archived = true }, Assert.Single(store.Marks.All()).Marks);
        Assert.Equal(1, Assert.Single(store.Overview.Read()).Unread);
        Assert.Equal("newer", Assert.Single(store.AfterIndexing().Search("newer", null, 10).Messages).Text);
        Assert.Empty(store.AfterIndexing().Search("deleted", null, 10).Messages);

        await store.Writer.CallAsync(connection => Assert.Equal("ok", connection.Scalar("PRAGMA integrity_check")));
    }

    [Fact]
    public async Task Room_of_version_15_is_kept_and_its_messages_can_be_forgotten()
    {
        var create = RoomMachine.Create(RoomKeys.Of(0), "Walks", history: 5, new byte[16]);
        var machine = new RoomMachine(RoomKeys.Of(0), new RoomSnapshot(create.Id, [create], [], []));
        Assert.Null(machine.Send(new RoomMessage("kept", DateTimeOffset.UnixEpoch)));
        Assert.Null(machine.Send(new RoomMessage("deleted here", DateTimeOffset.UnixEpoch)));
        RoomEvent[] events = [create, .. machine.Log.Order.Select(id => machine.Log.Find(id)!)];
        var last = events[^1].Id;
        var rows = events.Select(one =>
            $"(1, {Hex(one.Id.ToBytes())}, {Hex(one.WithoutBody().ToBytes())}, {Hex(one.Body!.Value.ToArray())})"
        );
        Make(
            $"""
            INSERT INTO rooms (id, room, inviter, added_at, notify, read_up_to)
              VALUES (1, {Hex(create.Id.ToBytes())}, $bob, 5, 1, {Hex(last.ToBytes())});
            INSERT INTO room_events (room, id, header, body) VALUES {string.Join(", ", rows)};
            """,
            WithRooms
        );

        using var store = Open();
        var stored = Assert.Single(store.Rooms.Load(_ => Assert.Fail("The room is damaged.")));
        Assert.Equal(events.Select(one => one.Id), stored.Snapshot.Events.Select(one => one.Id));
        Assert.All(stored.Snapshot.Events, one => Assert.NotNull(one.Body));
        Assert.Equal(
            (BobsKey, RoomNotify.Mentions, last, 0, 0),
            (stored.Inviter, stored.Notify, stored.ReadUpTo, stored.Snapshot.Forgotten.Count, stored.ForksSeen.Count)
        );
        var batch = new RoomBatch();
        batch.Add(create.Id, new RoomChange.Forgotten(last), DateTimeOffset.UnixEpoch);
        batch.SetForkSeen(create.Id, BobsKey);
        await store.Rooms.SaveAsync(batch);

        stored = store.Rooms.Load(create.Id)!;
        Assert.Equal([last], stored.Snapshot.Forgotten);
        Assert.Equal([BobsKey], stored.ForksSeen);
        Assert.Null(stored.Snapshot.Events[^1].Body);
        await store.Writer.CallAsync(connection => Assert.Equal("ok", connection.Scalar("PRAGMA integrity_check")));

        static string Hex(byte[] bytes) => $"x'{Convert.ToHexString(bytes)}'";
    }

    [Fact]
    public async Task Abandoned_event_of_version_15_keeps_no_text()
    {
        Make(
            """
            INSERT INTO peers (id, peer_id, username, accepted, epoch, base, next, sent_next, read_by_them, their_epoch,
              their_next, read_next) VALUES (1, $bob, 'bob', 1, 1000, 1, 3, 3, 0, 5, 1, 1);
            INSERT INTO messages (peer, outgoing, id, epoch, sequence, sent_at, state, hidden, text, kind, content)
            VALUES
              (1, 1, x'00000000000000000000000000000001', 1000, 1, 1, 8, 2, '', 7, x'01'),
              (1, 1, x'00000000000000000000000000000002', 1000, 2, 2, 1, 2, 'an event', 7, x'02');
            """,
            WithRooms
        );

        using var store = Open();
        Assert.Equal(
            [true, false],
            store
                .Conversations.Load(BobsKey)!
                .Session.Conversation.Outbox.Select(entry => entry.Abandoned?.MayBeDelivered == true)
        );
        await store.Writer.CallAsync(connection =>
            Assert.Equal(
                ["NULL", "X'02'"],
                connection.List("SELECT quote(content) FROM messages ORDER BY sequence", row => row.GetString(0))
            )
        );
    }

    private void Make(string rows, int version = WithAnOutboxOfItsOwn)
    {
        var path = Path.Combine(_temporary.Path, StoreFile.FileName);
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString()
        );
        connection.Open();
        StoreSchema.Execute(connection, $"PRAGMA application_id = {StoreSchema.ApplicationId};");
        StoreSchema.Migrate(connection, 0, version);
        using var command = connection.CreateCommand();
        command.CommandText = "INSERT INTO meta VALUES ('identity', $self);" + rows;
        _ = command.Parameters.AddWithValue("$self", _identity.PeerId.Bytes.ToArray());
        _ = command.Parameters.AddWithValue("$bob", BobsKey.Bytes.ToArray());
        _ = command.ExecuteNonQuery();
    }

    private PeerStore Open()
    {
        using var directory = DataDirectory.Open(_temporary.Path);
        return PeerStore.Open(directory, _identity, Username.Parse("alice"), NullLogger<PeerStore>.Instance);
    }
}
