using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Storage.Files;
using P2PChat.Discovery.Storage.Local;
using P2PChat.Discovery.Storage.Memory;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Discovery.Files;

/// <summary>What every file store does, whether it stores anything or not.</summary>
public abstract class FileStoreContract : IDisposable
{
    protected const string DirectoryId = "0123456789abcdef0123456789abcdef";

    private protected readonly TempDirectory Folder = new();

    private protected DiskSpace Space { get; set; } = new(Free: 500, Total: 1000);

    private protected abstract IFileStore NewStore();

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Unknown_blob_cannot_be_opened_and_is_deleted_without_error()
    {
        var store = NewStore();
        await store.CheckAsync(DirectoryId, CancellationToken.None);
        var blob = FolderLayout.NewName();

        Assert.Null(store.Open(blob));
        store.Delete(blob);
        Assert.Empty(store.FindOlderThan(TimeSpan.Zero));
    }

    [Fact]
    public async Task Store_without_room_begins_nothing()
    {
        var store = NewStore();
        Space = new DiskSpace(Free: 0, Total: 1000);
        await store.CheckAsync(DirectoryId, CancellationToken.None);

        Assert.ThrowsAny<IOException>(() => store.Begin(FolderLayout.NewName(), 1));
        Assert.Empty(FileFixture.BlobsIn(Folder.Path));
    }

    [Fact]
    public async Task Status_has_a_sentence_for_the_operator()
    {
        var store = NewStore();
        Assert.EndsWith(".", store.Status.Detail, StringComparison.Ordinal);
        await store.CheckAsync(DirectoryId, CancellationToken.None);
        Assert.EndsWith(".", store.Status.Detail, StringComparison.Ordinal);
    }
}

public sealed class NoFileStoreTests : FileStoreContract
{
    private protected override IFileStore NewStore() => new NoFileStore();

    [Fact]
    public async Task Store_without_a_folder_stays_off()
    {
        var store = NewStore();

        await store.CheckAsync(DirectoryId, CancellationToken.None);

        Assert.Equal(FileStoreState.Off, store.Status.State);
    }
}

public sealed class FolderFileStoreTests : FileStoreContract
{
    private protected override IFileStore NewStore() => NewStore(Folder.Path);

    [Fact]
    public async Task Committed_blob_is_read_and_deleted()
    {
        var store = await StartAsync();
        var blob = FolderLayout.NewName();

        await WriteAsync(store, blob, [1, 2, 3]);

        await using (var bytes = store.Open(blob)!)
        {
            var read = new byte[3];
            await bytes.ReadExactlyAsync(read);
            Assert.Equal([1, 2, 3], read);
            // A download goes on while its file is deleted.
            store.Delete(blob);
            Assert.Equal(0, bytes.Read(read));
        }

        Assert.Null(store.Open(blob));
        Assert.Empty(FileFixture.BlobsIn(Folder.Path));
    }

    [Fact]
    public async Task Upload_without_commit_leaves_nothing()
    {
        var store = await StartAsync();
        var blob = FolderLayout.NewName();

        await using (var upload = store.Begin(blob, 3))
        {
            await upload.WriteAsync(new byte[] { 1 }, CancellationToken.None);
            Assert.Null(store.Open(blob));
        }

        Assert.Empty(FileFixture.BlobsIn(Folder.Path));
    }

    [Fact]
    public async Task Blob_of_a_crashed_upload_is_found_and_deleted()
    {
        var store = await StartAsync();
        var (crashed, complete) = (FolderLayout.NewName(), FolderLayout.NewName());
        await WriteAsync(store, complete, [1]);
        await File.WriteAllBytesAsync(Path.Combine(Folder.Path, "incoming", crashed), [1]);
        await File.WriteAllBytesAsync(Path.Combine(Folder.Path, "incoming", "notes.txt"), [1]);

        Assert.Equal(
            new[] { crashed, complete }.Order(StringComparer.Ordinal),
            store.FindOlderThan(TimeSpan.Zero).Order(StringComparer.Ordinal)
        );
        Assert.Empty(store.FindOlderThan(TimeSpan.FromHours(1)));
        store.Delete(crashed);
        Assert.Equal([complete], store.FindOlderThan(TimeSpan.Zero));
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("0123456789abcdef0123456789abcde/")]
    [InlineData("0123456789ABCDEF0123456789ABCDEF")]
    [InlineData("0123456789abcdef0123456789abcde\0")]
    [InlineData("")]
    public async Task Invalid_blob_name_is_refused(string blob)
    {
        var store = await StartAsync();

        Assert.Throws<ArgumentException>(() => store.Begin(blob, 1));
        Assert.Throws<ArgumentException>(() => store.Open(blob));
        Assert.Throws<ArgumentException>(() => store.Delete(blob));
    }

    [Theory]
    [InlineData(110, 10, true)]
    [InlineData(109, 10, false)]
    [InlineData(99, 0, false)]
    public async Task Last_tenth_of_the_disk_stays_free(long free, long size, bool fits)
    {
        var store = await StartAsync();
        Space = new DiskSpace(free, Total: 1000);
        var blob = FolderLayout.NewName();

        if (fits)
        {
            await using var upload = store.Begin(blob, size);
        }
        else
        {
            Assert.Throws<FileStoreFullException>(() => store.Begin(blob, size));
        }

        Assert.Empty(FileFixture.BlobsIn(Folder.Path));
    }

