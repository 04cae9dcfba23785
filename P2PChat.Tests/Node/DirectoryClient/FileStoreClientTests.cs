using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.DirectoryClient;
using P2PChat.Protocol.Crypto;
using P2PChat.Protocol.Envelopes;

namespace P2PChat.Tests.Node.DirectoryClient;

/// <summary>Files between two peers by way of a directory, and their failures.</summary>
public sealed class FileStoreClientTests : IAsyncLifetime, IDisposable
{
    private readonly TempDirectory _folder = new();
    private readonly TempDirectory _data = new();
    private readonly byte[] _key = SealedFile.NewKey();
    private RestartableDirectory _directory = null!;
    private PeerUnderTest _alice = null!;
    private PeerUnderTest _bob = null!;

    public async Task InitializeAsync()
    {
        _directory = new RestartableDirectory
        {
            Settings =
            [
                $"Directory:Data={_data.Path}",
                $"Directory:Files:Folder={_folder.Path}",
                "Directory:Files:FreeShare=0",
                "Directory:Files:CapabilityFiles=2",
            ],
        };
        await _directory.StartAsync();
        _alice = await PeerUnderTest.StartAsync(_directory, "alice");
        _bob = await PeerUnderTest.StartAsync(_directory, "bob");
    }

    public async Task DisposeAsync()
    {
        await _bob.DisposeAsync();
        await _alice.DisposeAsync();
        await _directory.DisposeAsync();
    }

    public void Dispose()
    {
        _folder.Dispose();
        _data.Dispose();
    }

    [Fact]
    public async Task File_is_sealed_uploaded_downloaded_opened_and_deleted()
    {
        var plain = RandomNumberGenerator.GetBytes(3_000_000);
        var progress = new Progress();
        var (id, info) = await UploadAsync(plain, progress);
        Assert.Equal(info.Size, progress.Latest);

        var listed = Assert.Single(await ClientOf(_alice).ListAsync(default));
        Assert.Equal((id, info.Size), (listed.Id, listed.Size));
        using var bytes = new MemoryStream();
        await ClientOf(_alice).DownloadAsync(id, bytes, info, progress, default);
        using var opened = new MemoryStream();
        await SealedFile.OpenAsync(bytes, opened, _key, default);
        Assert.Equal(plain, opened.ToArray());

        await ClientOf(_alice).DeleteAsync(id, default);
        await ClientOf(_alice).DeleteAsync(id, default);
        await AssertFailsAsync(DirectoryFailure.UnknownFile, () =>
            ClientOf(_alice).DownloadAsync(id, new MemoryStream(), info, null, default)
        );
    }

    [Fact]
    public async Task Withdrawn_file_is_unknown_to_its_recipient()
    {
        var capability = await GrantAsync();
        var (id, info) = await UploadAsync([1], capability: capability);

        await ClientOf(_bob).WithdrawAsync(_alice.Name, capability, id, default);
        await ClientOf(_bob).WithdrawAsync(_alice.Name, capability, id, default);

        await AssertFailsAsync(DirectoryFailure.UnknownFile, () =>
            ClientOf(_alice).DownloadAsync(id, new MemoryStream(), info, null, default)
        );
    }

    [Fact]
    public async Task Download_continues_where_it_ended()
    {
        var (id, info) = await UploadAsync(RandomNumberGenerator.GetBytes(500_000));
        using var whole = new MemoryStream();
        await ClientOf(_alice).DownloadAsync(id, whole, info, null, default);
        using var partial = new MemoryStream();
        partial.Write(whole.GetBuffer(), 0, 123_456);
        var progress = new Progress();

        await ClientOf(_alice).DownloadAsync(id, partial, info, progress, default);

        Assert.Equal(whole.ToArray(), partial.ToArray());
        Assert.InRange(progress.First, 123_457, long.MaxValue);
    }

    [Theory]
    [InlineData(1000, 0)]
    [InlineData(1000, 800)]
    [InlineData(100, 0)]
    public async Task File_of_another_size_than_announced_is_refused(int announced, int present)
    {
        // The contact has stored 516 bytes.
        var (id, info) = await UploadAsync(RandomNumberGenerator.GetBytes(500));
        using var output = new MemoryStream();
        output.Write(new byte[present]);

        await AssertFailsAsync(DirectoryFailure.FileDamaged, () =>
            ClientOf(_alice).DownloadAsync(id, output, info with { Size = announced }, null, default)
        );

        Assert.Equal(0, output.Length);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(long.MaxValue)]
    public async Task Announced_size_that_no_sealed_file_has_is_refused(long announced)
    {
        var (id, info) = await UploadAsync([1]);

        await AssertFailsAsync(DirectoryFailure.FileDamaged, () =>
            ClientOf(_alice).DownloadAsync(id, new MemoryStream(), info with { Size = announced }, null, default)
        );
    }

