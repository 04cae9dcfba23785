using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Services;

/// <summary>Files that are refused, end early or stall, and what is left of them.</summary>
public sealed class FileRefusalTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>, IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public async Task Rate_is_not_shown_after_the_sender_has_stopped()
    {
        await using var bob = await StartAsync("benno");
        await using (var alice = await StartAsync("anton"))
        {
            await alice.ConnectAsync(bob);
            await using (var file = File.Create(PathOf("long")))
            {
                file.SetLength(400_000_000);
            }

            var id = await OfferAsync(alice, bob, "long");
            _ = Files(bob).Accept(alice.Name, id);
            _ = await bob.Expect<PeerEvent.TransferChanged>(changed => changed.Transfer.Rate is not null);
        }

        var stalled = await bob.Expect<PeerEvent.TransferChanged>(changed =>
            changed.Transfer is { Rate: null, Done: > 0 }
        );
        Assert.Equal(TransferState.Active, stalled.Transfer.State);
        Assert.Null(stalled.Transfer.TimeLeft);
    }

    [Fact]
    public async Task Save_leaves_no_incomplete_file_and_only_its_owner_may_read_it()
    {
        await using var alice = await StartAsync("alina");
        await using var bob = await StartAsync("bruno");
        await alice.ConnectAsync(bob);
        var content = Write("report", 3_000_000);
        var id = await OfferAsync(alice, bob, "report");
        _ = Files(bob).Accept(alice.Name, id);
        _ = await CompletedAsync(bob);
        var (contents, folder) = (bob.Services.GetRequiredService<FileContentService>(), PathOf("saved"));
        Directory.CreateDirectory(folder);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            contents.SaveAsync(alice.Name, id, folder, cancelled.Token)
        );
        Assert.Empty(Directory.GetFileSystemEntries(folder));

        var path = await contents.SaveAsync(alice.Name, id, folder, CancellationToken.None);
        Assert.Equal(content, await File.ReadAllBytesAsync(path));
        Assert.Single(Directory.GetFileSystemEntries(folder));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }
    }

    [Fact]
    public async Task Only_a_regular_file_outside_of_the_data_directory_is_offered()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        await using var alice = await StartAsync("agata", data: "agata");
        await using var bob = await StartAsync("bernd");
        await alice.ConnectAsync(bob);
        Script.Run($"mkfifo {PathOf("pipe")}");
        File.CreateSymbolicLink(PathOf("link"), PathOf("agata/identity.pem"));

        Assert.Equal("/dev/zero is not a regular file. Offer a regular file.", await RefusalAsync("/dev/zero"));
        Assert.Contains("is not a regular file", await RefusalAsync(PathOf("pipe")), StringComparison.Ordinal);
        Assert.Contains("own data", await RefusalAsync(PathOf("agata/peer.db")), StringComparison.Ordinal);
        Assert.Contains("own data", await RefusalAsync(PathOf("link")), StringComparison.Ordinal);

        async Task<string> RefusalAsync(string path) =>
            (
                await Assert.ThrowsAsync<PeerException>(() =>
                    Files(alice)
                        .OfferAsync(bob.Name, path, mediaType: null, CancellationToken.None)
                        .WaitAsync(PeerUnderTest.Soon)
                )
            ).Message;
    }

    [Fact]
    public async Task Uploads_are_refused_at_the_limits_and_never_deleted_for_others()
    {
        await using var alice = await StartAsync("alfons", change: options => options.UploadsInTotal = 100_000);
        var uploads = alice.Services.GetRequiredService<UploadService>();
        var large = await Assert.ThrowsAsync<PeerException>(() => UploadAsync(100_001));
        Assert.Contains("would exceed the total limit of 97.6 KiB", large.Message, StringComparison.Ordinal);

        var ids = new List<Guid>();
        for (var i = 0; i < 64; i++)
        {
            ids.Add((await UploadAsync(1)).Id);
        }

        var refused = await Assert.ThrowsAsync<PeerException>(() => UploadAsync(1));
        Assert.StartsWith("64 uploads were not offered.", refused.Message, StringComparison.Ordinal);
        uploads.Remove(ids[0]);
        _ = await UploadAsync(1);
        ids.Skip(1).ToList().ForEach(uploads.Remove);

        Task<FileUpload> UploadAsync(int size) =>
            uploads.ReceiveAsync("a", new MemoryStream(new byte[size]), CancellationToken.None);
    }

    [Fact]
    public async Task Upload_is_offered_once_and_not_deleted_meanwhile()
    {
        await using var alice = await StartAsync("adele");
        await using var bob = await StartAsync("boyan");
        await alice.ConnectAsync(bob);
        var uploads = alice.Services.GetRequiredService<UploadService>();
        var upload = await uploads.ReceiveAsync("a", new MemoryStream(new byte[10]), CancellationToken.None);

        var first = Files(alice).OfferUploadAsync(bob.Name, upload.Id, mediaType: null, preview: default);
        Assert.Equal(PeerError.UnknownFile, Assert.Throws<PeerException>(() => uploads.Remove(upload.Id)).Error);
        var second = await Assert.ThrowsAsync<PeerException>(() =>
            Files(alice).OfferUploadAsync(bob.Name, upload.Id, mediaType: null, preview: default)
        );
        Assert.Equal(PeerError.UnknownFile, second.Error);
        var offered = await first;
        _ = await bob.Expect<PeerEvent.MessageReceived>();
        _ = Files(bob).Accept(alice.Name, offered.Id);
        Assert.Equal(new byte[10], await File.ReadAllBytesAsync((await CompletedAsync(bob)).Path!));

        var again = await uploads.ReceiveAsync("a", new MemoryStream(new byte[10]), CancellationToken.None);
        _ = await Assert.ThrowsAsync<PeerException>(() =>
            Files(alice).OfferUploadAsync(bob.Name, again.Id, mediaType: "bad", preview: default)
        );
        _ = await Files(alice).OfferUploadAsync(bob.Name, again.Id, mediaType: null, preview: default);
    }

    [Fact]
    public async Task Data_that_does_not_match_the_offer_fails_and_is_not_kept()
    {
        await using var bob = await StartAsync("bertil", change: options => options.Accept = AcceptMode.All);
        using var raw = new RawPeer("liar");
        await raw.RegisterAsync(directory);
        using var link = await raw.AskAsync(bob, features: ["content", "files"]);
        _ = await link.ResumeAsync();
        var id = Guid.CreateVersion7();
        var wireId = ByteString.CopyFrom(id.ToByteArray(bigEndian: true));
        var root = MerkleTree.HashLeaf(new byte[10]);
        await link.SendAsync(
            new Frame
            {
                Message = new ChatMessage
                {
                    Epoch = RawLink.Epoch,
                    Sequence = 1,
                    Id = wireId,
                    SentAt = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
                    Text = "a file",
                    Content = ByteString.CopyFrom(
                        new MessageContent.File(new FileOffer("a", 10, root, FileOffer.UnknownType)).ToBytes()
                    ),
                },
            }
        );
        _ = await bob.Expect<PeerEvent.TransferChanged>();

        _ = Files(bob).Accept(raw.Name, id);
        _ = await link.ExpectAsync(Frame.BodyOneofCase.FileAsk);
        var part = new FilePart { Id = wireId, Data = ByteString.CopyFrom([.. Enumerable.Repeat((byte)1, 10)]) };
        await link.SendAsync(new Frame { FilePart = part });

        Assert.Equal(FileStopReason.Cancelled, (await link.ExpectAsync(Frame.BodyOneofCase.FileStop)).FileStop.Reason);
        var failed = await bob.Expect<PeerEvent.TransferChanged>(changed =>
            changed.Transfer.State == TransferState.Failed
        );
        Assert.Equal(TransferProblem.WrongData, failed.Transfer.Problem);
        await Eventually.True(
            () => Directory.GetFiles(_temp.Path, "*", SearchOption.AllDirectories).Length <= 1,
            PeerUnderTest.Soon,
            "nothing of it is left but the lock of the folder"
        );
    }

    [Fact]
    public async Task Total_quota_counts_the_files_of_all_contacts()
    {
        await using var alice = await StartAsync("agnes");
        await using var carol = await StartAsync("carla");
        await using var bob = await StartAsync("bjoern", change: options => options.FilesInTotal = 15_000);
        await alice.ConnectAsync(bob);
        await carol.ConnectAsync(bob);
        Write("a", 10_000);
        var first = await OfferAsync(alice, bob, "a");
        _ = Files(bob).Accept(alice.Name, first);
        _ = await CompletedAsync(bob);
        var second = await OfferAsync(carol, bob, "a");
        Assert.StartsWith(
            "Received files would exceed the total limit of 14.6 KiB. Delete some from ",
            RefusalOf(() => Files(bob).Accept(carol.Name, second)),
            StringComparison.Ordinal
        );
    }

    private static FileService Files(PeerUnderTest peer) => peer.Services.GetRequiredService<FileService>();

    private static string RefusalOf(Action act) => Assert.Throws<PeerException>(act).Message;

    private static async Task<FileTransfer> CompletedAsync(PeerUnderTest peer) =>
        (
            await peer.Expect<PeerEvent.TransferChanged>(changed => changed.Transfer.State == TransferState.Completed)
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
