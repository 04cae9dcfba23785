using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Sessions;
using P2PChat.Tests.Infrastructure;
using static P2PChat.Tests.Node.Services.FilePeers;

namespace P2PChat.Tests.Node.Services;

/// <summary>What files take of the disk and of this process.</summary>
public sealed class FileSpaceTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>, IDisposable
{
    private readonly FilePeers _peers = new(directory);

    public void Dispose() => _peers.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Deleted_message_does_not_free_the_space_of_its_file(bool forEveryone)
    {
        await using var alice = await _peers.StartAsync(forEveryone ? "spacea" : "spaceb");
        await using var bob = await _peers.StartAsync(forEveryone ? "spacec" : "spaced", options =>
            options.FilesPerContact = 15_000
        );
        await alice.ConnectAsync(bob);
        _ = _peers.Write("a", 10_000);
        var first = await _peers.OfferAsync(alice, bob, "a");
        _ = Files(bob).Accept(alice.Name, first);
        var path = (await ExpectAsync(bob, first, TransferState.Completed)).Path!;
        if (forEveryone)
        {
            _ = await alice.Messages.RemoveForAllAsync(bob.Name, first);
            _ = await bob.Expect<PeerEvent.MessageChanged>();
        }
        else
        {
            Assert.Equal(1, await bob.Messages.DeleteAsync(alice.Name, first));
        }

        Assert.Empty(Files(bob).All);
        var second = await _peers.OfferAsync(alice, bob, "a");
        Assert.Contains(
            "would exceed the limit",
            Assert.Throws<PeerException>(() => Files(bob).Accept(alice.Name, second)).Message,
            StringComparison.Ordinal
        );

        File.Delete(path);
        _ = Files(bob).Accept(alice.Name, second);
        _ = await ExpectAsync(bob, second, TransferState.Completed);
    }

