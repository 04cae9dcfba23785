using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using P2PChat.Node.Backup;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Peer.Cli;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node.Rooms;
using P2PChat.Tests.Node.Services;

namespace P2PChat.Tests.Node.Backup;

/// <summary>Backups of a running peer, restored elsewhere.</summary>
public sealed class BackupTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>, IDisposable
{
    private const string Passphrase = "correct horse battery";

    private static int _tests;

    private readonly TempDirectory _temp = new();

    // Each test has its own name, because the first key claims it.
    private readonly string _name = $"alice{Interlocked.Increment(ref _tests)}";

    private string File => Path.Combine(_temp.Path, "alice.backup");

    [Fact]
    public async Task Restored_peer_keeps_its_identity_and_begins_new_epochs()
    {
        using var data = new TempDirectory();
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob", options =>
            options.Accept = AcceptMode.All
        );
        PeerId id;
        ulong epoch;
        await using (var alice = await StartAsync(_name, data.Path))
        {
            id = alice.Id;
            alice.StoredContacts.Remember(Username.Parse("carol"), bob.Id);
            alice.ChatMarks.SetMuted(Username.Parse("carol"), true);
            await BackUpAsync(alice);
            epoch = alice.Services.GetRequiredService<SessionContext>().NextEpoch();
        }

        var restored = Path.Combine(_temp.Path, "restored");
        Assert.Equal((0, ""), Restore(File, restored));
        await using var again = await StartAsync(_name, restored);
        Assert.Equal(id, again.Id);
        Assert.NotNull(again.StoredContacts.Find(Username.Parse("carol")));
        Assert.True(again.ChatMarks.Of(Username.Parse("carol")).Muted);
        Assert.True(again.Services.GetRequiredService<SessionContext>().NextEpoch() > epoch);