    [Fact]
    public async Task Unwritten_bytes_of_other_uploads_are_not_free()
    {
        // A file system that claims no space when an upload begins, such as NFS before version 4.2.
        var store = await StartAsync();
        await using (var first = store.Begin(FolderLayout.NewName(), 300))
        {
            Assert.Throws<FileStoreFullException>(() => store.Begin(FolderLayout.NewName(), 101));
        }

        await using var second = store.Begin(FolderLayout.NewName(), 400);
    }

    [Fact]
    public async Task Folder_that_others_can_write_is_refused()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var store = NewStore();
        File.SetUnixFileMode(Folder.Path, (UnixFileMode)0b111_111_111);

        await store.CheckAsync(DirectoryId, CancellationToken.None);

        Assert.Equal(FileStoreState.Unusable, store.Status.State);
        Assert.Contains("chmod 700", store.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folder_that_does_not_respond_is_unusable_until_it_does()
    {
        var time = new FakeTimeProvider();
        var replicas = new HangingReplicas();
        var options = new DirectoryOptions();
        options.Files.Folder = Folder.Path;
        var store = new FolderFileStore(replicas, _ => Space, Options.Create(options), time);

        var check = store.CheckAsync(DirectoryId, CancellationToken.None);
        await Eventually.True(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(10));
                return check.IsCompleted;
            },
            TimeSpan.FromSeconds(60),
            "the check gives up"
        );
        Assert.Equal(FileStoreState.Unusable, store.Status.State);
        replicas.Folder.SetResult(null);
        await store.CheckAsync(DirectoryId, CancellationToken.None);

        Assert.Equal(FileStoreState.On, store.Status.State);
    }

    [Fact]
    public void Real_disk_is_measured()
    {
        var space = DiskSpace.Of(Folder.Path);

        Assert.InRange(space.Free, 1, space.Total);
    }

    [Fact]
    public async Task Folder_of_another_directory_is_refused_and_kept()
    {
        await WriteAsync(await StartAsync(), FolderLayout.NewName(), [1]);
        var other = NewStore();

        await other.CheckAsync(new string('f', 32), CancellationToken.None);

        Assert.Equal(FileStoreState.ForeignFolder, other.Status.State);
        Assert.Contains(DirectoryId, other.Status.Detail, StringComparison.Ordinal);
        Assert.Single(FileFixture.BlobsIn(Folder.Path));
    }

    [Fact]
    public async Task Folder_that_becomes_usable_turns_the_store_on()
    {
        var path = Path.Combine(Folder.Path, "later");
        await File.WriteAllTextAsync(path, "not a folder");
        var store = NewStore(path);
        await store.CheckAsync(DirectoryId, CancellationToken.None);
        Assert.Equal(FileStoreState.Unusable, store.Status.State);

        File.Delete(path);
        await store.CheckAsync(DirectoryId, CancellationToken.None);

        Assert.Equal(FileStoreState.On, store.Status.State);
    }

    [Fact]
    public async Task Files_of_the_folder_are_for_their_owner_only()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        await WriteAsync(await StartAsync(), FolderLayout.NewName(), [1]);

        const UnixFileMode Others = (UnixFileMode)0b000_111_111;
        foreach (
            var path in Directory.EnumerateFileSystemEntries(
                Path.Combine(Folder.Path, "files"),
                "*",
                SearchOption.AllDirectories
            )
        )
        {
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(path) & Others);
        }
    }

    private async Task<IFileStore> StartAsync()
    {
        var store = NewStore();
        await store.CheckAsync(DirectoryId, CancellationToken.None);
        Assert.Equal(FileStoreState.On, store.Status.State);
        return store;
    }

    private FolderFileStore NewStore(string path)
    {
        var options = new DirectoryOptions();
        options.Files.Folder = path;
        return new FolderFileStore(
            new LocalFolderReplicas(new MemoryData(TimeProvider.System, Options.Create(options))),
            _ => Space,
            Options.Create(options),
            TimeProvider.System
        );
    }

    private sealed class HangingReplicas : IFolderReplicas
    {
        public TaskCompletionSource<string?> Folder { get; } = new();

        public Task<string?> FindFolderAsync(CancellationToken cancellationToken) => Folder.Task;

        public Task<string> KeepFolderAsync(string token, bool replace, CancellationToken cancellationToken) =>
            Task.FromResult(token);

        public Task<IReadOnlyList<ReplicaMark>> JoinAsync(
            ReplicaMark own,
            IReadOnlyCollection<ReplicaMark> found,
            CancellationToken cancellationToken
        ) => Task.FromResult<IReadOnlyList<ReplicaMark>>([]);

        public Task LeaveAsync(string file, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private static async Task WriteAsync(IFileStore store, string blob, byte[] bytes)
    {
        await using var upload = store.Begin(blob, bytes.Length);
        await upload.WriteAsync(bytes, CancellationToken.None);
        upload.Commit();
    }
}
