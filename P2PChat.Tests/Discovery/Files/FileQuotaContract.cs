using System.Net;
using P2PChat.Protocol.Crypto;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Discovery.Files;

/// <summary>How much may wait: per contact, per mailbox and in all. Runs over each store.</summary>
public abstract class FileQuotaContract(IStoreUnderTest store) : DirectoryContract(store), IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Bytes_and_number_are_limited_per_contact_and_per_mailbox()
    {
        await using var directory = await StartWithFilesAsync(
            "Directory:Files:CapabilityBytes=12288",
            "Directory:Files:CapabilityFiles=2",
            "Directory:Files:MailboxBytes=16384",
            "Directory:Files:MailboxFiles=3"
        );
        using var alice = new TestIdentity();
        var (token, bobs) = await directory.RegisterWithMailboxAsync(alice);
        var carols = await directory.GrantAsync(alice.Username, token);
        var id = await directory.LeaveFileAsync(alice.Username, bobs, new byte[8192]);

        await RefusedAsync(directory, alice, bobs, 8192);
        await directory.LeaveFileAsync(alice.Username, bobs, [1]);
        await RefusedAsync(directory, alice, bobs, 1);
        await RefusedAsync(directory, alice, carols, 8192);
        await directory.LeaveFileAsync(alice.Username, carols, [1]);
        await RefusedAsync(directory, alice, carols, 1);

        (await directory.SendAsync(HttpMethod.Delete, $"/peers/{alice.Username}/files/{id}", token)).Dispose();
        await directory.LeaveFileAsync(alice.Username, carols, [2]);
        Assert.Equal(3, (await directory.ListFilesAsync(alice.Username, token)).Count);
    }

    [Fact]
    public async Task Total_is_limited_until_bytes_are_deleted()
    {
        await using var directory = await StartWithFilesAsync(
            "Directory:Files:FileBytes=8192",
            "Directory:FilesInTotal=9216",
            "Directory:Files:SweepEvery=01:00:00"
        );
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        var (_, other) = await directory.RegisterWithMailboxAsync(bob);
        var id = await directory.LeaveFileAsync(alice.Username, capability, new byte[5000]);
        await directory.LeaveFileAsync(bob.Username, other, new byte[100]);

        (await directory.SendAsync(HttpMethod.Delete, $"/peers/{alice.Username}/files/{id}", token)).Dispose();
        using (var full = await directory.UploadAsync(alice.Username, capability, FileFixture.NewId(), [1]))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.InsufficientStorage, ProblemTypes.FileStoreFull, full);
            Assert.NotNull(full.Headers.RetryAfter);
        }

        await directory.Sweeper.SweepAsync(CancellationToken.None);
        await directory.LeaveFileAsync(alice.Username, capability, [1]);
        Assert.Equal(2, FileFixture.BlobsIn(_folder.Path).Length);
    }

    [Fact]
    public async Task Concurrent_uploads_do_not_exceed_the_quota()
    {
        await using var directory = await StartWithFilesAsync(
            "Directory:Files:CapabilityBytes=32768",
            "Directory:Files:TransfersPerAddress=64"
        );
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);

        var responses = await Task.WhenAll(
            Enumerable
                .Range(0, 24)
                .Select(_ => directory.UploadAsync(alice.Username, capability, FileFixture.NewId(), new byte[8192]))
        );

        Assert.Equal(4, responses.Count(response => response.StatusCode == HttpStatusCode.Created));
        Assert.All(responses.Where(response => response.StatusCode != HttpStatusCode.Created), response =>
            Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode)
        );
        Assert.Equal(4, (await directory.ListFilesAsync(alice.Username, token)).Count);
        foreach (var response in responses)
        {
            response.Dispose();
        }
    }

    [Fact]
    public async Task Two_sealed_files_of_8_MiB_fill_the_quota_of_a_contact()
    {
        await using var directory = await StartWithFilesAsync();
        using var alice = new TestIdentity();
        var (_, capability) = await directory.RegisterWithMailboxAsync(alice);
        var file = new byte[SealedFile.SizeOf(8 * 1024 * 1024)];

        await directory.LeaveFileAsync(alice.Username, capability, file);
        await directory.LeaveFileAsync(alice.Username, capability, file);

        await RefusedAsync(directory, alice, capability, 1);
    }

    [Fact]
    public async Task Quota_counts_bytes_before_they_were_sealed()
    {
        await using var directory = await StartWithFilesAsync("Directory:Files:CapabilityBytes=200000");
        using var alice = new TestIdentity();
        var (_, capability) = await directory.RegisterWithMailboxAsync(alice);
        foreach (var size in new[] { 66_667, 66_667, 66_666 })
        {
            await directory.LeaveFileAsync(alice.Username, capability, new byte[SealedFile.SizeOf(size)]);
        }

        await RefusedAsync(directory, alice, capability, 1);
    }

    [Fact]
    public async Task Mailbox_leaves_room_to_others_when_the_total_is_short()
    {
        // 32 units of 4 KiB, of which a mailbox with files may use a sixteenth of the rest: 2 at the beginning.
        await using var directory = await StartWithFilesAsync(
            "Directory:Files:FileBytes=5000",
            "Directory:FilesInTotal=131072"
        );
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var (_, first) = await directory.RegisterWithMailboxAsync(alice);
        var (_, second) = await directory.RegisterWithMailboxAsync(bob);
        await directory.LeaveFileAsync(alice.Username, first, [1]);

        using (var full = await directory.UploadAsync(alice.Username, first, FileFixture.NewId(), [2]))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.InsufficientStorage, ProblemTypes.FileStoreFull, full);
        }

        await directory.LeaveFileAsync(bob.Username, second, [3]);
    }

    private static async Task RefusedAsync(DirectoryFixture directory, TestIdentity owner, byte[] capability, int size)
    {
        using var refused = await directory.UploadAsync(
            owner.Username,
            capability,
            FileFixture.NewId(),
            new byte[size]
        );
        await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.MailboxFull, refused);
    }

    private Task<DirectoryFixture> StartWithFilesAsync(params string[] settings) =>
        StartAsync([
            $"Directory:Files:Folder={_folder.Path}",
            "Directory:Files:SweepEvery=00:00:00.050",
            "Directory:Files:FreeShare=0",
            .. settings,
        ]);
}

public sealed class MemoryFileQuotaTests() : FileQuotaContract(new MemoryStore());

public sealed class SqliteFileQuotaTests(SqliteStore sqlite) : FileQuotaContract(sqlite), IClassFixture<SqliteStore>;

public sealed class RedisFileQuotaTests(RedisStore redis) : FileQuotaContract(redis), IClassFixture<RedisStore>;

[Collection(RedisClusterStore.Collection)]
public sealed class RedisClusterFileQuotaTests(RedisClusterStore cluster) : FileQuotaContract(cluster);