        await again.ConnectAsync(bob);
        _ = again.Messages.Send(bob.Name, "after the restore");
        Assert.Equal("after the restore", (await bob.Expect<PeerEvent.MessageReceived>()).Message.Text);
    }

    [Fact]
    public async Task Restored_peer_catches_up_in_its_room_and_keeps_edits_and_files()
    {
        using var data = new TempDirectory();
        await using var group = await RoomGroup.StartAsync(directory, Downloads, "ben", "cora");
        var (ben, cora) = (group[0], group[1]);
        await group.OpenAsync("trip");
        var (sent, path) = (Path.Combine(_temp.Path, "map.png"), Path.Combine(_temp.Path, "list.txt"));
        await System.IO.File.WriteAllTextAsync(sent, "a map");
        await System.IO.File.WriteAllTextAsync(path, "a list");
        RoomMessageView plan;
        FileTransfer offered;
        await using (var alice = await StartAsync(_name, data.Path))
        {
            await alice.ConnectAsync(ben);
            await alice.ConnectAsync(cora);
            await group.EnterAsync("trip", alice);
            await Eventually.True(() => cora.Rooms.Find("trip").Members == 3, PeerUnderTest.Soon, "alice has joined");
            plan = await alice.RoomMessages.SendAsync("trip", "plan");
            var hut = await ben.RoomMessages.SendAsync("trip", "hut");
            await group.AgreesAsync(2, alice, ben, cora);
            _ = await alice.RoomMessages.EditAsync("trip", plan.Id, "the plan");
            _ = await cora.RoomMessages.ReactAsync("trip", plan.Id, "👍");
            _ = await alice.RoomMessages.SendAsync("trip", "agreed", hut.Id);
            var hello = alice.Messages.Send(ben.Name, "helo");
            _ = await alice.Messages.EditAsync(ben.Name, hello.Id, "hello");
            offered = await FilePeers.Files(alice).OfferAsync(ben.Name, sent, mediaType: null, CancellationToken.None);
            _ = await FilePeers.Files(ben).OfferAsync(alice.Name, path, mediaType: null, CancellationToken.None);
            await group.AgreesAsync(3, alice, ben, cora);
            await Eventually.True(
                () => FilePeers.Files(alice).All.Count + FilePeers.Files(ben).All.Count == 4,
                PeerUnderTest.Soon,
                "both have both offers"
            );
            await Eventually.True(
                () => alice.RoomMessages.FindMessage("trip", plan.Id).Reactions.Count == 1,
                PeerUnderTest.Soon,
                "the reaction has arrived"
            );
            await BackUpAsync(alice);

            _ = await alice.RoomMessages.SendAsync("trip", "after the backup");
            await group.AgreesAsync(4, alice, ben, cora);
        }

        _ = await cora.RoomMessages.SendAsync("trip", "while alice is away");
        await group.AgreesAsync(5, ben, cora);
        var restored = Path.Combine(_temp.Path, "restored");
        Assert.Equal((0, ""), Restore(File, restored));
        await using var again = await StartAsync(_name, restored);
        await again.ConnectAsync(ben);
        await group.AgreesAsync(5, again, ben, cora);
        await again.ConnectAsync(cora);
        await Eventually.True(
            async () =>
            {
                try
                {
                    _ = await again.RoomMessages.SendAsync("trip", "back", idempotencyKey: "back");
                    return true;
                }
                catch (PeerException exception) when (exception.Error == PeerError.NotAllowedInRoom)
                {
                    return false;
                }
            },
            PeerUnderTest.Soon,
            "the room has caught up"
        );
        await group.AgreesAsync(6, again, ben, cora);
        var kept = again.RoomMessages.FindMessage("trip", plan.Id);
        Assert.Equal(("the plan", "👍"), (kept.Text, Assert.Single(kept.Reactions).Emoji));
        Assert.Equal("hut", again.RoomMessages.Page("trip", null, null, 10).Messages[2].ReplyTo?.Text);
        Assert.All([again, ben, cora], peer => Assert.DoesNotContain(peer.Rest(), one => one is PeerEvent.RoomForked));

        Assert.Equal(
            ["hello", "offered a file: map.png (5 bytes)", "offered a file: list.txt (6 bytes)"],
            again.Messages.Page(ben.Name, null, null, 10).Messages.Select(message => message.Text)
        );
        var list = FilePeers.Files(again).All.Single(file => !file.IsOurs);
        _ = FilePeers.Files(again).Accept(ben.Name, list.Id);
        _ = FilePeers.Files(ben).Accept(again.Name, offered.Id);
        var received = await FilePeers.ExpectAsync(again, list.Id, TransferState.Completed);
        Assert.Equal("a list", await System.IO.File.ReadAllTextAsync(received.Path!));
        var map = await FilePeers.ExpectAsync(ben, offered.Id, TransferState.Completed);
        Assert.Equal("a map", await System.IO.File.ReadAllTextAsync(map.Path!));
    }

    [Fact]
    public async Task Epochs_are_new_after_a_restore_where_the_clock_is_behind()
    {
        using var data = new TempDirectory();
        await using (var alice = await StartAsync(_name, data.Path))
        {
            await BackUpAsync(alice);
        }

        var restored = Path.Combine(_temp.Path, "restored");
        var before = DateTimeOffset.UtcNow.AddMinutes(-1);
        _ = BackupRestorer.Restore(File, restored, Passphrase, new FakeTimeProvider(DateTimeOffset.UnixEpoch));

        using var opened = P2PChat.Node.Identity.DataDirectory.Open(restored);
        var marker = new RestoredMarker(opened);
        Assert.True(marker.EpochFloor > Epochs.LastOf(before));
        marker.Clear();
        Assert.Null(new RestoredMarker(opened).EpochFloor);
    }

    [Fact]
    public async Task Opened_backup_leaves_no_file_and_can_be_restored()
    {
        using var data = new TempDirectory();
        await using var alice = await StartAsync(_name, data.Path);
        var refused = await Assert.ThrowsAsync<PeerException>(() =>
            alice.Backups.OpenNewAsync("short", CancellationToken.None)
        );
        Assert.Equal(PeerError.BadBackup, refused.Error);

        await using (var backup = await alice.Backups.OpenNewAsync(Passphrase, CancellationToken.None))
        {
            Assert.DoesNotContain(Directory.GetFiles(data.Path), file =>
                Path.GetFileName(file).StartsWith("backup", StringComparison.Ordinal)
            );
            await using var copy = System.IO.File.Create(File);
            await backup.CopyToAsync(copy);
        }

        Assert.Equal((0, ""), Restore(File, Path.Combine(_temp.Path, "restored")));
    }

    [Fact]
    public async Task Backup_is_unreadable_and_has_no_tokens()
    {
        using var data = new TempDirectory();
        await using var alice = await StartAsync(_name, data.Path);
        await BackUpAsync(alice);

        var bytes = await System.IO.File.ReadAllBytesAsync(File);
        foreach (var word in new[] { _name, "PRIVATE KEY", "peers", alice.Id.ToString(), "identity.pem" })
        {
            Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(word)) < 0, $"{word} can be read");
        }

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        }

        var restored = Path.Combine(_temp.Path, "restored");
        Assert.Equal((0, ""), Restore(File, restored));
        Assert.Equal(
            ["identity.pem", "lock", "peer.db", "restored"],
            Directory.GetFiles(restored).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
        if (!OperatingSystem.IsWindows())
        {
            Assert.All(Directory.GetFiles(restored), file =>
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(file))
            );
        }
    }

    [Fact]
    public async Task Backup_key_costs_64_MiB_and_each_backup_has_its_own_salt()
    {
        using var data = new TempDirectory();
        await using var alice = await StartAsync(_name, data.Path);
        var other = Path.Combine(_temp.Path, "other");
        await alice.Backups.BackUpAsync(File, Passphrase, force: false, CancellationToken.None);
        await alice.Backups.BackUpAsync(other, Passphrase, force: false, CancellationToken.None);

        using var one = System.IO.File.OpenRead(File);
        using var two = System.IO.File.OpenRead(other);
        var (first, second) = (BackupHeader.Read(one), BackupHeader.Read(two));
        Assert.Equal((64 * 1024, 3, 4), (first.Kdf.MemoryKiB, first.Kdf.Passes, first.Kdf.Lanes));
        Assert.NotEqual(first.Kdf.Salt, second.Kdf.Salt);
        Assert.NotEqual(first.Key(Passphrase), second.Key(Passphrase));
    }

    [Fact]
    public async Task Existing_file_is_replaced_only_with_force()
    {
        using var data = new TempDirectory();
        await using var alice = await StartAsync(_name, data.Path);
        await System.IO.File.WriteAllTextAsync(File, "precious");
        var refusal = await Assert.ThrowsAsync<PeerException>(() => BackUpAsync(alice));
        Assert.Equal(PeerError.BackupExists, refusal.Error);
        Assert.Equal("precious", await System.IO.File.ReadAllTextAsync(File));

        await BackUpAsync(alice, force: true);
        Assert.Equal((0, ""), Restore(File, Path.Combine(_temp.Path, "restored")));
        Assert.Equal([File], Directory.GetFiles(_temp.Path));
    }

    [Fact]
    public async Task Backup_contains_a_copy_of_the_store_and_deletes_the_copy()
    {
        using var data = new TempDirectory();
        await using var alice = await StartAsync(_name, data.Path);
        await System.IO.File.WriteAllTextAsync(Path.Combine(data.Path, "peer.db"), "half written");
        var backups = alice.Services.GetRequiredService<BackupWriter>();
        backups.CopyStoreAsync = (path, cancellationToken) =>
            System.IO.File.WriteAllBytesAsync(path, new byte[200_000], cancellationToken);
        await BackUpAsync(alice);

        var restored = Path.Combine(_temp.Path, "restored");
        Assert.Equal((0, ""), Restore(File, restored));
        Assert.Equal(new byte[200_000], await System.IO.File.ReadAllBytesAsync(Path.Combine(restored, "peer.db")));
        Assert.DoesNotContain(Directory.GetFiles(data.Path), file =>
            file.EndsWith("backup-of-peer.db", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Copy_left_by_a_killed_backup_is_deleted_at_the_next_start()
    {
        using var data = new TempDirectory();
        var copy = Path.Combine(data.Path, BackupWriter.StoreCopy);
        await System.IO.File.WriteAllTextAsync(copy, "what may be deleted later");

        await using var alice = await StartAsync(_name, data.Path);

        Assert.False(System.IO.File.Exists(copy));
    }

    [Fact]
    public async Task Backup_into_the_data_directory_is_refused_even_with_force()
    {
        using var data = new TempDirectory();
        await using var alice = await StartAsync(_name, data.Path);
        foreach (
            var name in new[] { "peer.db", "identity.pem", "../" + Path.GetFileName(data.Path) + "/contacts.json" }
        )
        {
            var refusal = await Assert.ThrowsAsync<PeerException>(() =>
                alice.Backups.BackUpAsync(
                    Path.Combine(data.Path, name),
                    Passphrase,
                    force: true,
                    CancellationToken.None
                )
            );
            Assert.Equal(PeerError.BadBackup, refusal.Error);
        }
    }

    [Fact]
    public async Task Invalid_path_does_not_block_the_next_backup()
    {
        using var data = new TempDirectory();
        await using var alice = await StartAsync(_name, data.Path);
        var refusal = await Assert.ThrowsAsync<PeerException>(() =>
            alice.Backups.BackUpAsync(File + "\0", Passphrase, force: false, CancellationToken.None)
        );
        Assert.Equal(PeerError.BadBackup, refusal.Error);
        await BackUpAsync(alice).WaitAsync(PeerUnderTest.Soon);
    }

    [Fact]
    public async Task Ephemeral_peer_refuses_a_backup()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, _name);
        Assert.Equal(PeerError.BadBackup, (await Assert.ThrowsAsync<PeerException>(() => BackUpAsync(alice))).Error);
    }

    public void Dispose() => _temp.Dispose();

    private Task<PeerUnderTest> StartAsync(string name, string data) =>
        PeerUnderTest.StartAsync(directory, name, options =>
        {
            (options.Ephemeral, options.Data) = (false, data);
            Downloads(options);
        });

    private void Downloads(PeerOptions options) =>
        options.Downloads = Path.Combine(_temp.Path, $"downloads-{options.Username}");

    private Task BackUpAsync(PeerUnderTest peer, bool force = false)
    {
        peer.Services.GetRequiredService<BackupWriter>().NewKdf = () =>
            new PassphraseKdf(1024, 1, 1, new byte[PassphraseKdf.SaltSize]);
        return peer.Backups.BackUpAsync(File, Passphrase, force, CancellationToken.None);
    }

    private static (int ExitCode, string Errors) Restore(string file, string data)
    {
        using var errors = new StringWriter();
        return (
            RestoreProgram.Run(
                new CommandLine.Restore(file, null, data, null),
                _ => Passphrase,
                TimeProvider.System,
                TextWriter.Null,
                errors
            ),
            errors.ToString()
        );
    }
}
