using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node.Paths;

namespace P2PChat.Tests.Node.Services;

/// <summary>Files between two peers over real sockets.</summary>
public sealed class FileTransferTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>, IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(256 * 1024)]
    [InlineData(5_000_000)]
    public async Task File_is_offered_accepted_and_complete(int size)
    {
        await using var alice = await StartAsync($"alice{size}");
        await using var bob = await StartAsync($"bob{size}");
        await alice.ConnectAsync(bob);
        var content = Write("report.pdf", size);

        var offered = await Files(alice)
            .OfferAsync(bob.Name, PathOf("report.pdf"), mediaType: null, CancellationToken.None);
        Assert.Equal((TransferState.Offered, "report.pdf", (long)size), (offered.State, offered.Name, offered.Size));
        Assert.Equal("application/pdf", offered.MediaType);
        var received = await bob.Expect<PeerEvent.MessageReceived>();
        Assert.StartsWith("offered a file: report.pdf (", received.Message.Text, StringComparison.Ordinal);
        Assert.Equal(offered.Id, received.Message.Id);
        _ = await bob.Expect<PeerEvent.TransferChanged>(changed => changed.Transfer.State == TransferState.Offered);

        _ = Files(bob).Accept(alice.Name, offered.Id);
        var completed = await CompletedAsync(bob);
        Assert.Equal(content, await File.ReadAllBytesAsync(completed.Path!));
        Assert.Equal(size, completed.Done);
        Assert.Equal("report.pdf", Path.GetFileName(completed.Path));
        _ = await CompletedAsync(alice);
        Assert.Equal(TransferState.Completed, Assert.Single(Files(alice).All).State);
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(completed.Path)!));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(completed.Path!));
        }
    }

    [Fact]
    public async Task Settings_accept_small_files_of_contacts_and_hold_others()
    {
        await using var alice = await StartAsync("anna");
        await using var bob = await StartAsync("bill");
        await alice.ConnectAsync(bob);
        bob.Services.GetRequiredService<SettingsService>().Set("accept-files", "contacts");
        bob.Services.GetRequiredService<SettingsService>().Set("accept-files-up-to", "1MiB");
        Write("small", 1_000_000);
        Write("large", 1_100_000);

        await OfferAsync(alice, bob, "large");
        await OfferAsync(alice, bob, "small");
        await OfferAsync(alice, bob, "small");

        Assert.Equal("small", (await CompletedAsync(bob)).Name);
        Assert.Equal("small (2)", Path.GetFileName((await CompletedAsync(bob)).Path));
        Assert.Equal(TransferState.Offered, Files(bob).All.Single(file => file.Name == "large").State);
    }

    [Fact]
    public async Task Transfer_continues_after_a_cut_and_after_restarts()
    {
        await using var alice = await StartAsync("alma", data: "alma");
        var content = Write("long", 30_000_000);
        var bob = await StartAsync("bert", data: "bert");
        await alice.ConnectAsync(bob);
        var id = await OfferAsync(alice, bob, "long");
        _ = Files(bob).Accept(alice.Name, id);
        _ = await bob.Expect<PeerEvent.TransferChanged>(changed => changed.Transfer.State == TransferState.Active);
        await alice.CutLinksAsync();
        await Eventually.True(() => !alice.IsConnectedTo(bob), PeerUnderTest.Soon, "the link is cut");
        await bob.DisposeAsync();

        await using var again = await StartAsync("bert", data: "bert");
        await alice.ConnectAsync(again);
        var completed = await CompletedAsync(again);
        Assert.Equal(content, await File.ReadAllBytesAsync(completed.Path!));
        _ = await CompletedAsync(alice);
    }

    [Fact]
    public async Task Either_side_can_pause_and_cancel()
    {
        await using var alice = await StartAsync("ada");
        await using var bob = await StartAsync("ben");
        await alice.ConnectAsync(bob);
        Write("long", 40_000_000);
        var id = await OfferAsync(alice, bob, "long");
        _ = Files(bob).Accept(alice.Name, id);
        _ = await alice.Expect<PeerEvent.TransferChanged>(changed => changed.Transfer.State == TransferState.Active);

        _ = Files(alice).Pause(bob.Name, id);
        _ = await bob.Expect<PeerEvent.TransferChanged>(changed => changed.Transfer.IsPausedByThem);
        _ = Files(alice).Accept(bob.Name, id);
        _ = await bob.Expect<PeerEvent.TransferChanged>(changed => !changed.Transfer.IsPausedByThem);

        _ = Files(bob).Pause(alice.Name, id);
        _ = await alice.Expect<PeerEvent.TransferChanged>(changed => changed.Transfer.IsPausedByThem);
        Assert.Equal(TransferState.Cancelled, Files(bob).Cancel(alice.Name, id).State);
        await Eventually.True(
            () => Directory.GetFileSystemEntries(_temp.Path, "*.part", SearchOption.AllDirectories).Length == 0,
            PeerUnderTest.Soon,
            "what has arrived is deleted"
        );
        Assert.Equal(
            "This transfer has ended. Its sender can offer it again.",
            RefusalOf(() => Files(bob).Accept(alice.Name, id))
        );

        var declined = await OfferAsync(alice, bob, "long");
        Assert.Equal(TransferState.Declined, Files(bob).Cancel(alice.Name, declined).State);
        _ = await alice.Expect<PeerEvent.TransferChanged>(changed => changed.Transfer.State == TransferState.Declined);
    }

    [Fact]
    public async Task Changed_file_ends_its_transfer_and_not_the_conversation()
    {
        await using var alice = await StartAsync("ava");
        await using var bob = await StartAsync("bob");
        await alice.ConnectAsync(bob);
        Write("notes", 300_000);
        var id = await OfferAsync(alice, bob, "notes");
        Write("notes", 300_000, seed: 2);

        _ = Files(bob).Accept(alice.Name, id);
        var failed = await bob.Expect<PeerEvent.TransferChanged>(changed =>
            changed.Transfer.State == TransferState.Failed
        );
        Assert.Equal(TransferProblem.Changed, failed.Transfer.Problem);
        _ = alice.Messages.Send(bob.Name, "hello");
        _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Text == "hello");

        File.Delete(PathOf("notes"));
        Write("gone", 10);
        var gone = await OfferAsync(alice, bob, "gone");
        File.Delete(PathOf("gone"));
        _ = Files(bob).Accept(alice.Name, gone);
        failed = await bob.Expect<PeerEvent.TransferChanged>(changed => changed.Transfer.State == TransferState.Failed);
        Assert.Equal(TransferProblem.Unavailable, failed.Transfer.Problem);
    }

    [Fact]
    public async Task Transfer_continues_on_another_path()
    {
        await using var alice = await PathPeers.StartAsync(directory, "aino", Downloads);
        await using var bob = await PathPeers.StartAsync(directory, "bjorn", Downloads);
        await alice.ConnectAsync(bob);
        Assert.Equal(PathKind.Relayed, alice.PathTo(bob));
        var content = Write("long", 30_000_000);
        var id = await OfferAsync(alice, bob, "long");
        _ = Files(bob).Accept(alice.Name, id);
        await FilePeers.ArrivingAsync(_temp.Path);

        alice.OfferPort();
        bob.OfferPort();
        alice.SearchNow();
        Assert.Equal(PathKind.Punched, (await bob.Expect<PeerEvent.PathChanged>()).Path);
        Assert.Equal(TransferState.Active, Files(bob).Find(alice.Name, id).State);
        var completed = await CompletedAsync(bob);
        Assert.Equal(content, await File.ReadAllBytesAsync(completed.Path!));
    }

    [Fact]
    public async Task Several_files_are_transferred_in_turn_in_both_directions()
    {
        await using var alice = await StartAsync("asta");
        await using var bob = await StartAsync("bodo");
        await alice.ConnectAsync(bob);
        Write("large", 60_000_000);
        Write("small", 600_000);
        Write("back", 5_000_000);
        var large = await OfferAsync(alice, bob, "large");
        var small = await OfferAsync(alice, bob, "small");
        var back = await OfferAsync(bob, alice, "back");

        _ = Files(bob).Accept(alice.Name, large);
        _ = Files(alice).Accept(bob.Name, back);
        _ = Files(bob).Accept(alice.Name, small);

        Assert.Equal("small", (await ReceivedAsync(bob)).Name);
        Assert.Equal("large", (await ReceivedAsync(bob)).Name);
        Assert.Equal("back", (await ReceivedAsync(alice)).Name);
    }

    [Fact]
    public async Task Deleted_offer_ends_its_transfer_and_leaves_no_name()
    {
        await using var alice = await StartAsync("amy");
        await using var bob = await StartAsync("ben2");
        await alice.ConnectAsync(bob);
        Write("secret", 200_000_000);
        var id = await OfferAsync(alice, bob, "secret");
        _ = Files(bob).Accept(alice.Name, id);
        await FilePeers.ArrivingAsync(_temp.Path);
        Assert.Contains(
            "offers a file",
            (await Assert.ThrowsAsync<PeerException>(() => alice.Messages.EditAsync(bob.Name, id, "x"))).Message
        );

        _ = await alice.Messages.RemoveForAllAsync(bob.Name, id);
        _ = await bob.Expect<PeerEvent.MessageChanged>(changed => changed.Change == MessageChange.Delete);
        await Eventually.True(
            () =>
                Files(bob).All.Count + Files(alice).All.Count == 0
                && Directory.GetFileSystemEntries(_temp.Path, "*.part", SearchOption.AllDirectories).Length == 0,
            PeerUnderTest.Soon,
            "nothing of it is left"
        );
        await Eventually.True(
            () => Assert.Throws<PeerException>(() => Files(bob).Accept(alice.Name, id)).Error == PeerError.UnknownFile,
            PeerUnderTest.Soon,
            "its end is saved"
        );
    }

    [Fact]
    [Trait("Requires", "Tmpfs")]
    public async Task Full_disk_keeps_what_is_there_and_says_so()
    {
        var disk = Path.Combine(_temp.Path, "disk");
        Directory.CreateDirectory(disk);
        Script.Run($"mount -t tmpfs -o size=4m tmpfs {disk}");
        try
        {
            await using var alice = await StartAsync("alba");
            await using var bob = await StartAsync("boris", change: options => options.Downloads = disk);
            await alice.ConnectAsync(bob);
            var content = Write("long", 6_000_000);
            var id = await OfferAsync(alice, bob, "long");

            _ = Files(bob).Accept(alice.Name, id);
            var paused = await bob.Expect<PeerEvent.TransferChanged>(changed =>
                changed.Transfer.State == TransferState.Paused
            );
            Assert.Equal(TransferProblem.DiskFull, paused.Transfer.Problem);
            var part = Assert.Single(Directory.GetFiles(disk, "*.part", SearchOption.AllDirectories));
            Assert.InRange(new FileInfo(part).Length, 3_000_000, 4_200_000);
            _ = alice.Messages.Send(bob.Name, "hello");
            _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Text == "hello");

            Script.Run($"mount -o remount,size=16m {disk}");
            _ = Files(bob).Accept(alice.Name, id);
            var resumed = await bob.Expect<PeerEvent.TransferChanged>(changed => changed.Transfer.Done > 0);
            Assert.InRange(resumed.Transfer.Done, 3_000_000, 4_200_000);
            Assert.Equal(content, await File.ReadAllBytesAsync((await CompletedAsync(bob)).Path!));
        }
        finally
        {
            Script.Run($"umount {disk}");
        }
    }

    [Fact]
    public async Task Quota_refuses_a_file_until_another_is_deleted()
    {
        await using var alice = await StartAsync("abby");
        await using var bob = await StartAsync("bart", change: options => options.FilesPerContact = 15_000);
        await alice.ConnectAsync(bob);
        Write("a", 10_000);
        Write("b", 10_000);
        var first = await OfferAsync(alice, bob, "a");
        _ = Files(bob).Accept(alice.Name, first);
        var path = (await CompletedAsync(bob)).Path!;
        var second = await OfferAsync(alice, bob, "b");
        Assert.StartsWith(
            "Files from abby would exceed the limit of 14.6 KiB per contact. Delete some from ",
            RefusalOf(() => Files(bob).Accept(alice.Name, second)),
            StringComparison.Ordinal
        );

        File.Delete(path);
        _ = Files(bob).Accept(alice.Name, second);
        _ = await CompletedAsync(bob);
    }

    private static FileService Files(PeerUnderTest peer) => peer.Services.GetRequiredService<FileService>();

    private static string RefusalOf(Action act) => Assert.Throws<PeerException>(act).Message;

    private static async Task<FileTransfer> CompletedAsync(PeerUnderTest peer) =>
        (
            await peer.Expect<PeerEvent.TransferChanged>(changed => changed.Transfer.State == TransferState.Completed)
        ).Transfer;

    private static async Task<FileTransfer> ReceivedAsync(PeerUnderTest peer) =>
        (
            await peer.Expect<PeerEvent.TransferChanged>(changed =>
                changed.Transfer is { IsOurs: false, State: TransferState.Completed }
            )
        ).Transfer;

    private async Task<Guid> OfferAsync(PeerUnderTest from, PeerUnderTest to, string name)
    {
        var offered = await Files(from).OfferAsync(to.Name, PathOf(name), mediaType: null, CancellationToken.None);
        _ = await to.Expect<PeerEvent.MessageReceived>(received => received.Message.Id == offered.Id);
        return offered.Id;
    }

    private byte[] Write(string name, int size, int seed = 1)
    {
        var content = new byte[size];
        new Random(seed).NextBytes(content);
        File.WriteAllBytes(PathOf(name), content);
        return content;
    }

    private string PathOf(string name) => Path.Combine(_temp.Path, name);

    private void Downloads(PeerOptions options) =>
        options.Downloads = Path.Combine(_temp.Path, $"downloads-{options.Username}");

    private Task<PeerUnderTest> StartAsync(string name, string? data = null, Action<PeerOptions>? change = null) =>
        PeerUnderTest.StartAsync(directory, name, options =>
        {
            Downloads(options);
            options.Ephemeral = data is null;
            options.Data = data is null ? null : Path.Combine(_temp.Path, data);
            change?.Invoke(options);
        });
}
