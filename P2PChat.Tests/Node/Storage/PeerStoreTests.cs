using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Fuzzing;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Protocol.Sessions.Conversations;

namespace P2PChat.Tests.Node.Storage;

/// <summary>The database file: round trips, refused files, and a full disk.</summary>
public sealed class PeerStoreTests : IDisposable
{
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);
    private static readonly Username Alice = Username.Parse("alice");
    private static readonly Username Bob = Username.Parse("bob");
    private static readonly PeerId BobsKey = PeerId.FromHash([7, .. new byte[PeerId.Size - 1]]);

    private readonly TempDirectory _temporary = new();
    private readonly PeerIdentity _identity = PeerIdentity.Create();
    private PeerStore _store;
    private ConversationWriter _lane;
    private long _committed;
    private StoreException? _failure;

    public PeerStoreTests()
    {
        _store = Open();
        _lane = Lane(BobsKey);
    }

    private string FilePath => Path.Combine(_temporary.Path, StoreFile.FileName);

    public void Dispose()
    {
        _store.Dispose();
        _identity.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public async Task Conversation_state_survives_a_restart_after_any_changes()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var key = PeerId.FromHash([(byte)seed, 1, .. new byte[PeerId.Size - 2]]);
            _lane = Lane(key);
            var (random, machine, stored) = (
                new Random(seed),
                new RecordedConversation(1000, new ConversationOptions()),
                new StoredConversation(new ConversationSnapshot(1000))
            );
            var effects = new List<SessionEffect>();
            var frames = new FrameMaker(random, () => 1000);
            machine.LinkOpened(1, effects);
            Keep(new Change.Accepted(Bob), stored);
            for (var step = 0; step < 150; step++)
            {
                switch (random.Next(8))
                {
                    case 0 or 1:
                        var message = new OutgoingMessage(Guid.CreateVersion7(), $"text {step}", Start)
                        {
                            QueuedAtRan = TimeSpan.FromDays(step),
                            QueuedAtDirectory = step % 3 == 0 ? Start.AddDays(step) : null,
                        };
                        _ = machine.Send(message, effects);
                        break;
                    case 7:
                        machine.Expire(new TimeReading(Start.AddDays(step), TimeSpan.FromDays(step + 5)), effects);
                        break;
                    case 2 when machine.Snapshot.Outbox is [{ Message: { } first }, ..]:
                        _ = machine.GiveUp(first.Id, effects);
                        break;
                    case 3
                        when machine.Compose(2000, effects)
                            && effects.OfType<SessionEffect.Deposit>().LastOrDefault() is { } deposit:
                        machine.Deposited(deposit.Mail, effects);
                        break;
                    case 4 when random.Next(3) == 0:
                        machine.MailboxesLost(effects);
                        break;
                    default:
                        var frame = frames.NextOn(new LinkStage(isOutbound: false) { Frames = random.Next(2, 6) });
                        if (frame.Message is { } theirs)
                        {
                            theirs.Id = Google.Protobuf.ByteString.CopyFrom(Guid.NewGuid().ToByteArray());
                        }

                        machine.Receive(1, frame, effects);
                        break;
                }

                foreach (var store in effects.OfType<SessionEffect.Store>())
                {
                    Keep(store.Change, stored);
                }

                effects.Clear();
            }

            await CommittedAsync();
            Reopen();
            var loaded = _store.Conversations.Load(key)!;
            Assert.Equal(Bob, loaded.Session.AcceptedAs);
            stored.AssertIs(loaded.Session.Conversation);
            stored.AssertIs(machine.Snapshot);
        }
    }

    [Fact]
    public async Task Renumbering_keeps_messages_queued_before_an_abandoned_one()
    {
        var (machine, effects) = (new RecordedConversation(1000, new ConversationOptions()), new List<SessionEffect>());
        var messages = "one,given up,two,deleted here,three"
            .Split(',')
            .Select(text => new OutgoingMessage(Guid.CreateVersion7(), text, Start))
            .ToList();
        _lane.Add(new Change.Accepted(Bob), null);
        foreach (var message in messages)
        {
            _ = machine.Send(message, effects);
        }
        // A clock that was set back makes the later message older.
        Assert.True(machine.GiveUp(messages[1].Id, effects, AbandonReason.Expired));
        machine.BeginEpoch(2000, effects);
        await KeepAsync();
        Reopen();
        Assert.Equal(machine.Snapshot.Outbox, _store.Conversations.Load(BobsKey)!.Session.Conversation.Outbox);

        _lane = Lane(BobsKey);
        Assert.Equal(1, await _store.DeleteAsync(Bob, messages[3].Id));
        Assert.True(machine.Compose(100_000, effects));
        machine.Deposited(effects.OfType<SessionEffect.Deposit>().Single().Mail, effects);
        await KeepAsync();
        Assert.All(machine.Snapshot.Outbox, entry => Assert.True(entry.Deposited));
        Assert.Equal(machine.Snapshot.Outbox, _store.Conversations.Load(BobsKey)!.Session.Conversation.Outbox);

        Task KeepAsync()
        {
            foreach (var store in effects.OfType<SessionEffect.Store>())
            {
                _lane.Add(store.Change, null);
            }

            effects.RemoveAll(effect => effect is SessionEffect.Store);
            return CommittedAsync();
        }
    }

    [Fact]
    public async Task Message_acknowledged_after_it_was_abandoned_is_delivered()
    {
        var (machine, effects) = (new RecordedConversation(1000, new ConversationOptions()), new List<SessionEffect>());
        _lane.Add(new Change.Accepted(Bob), null);
        _ = machine.Send(new OutgoingMessage(Guid.CreateVersion7(), "late", Start), effects);
        Assert.True(machine.Compose(1000, effects));
        machine.Deposited(effects.OfType<SessionEffect.Deposit>().Single().Mail, effects);
        machine.Expire(new TimeReading(Start, TimeSpan.FromDays(14)), effects);
        await KeepAsync();
        Assert.Equal(MessageState.Unconfirmed, _store.Messages.Page(Bob, null, null, 1)!.Messages.Single().State);

        Reopen();
        _lane = Lane(BobsKey);
        machine = new RecordedConversation(
            _store.Conversations.Load(BobsKey)!.Session.Conversation,
            new ConversationOptions()
        );
        machine.LinkOpened(1, effects);
        machine.Receive(
            1,
            new Frame
            {
                Resume = new Resume
                {
                    SendEpoch = 5,
                    SendBase = 1,
                    ReceiveEpoch = 1000,
                    ReceiveNext = 2,
                },
            },
            effects
        );
        await KeepAsync();
        Assert.Equal(MessageState.Delivered, _store.Messages.Page(Bob, null, null, 1)!.Messages.Single().State);
        Assert.Equal(machine.Snapshot.Outbox, _store.Conversations.Load(BobsKey)!.Session.Conversation.Outbox);

        Task KeepAsync()
        {
            foreach (var store in effects.OfType<SessionEffect.Store>())
            {
                _lane.Add(store.Change, null);
            }

            effects.Clear();
            return CommittedAsync();
        }
    }

    [Fact]
    public async Task Running_time_survives_a_restart()
    {
        Assert.Equal(TimeSpan.Zero, _store.Meta.LoadRunningTime());
        await _store.Meta.SaveRunningTimeAsync(TimeSpan.FromDays(3));
        await _store.Meta.SaveRunningTimeAsync(TimeSpan.FromDays(4));
        Reopen();
        Assert.Equal(TimeSpan.FromDays(4), _store.Meta.LoadRunningTime());
    }

    [Fact]
    public async Task Malformed_message_is_reported_as_a_damaged_store()
    {
        _lane.Add(new Change.Accepted(Bob), null);
        _lane.Add(new Change.Received(5, 2, [Incoming("once", 1)]), null);
        await CommittedAsync();

        await _store.Writer.CallAsync(connection =>
            StoreSchema.Execute(connection, "UPDATE messages SET sent_at = 999999999999999")
        );

        var failure = Assert.Throws<StoreException>(() => _store.Messages.Page(Bob, null, null, 1));
        Assert.Contains("the store is damaged", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("username = 'no name'")]
    [InlineData("peer_id = x'01'")]
    public async Task Damaged_conversation_is_skipped_and_kept(string damage)
    {
        var carol = PeerId.FromHash([9, .. new byte[PeerId.Size - 1]]);
        _lane.Add(new Change.Accepted(Bob), null);
        await CommittedAsync();
        await _store.Writer.CallAsync(connection =>
        {
            StoreSchema.Execute(connection, $"UPDATE peers SET ack_owed = 1, {damage}");
            _ = connection.Run(
                "INSERT INTO peers (peer_id, username, accepted, epoch, ack_owed) VALUES ($carol, 'carol', 1, 1000, 1)",
                ("$carol", carol.Bytes.ToArray())
            );
        });

        Assert.Equal([carol], _store.Conversations.ToReconnect().Select(peer => peer.Key));
        Assert.Equal([carol], _store.Conversations.Accepted().Select(peer => peer.Key));
        Assert.Contains(carol, _store.Conversations.Waiting());
        Assert.Contains(carol, _store.Conversations.All());
        Assert.Contains(Username.Parse("carol"), _store.Overview.Read().Select(one => one.With));
        await _store.Writer.CallAsync(connection => Assert.Equal(2L, connection.Scalar("SELECT count(*) FROM peers")));
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public async Task Impossible_running_time_is_loaded_as_zero(long milliseconds)
    {
        await _store.Meta.SaveRunningTimeAsync(TimeSpan.FromDays(3));
        await _store.Writer.CallAsync(connection =>
            StoreSchema.Execute(connection, $"UPDATE meta SET value = x'{milliseconds:x16}' WHERE key = 'ran'")
        );

        Assert.Equal(TimeSpan.Zero, _store.Meta.LoadRunningTime());
    }

    [Fact]
    public async Task Unreadable_running_time_is_reported_at_the_start()
    {
        await _store.Writer.CallAsync(_ => { });
        // Outside the writer, because a transaction may not truncate the log.
        using (var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False"))
        {
            connection.Open();
            StoreSchema.Execute(connection, "PRAGMA wal_checkpoint(TRUNCATE);");
        }

        SqliteConnection.ClearAllPools();
        using (var file = new FileStream(FilePath, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            // The table of tables follows the header.
            file.Position = 100;
            file.Write(new byte[3996]);
        }

        var refusal = Assert.Throws<PeerStartException>(() =>
            new MessageClock(TimeProvider.System, new DirectoryTime(TimeProvider.System), _store)
        );

        Assert.Contains("the store is damaged", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Message_received_again_under_another_number_is_stored_once()
    {
        var message = Incoming("once", 1);
        _lane.Add(new Change.Accepted(Bob), null);
        _lane.Add(new Change.Received(5, 2, [message]), null);
        _lane.Add(new Change.Received(6, 2, [message with { Epoch = 6 }]), null);
        await CommittedAsync();

        Assert.True(_lane.WasSeenBefore(message.Id));
        Assert.Equal(["once"], _store.Messages.Page(Bob, null, null, 10)!.Messages.Select(kept => kept.Text));
    }

    [Fact]
    public async Task Missing_and_past_epochs_survive_a_restart()
    {
        _lane.Add(new Change.Accepted(Bob), null);
        _lane.Add(new Change.Received(5, 4, []), null);
        _lane.Add(new Change.Received(6, 1, []) { Kept = new Position(5, 4) }, null);
        await CommittedAsync();
        Reopen();
        Assert.Equal(new Position(5, 4), _store.Conversations.Load(BobsKey)!.Session.Conversation.TheirKept);

        _lane = Lane(BobsKey);
        _lane.Add(new Change.Received(6, 3, []) { Kept = new Position(5, 4) }, null);
        _lane.Add(new Change.Received(7, 1, []), null);
        await CommittedAsync();
        Reopen();

        var loaded = _store.Conversations.Load(BobsKey)!.Session.Conversation;
        Assert.Null(loaded.TheirKept);
        // Nothing of epoch 6 was complete.
        Assert.Equal(PastEpochs.Of([default, new Position(5, 4)]), loaded.TheirPast);
    }

    [Fact]
    public async Task Messages_are_paged_searched_and_deleted()
    {
        _lane.Add(new Change.Accepted(Bob), null);
        for (var i = 1; i <= 25; i++)
        {
            _lane.Add(
                new Change.Received(
                    5,
                    (ulong)i + 1,
                    [Incoming(i % 5 == 0 ? $"Fünf Äpfel {i}" : $"birne {i}", (ulong)i)]
                ),
                null
            );
        }

        await CommittedAsync();

        var newest = _store.Messages.Page(Bob, null, null, 10)!;
        Assert.Equal("birne 16", newest.Messages[0].Text);
        var older = _store.Messages.Page(Bob, null, newest.Next, 10)!;
        Assert.Equal(("birne 6", "Fünf Äpfel 15"), (older.Messages[0].Text, older.Messages[^1].Text));
        Assert.Equal(25, _store.Messages.All(Bob)!.Count());
        Assert.Equal("birne 7", _store.Messages.Page(Bob, older.Messages[0].Id, null, 1)!.Messages[0].Text);
        Assert.Null(_store.Messages.Page(Username.Parse("nobody"), null, null, 10));

        var found = _store.AfterIndexing().Search("äpfel fun", null, 3);
        Assert.Equal(
            ["Fünf Äpfel 25", "Fünf Äpfel 20", "Fünf Äpfel 15"],
            found.Messages.Select(message => message.Text)
        );
        Assert.Equal(
            ["Fünf Äpfel 10", "Fünf Äpfel 5"],
            _store.AfterIndexing().Search("äpfel fun", found.Next, 3).Messages.Select(message => message.Text)
        );
        Assert.Empty(_store.AfterIndexing().Search("\"OR* birne\" NEAR(", null, 3).Messages);
        Assert.Empty(_store.AfterIndexing().Search("* ' -", null, 3).Messages);
        Assert.Equal(
            "birne 7",
            Assert
                .Single(_store.AfterIndexing().Search("birne\07", null, 3).Messages, message =>
                    message.Text == "birne 7"
                )
                .Text
        );

        Assert.Equal(1, await _store.DeleteAsync(Bob, found.Messages[0].Id));
        Assert.Equal("Fünf Äpfel 20", _store.AfterIndexing().Search("äpfel", null, 1).Messages[0].Text);
        Assert.Equal(24, await _store.DeleteAsync(Bob, null));
        Assert.Empty(_store.Messages.Page(Bob, null, null, 10)!.Messages);
        Assert.Empty(_store.AfterIndexing().Search("birne", null, 10).Messages);
    }

    [Fact]
    public async Task Message_deleted_while_queued_is_sent_and_then_wiped()
    {
        var message = new OutgoingMessage(Guid.CreateVersion7(), "unmistakable-words", Start);
        _lane.Add(new Change.Accepted(Bob), null);
        _lane.Add(new Change.Queued(1000, 1, message, Sent: true), null);
        await CommittedAsync();
        _ = await _store.DeleteAsync(Bob, null);
        Assert.Equal(message, Assert.Single(_store.Conversations.Load(BobsKey)!.Session.Conversation.Outbox).Message);

        _lane.Add(new Change.Acknowledged(1000, 2, ItemChecksum.Start), null);
        await CommittedAsync();
        Assert.Empty(_store.Messages.Page(Bob, null, null, 10)!.Messages);
        Assert.Empty(_store.Messages.Find(BobsKey, message.Id)!.Text);
    }

    [Fact]
    public async Task Full_disk_fails_all_changes_until_there_is_space()
    {
        _lane.Add(new Change.Accepted(Bob), null);
        await CommittedAsync();
        await _store.Writer.CallAsync(connection => StoreSchema.Execute(connection, "PRAGMA max_page_count = 60"));

        var kept = 0UL;
        for (var i = 1UL; _failure is null && i < 1000; i++)
        {
            kept = Math.Max(kept, (ulong)Interlocked.Read(ref _committed));
            _lane.Add(
                new Change.Queued(
                    1000,
                    i,
                    new OutgoingMessage(Guid.CreateVersion7(), new string('x', 10_000), Start),
                    Sent: false
                ),
                null
            );
            var ticket = _lane.LastTicket;
            await Eventually.True(
                () => _failure is not null || Interlocked.Read(ref _committed) >= ticket,
                PeerUnderTest.Soon,
                "it is kept, or not"
            );
        }

        Assert.Contains("disk is full", _failure!.Message, StringComparison.Ordinal);
        var outbox = _store.Conversations.Load(BobsKey)!.Session.Conversation.Outbox;
        Assert.Equal(_committed - 1, outbox.Count);
        Assert.Equal(_lane.Written - 1, outbox.Count);

        await _store.Writer.CallAsync(connection => StoreSchema.Execute(connection, "PRAGMA max_page_count = 100000"));
        _lane = Lane(BobsKey);
        _lane.Add(
            new Change.Queued(
                1000,
                (ulong)outbox.Count + 1,
                new OutgoingMessage(Guid.CreateVersion7(), "again", Start),
                Sent: false
            ),
            null
        );
        await CommittedAsync();
        Assert.Equal("again", _store.Conversations.Load(BobsKey)!.Session.Conversation.Outbox[^1].Message!.Text);
    }

    [Fact]
    public async Task Failed_change_breaks_only_its_own_conversation()
    {
        using var held = new ManualResetEventSlim();
        var holding = _store.Writer.CallAsync(_ => held.Wait());
        var others = new List<ConversationWriter>();
        var (kept, failures) = (
            new ConcurrentDictionary<ConversationWriter, long>(),
            new ConcurrentQueue<StoreException>()
        );
        for (byte i = 1; i <= 2; i++)
        {
            ConversationWriter other = null!;
            other = new ConversationWriter(
                _store.Writer,
                PeerId.FromHash([i, .. new byte[PeerId.Size - 1]]),
                1000,
                ticket => kept[other] = ticket,
                failures.Enqueue
            );
            others.Add(other);
        }

        // The same key twice, with valid changes in between.
        _lane.Add(new Change.Accepted(Bob), null);
        others[0].Add(new Change.Accepted(Username.Parse("first")), null);
        var message = new OutgoingMessage(Guid.CreateVersion7(), "well at first", Start);
        _lane.Add(
            new Change.Queued(1000, 1, message, Sent: false),
            new IdempotencyEntry("key", new byte[] { 1 }, message.Id, Start)
        );
        _lane.Add(
            new Change.Queued(1000, 2, message, Sent: false),
            new IdempotencyEntry("key", new byte[] { 1 }, message.Id, Start)
        );
        others[0]
            .Add(
                new Change.Queued(1000, 1, new OutgoingMessage(Guid.CreateVersion7(), "well", Start), Sent: false),
                null
            );
        others[1].Add(new Change.Accepted(Username.Parse("second")), null);
        held.Set();
        await holding;

        await Eventually.True(() => _failure is not null, PeerUnderTest.Soon, "the failed change is reported");
        await Eventually.True(
            () => others.All(other => kept.GetValueOrDefault(other) == other.LastTicket),
            PeerUnderTest.Soon,
            "the others are kept"
        );
        Assert.Empty(failures);
        Assert.Null(_store.Conversations.Load(BobsKey));
        Assert.Equal(
            "well",
            Assert.Single(_store.Conversations.Load(others[0].Remote)!.Session.Conversation.Outbox).Message!.Text
        );
        Assert.Equal(Username.Parse("second"), _store.Conversations.Load(others[1].Remote)!.Session.AcceptedAs);
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("text")]
    [InlineData("another database")]
    [InlineData("a torn page")]
    public void Damaged_file_is_refused_and_left_unchanged(string damage)
    {
        _lane.Add(new Change.Accepted(Bob), null);
        _store.Dispose();
        var bytes = File.ReadAllBytes(FilePath);
        switch (damage)
        {
            case "nothing":
                File.WriteAllBytes(FilePath, []);
                break;
            case "text":
                File.WriteAllText(FilePath, new string('t', 5000));
                break;
            case "another database":
                bytes[71] ^= 1;
                File.WriteAllBytes(FilePath, bytes);
                break;
            case "a torn page":
                Array.Fill(bytes, (byte)0xEE, 4096, bytes.Length - 4096);
                File.WriteAllBytes(FilePath, bytes);
                break;
        }

        var damaged = File.ReadAllBytes(FilePath);
        var refusal = Assert.Throws<PeerStartException>(Open);
        Assert.Contains("damaged", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Restore it from a backup", refusal.Message, StringComparison.Ordinal);
        SqliteConnection.ClearAllPools();
        Assert.Equal(damaged, File.ReadAllBytes(FilePath));

        File.Delete(FilePath);
        _store = Open();
    }

    [Fact]
    public async Task Log_without_its_file_is_refused()
    {
        _lane.Add(new Change.Accepted(Bob), null);
        await CommittedAsync();
        var log = FilePath + "-wal";
        var left = File.ReadAllBytes(log);
        _store.Dispose();
        File.Delete(FilePath);
        File.WriteAllBytes(log, left);

        Assert.Contains("is missing", Assert.Throws<PeerStartException>(Open).Message, StringComparison.Ordinal);
        Assert.Equal(left, File.ReadAllBytes(log));
        Assert.False(File.Exists(FilePath));

        File.Delete(log);
        _store = Open();
        Assert.Empty(_store.Conversations.All());
    }

    [Fact]
    public void Newer_file_or_another_identitys_is_refused_and_left_unchanged()
    {
        _store.Dispose();
        var bytes = File.ReadAllBytes(FilePath);
        bytes[63] = 200;
        File.WriteAllBytes(FilePath, bytes);
        Assert.Contains(
            "newer version of P2PChat (store version 200",
            Assert.Throws<PeerStartException>(Open).Message,
            StringComparison.Ordinal
        );
        Assert.Equal(bytes, File.ReadAllBytes(FilePath));

        bytes[63] = (byte)StoreSchema.Version;
        File.WriteAllBytes(FilePath, bytes);
        using var other = PeerIdentity.Create();
        var refusal = Assert.Throws<PeerStartException>(() => Open(other));
        Assert.Contains("does not belong to the identity", refusal.Message, StringComparison.Ordinal);
        _store = Open();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Schema_version_is_read_from_the_log_of_a_killed_process(int beyond)
    {
        _store.Dispose();
        File.Delete(FilePath);
        using (var old = new SqliteConnection($"Data Source={FilePath};Pooling=False"))
        {
            old.Open();
            StoreSchema.Execute(
                old,
                $"PRAGMA application_id = {StoreSchema.ApplicationId}; PRAGMA journal_mode = WAL;"
            );
            StoreSchema.Migrate(old, 0, to: 1);
            using var command = new SqliteCommand("INSERT INTO meta VALUES ('identity', $self)", old);
            _ = command.Parameters.AddWithValue("$self", _identity.PeerId.Bytes.ToArray());
            _ = command.ExecuteNonQuery();
        }

        using var killed = new SqliteConnection($"Data Source={FilePath};Pooling=False");
        killed.Open();
        StoreSchema.Migrate(killed, 1, StoreSchema.Version);
        StoreSchema.Execute(killed, $"PRAGMA user_version = {StoreSchema.Version + beyond}");
        var files = Directory.GetFiles(_temporary.Path).ToDictionary(path => path, File.ReadAllBytes);
        killed.Close();
        foreach (var (path, bytes) in files)
        {
            File.WriteAllBytes(path, bytes);
        }

        Assert.Equal(1, files[FilePath][63]);

        if (beyond == 0)
        {
            _store = Open();
            Assert.Empty(_store.Conversations.All());
            return;
        }

        Assert.Contains(
            "newer version of P2PChat",
            Assert.Throws<PeerStartException>(Open).Message,
            StringComparison.Ordinal
        );
        SqliteConnection.ClearAllPools();
        foreach (var path in files.Keys)
        {
            File.Delete(path);
        }

        _store = Open();
    }

    private void Keep(Change change, StoredConversation stored)
    {
        stored.Apply(change);
        _lane.Add(change, null);
    }

    private static IncomingMessage Incoming(string text, ulong sequence) =>
        new(Guid.CreateVersion7(), text, Start, null, 5, sequence);

    private Task CommittedAsync()
    {
        var ticket = _lane.LastTicket;
        return Eventually.True(
            () => Interlocked.Read(ref _committed) >= ticket,
            PeerUnderTest.Soon,
            $"all is committed ({_failure?.InnerException})"
        );
    }

    private void Reopen()
    {
        _store.Dispose();
        _store = Open();
    }

    private ConversationWriter Lane(PeerId key)
    {
        (_committed, _failure) = (0, null);
        return new ConversationWriter(
            _store.Writer,
            key,
            1000,
            ticket => InterlockedMax(ticket),
            failure => _failure = failure
        );
    }

    private void InterlockedMax(long ticket)
    {
        lock (_temporary)
        {
            Interlocked.Exchange(ref _committed, Math.Max(_committed, ticket));
        }
    }

    private PeerStore Open() => Open(_identity);

    private PeerStore Open(PeerIdentity identity)
    {
        var file = DataDirectory.Open(_temporary.Path);
        try
        {
            return PeerStore.Open(file, identity, Alice, NullLogger<PeerStore>.Instance);
        }
        finally
        {
            file.Dispose();
        }
    }
}