    [Fact]
    public async Task File_other_than_announced_is_refused_and_removed()
    {
        var (id, info) = await UploadAsync(RandomNumberGenerator.GetBytes(1000));
        using var output = new MemoryStream();

        await AssertFailsAsync(DirectoryFailure.FileDamaged, () =>
            ClientOf(_alice).DownloadAsync(id, output, info with { Digest = SHA256.HashData([1]) }, null, default)
        );

        Assert.Equal(0, output.Length);
    }

    [Fact]
    public async Task Wrong_capability_and_full_quota_are_told_apart()
    {
        var capability = await GrantAsync();
        _ = await UploadAsync([1], capability: capability);
        _ = await UploadAsync([2], capability: capability);

        await AssertFailsAsync(DirectoryFailure.MailboxFull, () => UploadAsync([3], capability: capability));
        await AssertFailsAsync(DirectoryFailure.CapabilityUnknown, () =>
            UploadAsync([3], capability: MailboxCapability.New())
        );
    }

    [Fact]
    public async Task Cancelled_upload_ends_and_can_be_repeated()
    {
        // The quota has two files, of which one is stored, so the upload that was cancelled must not count any more.
        var capability = await GrantAsync();
        _ = await UploadAsync([1], null, capability);
        using var cancellation = new CancellationTokenSource();
        var progress = new Progress { Reported = cancellation.Cancel };
        var id = FileStoreClient.NewId();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            UploadAsync(new byte[5_000_000], progress, capability, id, cancellation.Token)
        );

        _ = await UploadAsync(new byte[5_000_000], null, capability, id);
    }

    [Fact]
    public async Task Without_a_file_store_files_wait_at_the_sender()
    {
        await using var directory = new RestartableDirectory();
        await directory.StartAsync();
        await using var carol = await PeerUnderTest.StartAsync(directory, "carol");
        await using var dave = await PeerUnderTest.StartAsync(directory, "dave");

        var failure = await Assert.ThrowsAsync<DirectoryException>(() => ClientOf(carol).CheckAsync(1, default));
        Assert.Equal(
            (
                DirectoryFailure.FilesNotStored,
                "This directory stores no files. The file is sent when that peer is online."
            ),
            (failure.Failure, failure.Message)
        );
        using var bytes = new MemoryStream([1]);
        await AssertFailsAsync(DirectoryFailure.FilesNotStored, () =>
            ClientOf(carol)
                .UploadAsync(
                    dave.Name,
                    MailboxCapability.New(),
                    FileStoreClient.NewId(),
                    bytes,
                    new SealedFileInfo(1, SHA256.HashData([1])),
                    null,
                    default
                )
        );
    }

    [Fact]
    public async Task File_of_8_MiB_is_stored_and_a_larger_one_waits_at_the_sender()
    {
        await ClientOf(_bob).CheckAsync(SealedFile.SizeOf(8 * 1024 * 1024), default);

        await AssertFailsAsync(DirectoryFailure.FileTooLarge, () =>
            ClientOf(_bob).CheckAsync(SealedFile.SizeOf((8 * 1024 * 1024) + 1), default)
        );
        var (_, info) = await UploadAsync(new byte[8 * 1024 * 1024]);
        Assert.Equal(SealedFile.MaxSize, info.Size);
    }

    private static FileStoreClient ClientOf(PeerUnderTest peer) => peer.Services.GetRequiredService<FileStoreClient>();

    private async Task<byte[]> GrantAsync()
    {
        var capability = MailboxCapability.New();
        await _alice
            .Services.GetRequiredService<MailboxClient>()
            .GrantAsync(MailboxCapability.HashOf(capability), default);
        return capability;
    }

    private async Task<(string Id, SealedFileInfo Info)> UploadAsync(
        byte[] plain,
        Progress? progress = null,
        byte[]? capability = null,
        string? id = null,
        CancellationToken cancellationToken = default
    )
    {
        using var bytes = new MemoryStream();
        var info = await SealedFile.SealAsync(new MemoryStream(plain), bytes, _key, default);
        id ??= FileStoreClient.NewId();
        var expires = await ClientOf(_bob)
            .UploadAsync(_alice.Name, capability ?? await GrantAsync(), id, bytes, info, progress, cancellationToken);
        Assert.InRange(expires, DateTimeOffset.UtcNow.AddDays(13), DateTimeOffset.UtcNow.AddDays(15));
        return (id, info);
    }

    private static async Task AssertFailsAsync(DirectoryFailure failure, Func<Task> call) =>
        Assert.Equal(failure, (await Assert.ThrowsAsync<DirectoryException>(call)).Failure);

    private sealed class Progress : IProgress<long>
    {
        public long First { get; private set; }

        public long Latest { get; private set; }

        public Action? Reported { get; init; }

        public void Report(long value)
        {
            First = First == 0 ? value : First;
            Latest = value;
            Reported?.Invoke();
        }
    }
}