    [Fact]
    public async Task More_files_than_may_be_begun_at_once_all_arrive()
    {
        await using var alice = await _peers.StartAsync("spacee");
        await using var bob = await _peers.StartAsync("spacef");
        await alice.ConnectAsync(bob);
        _ = _peers.Write("a", 300_000);
        var ids = new List<Guid>();
        for (var i = 0; i < 20; i++)
        {
            ids.Add(await _peers.OfferAsync(alice, bob, "a"));
        }

        ids.ForEach(id => Files(bob).Accept(alice.Name, id));

        foreach (var id in ids)
        {
            _ = await ExpectAsync(bob, id, TransferState.Completed);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task File_waits_for_the_download_folder_and_continues(bool restarts)
    {
        var (from, to) = restarts ? ("spacek", "spacel") : ("spacem", "spacen");
        var clock = new SettableClock();
        await using var alice = await _peers.StartAsync(from);
        var bob = await _peers.StartAsync(to, timeProvider: clock);
        try
        {
            await alice.ConnectAsync(bob);
            var content = _peers.Write("a", 300_000);
            var id = await _peers.OfferAsync(alice, bob, "a");
            // A file is where the folder should be.
            var folder = Path.Combine(_peers.Folder, $"downloads-{to}");
            await File.WriteAllTextAsync(folder, "");

            var waiting = Files(bob).Accept(alice.Name, id);
            Assert.Equal((TransferState.Paused, TransferProblem.NotWritable), (waiting.State, waiting.Problem));
            if (restarts)
            {
                await bob.DisposeAsync();
                bob = await _peers.StartAsync(to, timeProvider: clock);
                await bob.ConnectAsync(alice);
            }

            var first = await NextTryAsync(bob, alice, after: default);
            clock.LetPass(TimeSpan.FromSeconds(11));
            _ = await NextTryAsync(bob, alice, after: first);
            Assert.Equal(TransferState.Paused, Files(bob).Find(alice.Name, id).State);
            File.Delete(folder);
            clock.LetPass(TimeSpan.FromSeconds(11));

            var path = (await ExpectAsync(bob, id, TransferState.Completed)).Path!;
            Assert.Equal(content, await File.ReadAllBytesAsync(path));
        }
        finally
        {
            await bob.DisposeAsync();
        }
    }

    [Fact]
    public async Task File_that_waits_for_the_folder_can_be_paused()
    {
        var clock = new SettableClock();
        await using var alice = await _peers.StartAsync("spaceo");
        await using var bob = await _peers.StartAsync("spacep", timeProvider: clock);
        await alice.ConnectAsync(bob);
        _ = _peers.Write("a", 1000);
        var id = await _peers.OfferAsync(alice, bob, "a");
        var folder = Path.Combine(_peers.Folder, "downloads-spacep");
        await File.WriteAllTextAsync(folder, "");
        _ = Files(bob).Accept(alice.Name, id);

        Assert.Equal(TransferProblem.None, Files(bob).Pause(alice.Name, id).Problem);

        Assert.Throws<PeerException>(() => Files(bob).Pause(alice.Name, id));
        File.Delete(folder);
        Assert.Equal(TransferState.Active, Files(bob).Accept(alice.Name, id).State);
        _ = await ExpectAsync(bob, id, TransferState.Completed);
    }

    [Fact]
    public async Task Upload_is_deleted_with_its_message_after_the_end()
    {
        await using var alice = await _peers.StartAsync("spaceg");
        await using var bob = await _peers.StartAsync("spaceh");
        await alice.ConnectAsync(bob);
        var uploads = alice.Services.GetRequiredService<UploadService>();
        var upload = await uploads.ReceiveAsync("a", new MemoryStream(new byte[10]), CancellationToken.None);
        var offered = await Files(alice).OfferUploadAsync(bob.Name, upload.Id, mediaType: null, preview: default);
        _ = await bob.Expect<PeerEvent.TransferChanged>();
        _ = Files(bob).Accept(alice.Name, offered.Id);
        var path = (await ExpectAsync(alice, offered.Id, TransferState.Completed)).Path!;
        Assert.True(File.Exists(path));

        _ = await alice.Messages.RemoveForAllAsync(bob.Name, offered.Id);

        await Eventually.True(() => !File.Exists(path), PeerUnderTest.Soon, "the upload is deleted");
    }

    [Fact]
    [Trait("Requires", "Tmpfs")]
    public async Task File_leaves_space_for_messages_on_the_disk_of_the_store()
    {
        var disk = Path.Combine(_peers.Folder, "disk");
        Directory.CreateDirectory(disk);
        Script.Run($"mount -t tmpfs -o size=64m tmpfs {disk}");
        try
        {
            await using var alice = await _peers.StartAsync("spacei");
            await using var bob = await _peers.StartAsync("spacej", options =>
                (options.Data, options.Downloads) = (Path.Combine(disk, "data"), Path.Combine(disk, "files"))
            );
            await alice.ConnectAsync(bob);
            _ = _peers.Write("long", 80_000_000);
            var id = await _peers.OfferAsync(alice, bob, "long");

            _ = Files(bob).Accept(alice.Name, id);

            var paused = await ExpectAsync(bob, id, TransferState.Paused);
            Assert.Equal(TransferProblem.DiskFull, paused.Problem);
            Assert.InRange(new DriveInfo(disk).AvailableFreeSpace, 2_500_000, 3_600_000);
            _ = alice.Messages.Send(bob.Name, "hello");
            _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Text == "hello");
            Assert.Contains(
                "almost full",
                Assert.Throws<PeerException>(() => Files(bob).Accept(alice.Name, id)).Message,
                StringComparison.Ordinal
            );
        }
        finally
        {
            Script.Run($"umount {disk}");
        }
    }

    // When a session looks at the folder again.
    private static async Task<DateTimeOffset> NextTryAsync(
        PeerUnderTest peer,
        PeerUnderTest other,
        DateTimeOffset after
    )
    {
        var sessions = peer.Services.GetRequiredService<SessionTable>();
        await Eventually.True(
            () => sessions.Find(other.Name)?.Files.Folder.Deadline > after,
            PeerUnderTest.Soon,
            "the session looks again"
        );
        return sessions.Find(other.Name)!.Files.Folder.Deadline!.Value;
    }
}
