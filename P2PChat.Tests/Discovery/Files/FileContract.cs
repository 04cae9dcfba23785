using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Discovery.Storage.Files;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Discovery.Files;

/// <summary>Files for peers that are away: uploads, downloads, quotas and their end. Runs over each store.</summary>
public abstract class FileContract(IStoreUnderTest store) : DirectoryContract(store), IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task File_waits_for_an_offline_peer_until_deleted()
    {
        await using var directory = await StartWithFilesAsync();
        using var alice = new TestIdentity();
        var (_, capability) = await directory.RegisterWithMailboxAsync(alice);
        (await directory.UnregisterAsync(alice)).Dispose();
        var bytes = RandomNumberGenerator.GetBytes(200_000);

        var id = await directory.LeaveFileAsync(alice.Username, capability, bytes);

        var token = (await directory.RegisterAsync(alice)).LeaseToken;
        var file = Assert.Single(await directory.ListFilesAsync(alice.Username, token));
        Assert.Equal(
            (id, bytes.LongLength, Convert.ToBase64String(SHA256.HashData(bytes))),
            (file.Id, file.Size, file.Digest)
        );
        Assert.InRange(file.ExpiresAt, DateTimeOffset.UtcNow.AddDays(13.9), DateTimeOffset.UtcNow.AddDays(14.1));
        using (var response = await directory.DownloadAsync(alice.Username, token, id))
        {
            Assert.Equal(bytes, await response.Content.ReadAsByteArrayAsync());
            Assert.Equal($"sha-256=:{file.Digest}:", Assert.Single(response.Headers.GetValues("Repr-Digest")));
            Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        }

        foreach (var _ in Enumerable.Range(0, 2))
        {
            using var deleted = await directory.SendAsync(
                HttpMethod.Delete,
                $"/peers/{alice.Username}/files/{id}",
                token
            );
            Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        }

        Assert.Empty(await directory.ListFilesAsync(alice.Username, token));
        using var gone = await directory.DownloadAsync(alice.Username, token, id);
        await ProblemAssert.IsAsync(HttpStatusCode.NotFound, ProblemTypes.UnknownFile, gone);
        await UntilEmptyAsync();
    }

    [Fact]
    public async Task Only_the_owner_can_list_download_and_delete()
    {
        await using var directory = await StartWithFilesAsync();
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        var other = (await directory.RegisterAsync(bob)).LeaseToken;
        var id = await directory.LeaveFileAsync(alice.Username, capability, [1]);

        foreach (var wrong in new[] { other, alice.Username + other[other.IndexOf('.')..] })
        {
            foreach (
                var (method, path) in new[]
                {
                    (HttpMethod.Get, ""),
                    (HttpMethod.Get, "/" + id),
                    (HttpMethod.Delete, "/" + id),
                }
            )
            {
                using var refused = await directory.SendAsync(method, $"/peers/{alice.Username}/files{path}", wrong);
                await ProblemAssert.IsAsync(HttpStatusCode.Unauthorized, ProblemTypes.LeaseTokenUnknown, refused);
            }
        }

        using (var elsewhere = await directory.DownloadAsync(bob.Username, other, id))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.NotFound, ProblemTypes.UnknownFile, elsewhere);
        }

        Assert.Single(await directory.ListFilesAsync(alice.Username, token));
    }

    [Fact]
    public async Task Unknown_capability_and_name_get_the_same_response()
    {
        await using var directory = await StartWithFilesAsync();
        using var alice = new TestIdentity();
        await directory.RegisterWithMailboxAsync(alice);

        foreach (var name in new[] { alice.Username, new TestIdentity().Username })
        {
            using var refused = await directory.UploadAsync(
                name,
                MailboxFixture.NewCapability(),
                FileFixture.NewId(),
                [1]
            );
            await ProblemAssert.IsAsync(HttpStatusCode.Forbidden, ProblemTypes.CapabilityUnknown, refused);
        }

        Assert.Empty(FileFixture.BlobsIn(_folder.Path));
    }

    [Fact]
    public async Task Same_upload_again_changes_nothing_and_another_is_refused()
    {
        await using var directory = await StartWithFilesAsync();
        using var alice = new TestIdentity();
        var (token, bobs) = await directory.RegisterWithMailboxAsync(alice);
        var carols = await directory.GrantAsync(alice.Username, token);
        var id = await directory.LeaveFileAsync(alice.Username, bobs, [1, 2]);

        using (var again = await directory.UploadAsync(alice.Username, bobs, id, [1, 2]))
        {
            Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        }

        foreach (var (capability, bytes) in new[] { (bobs, new byte[] { 1, 3 }), (carols, [1, 2]) })
        {
            using var refused = await directory.UploadAsync(alice.Username, capability, id, bytes);
            await ProblemAssert.IsAsync(HttpStatusCode.Conflict, ProblemTypes.FileExists, refused);
        }

        Assert.Single(await directory.ListFilesAsync(alice.Username, token));
        Assert.Single(FileFixture.BlobsIn(_folder.Path));
    }

    [Fact]
    public async Task Expired_file_is_gone_and_frees_its_quota()
    {
        await using var directory = await StartWithFilesAsync(
            "Directory:Files:Kept=00:00:00.500",
            "Directory:Files:CapabilityFiles=1"
        );
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        await directory.LeaveFileAsync(alice.Username, capability, [1]);

        await Eventually.True(
            async () => (await directory.ListFilesAsync(alice.Username, token)).Count == 0,
            Soon,
            "the file has expired"
        );
        await UntilEmptyAsync();
        await UntilStoredAsync(directory, alice, capability);
    }

    [Fact]
    public async Task Released_name_leaves_no_files_to_the_next_owner()
    {
        await using var directory = await StartWithFilesAsync();
        using var alice = new TestIdentity();
        using var next = new TestIdentity(alice.Username);
        var (_, capability) = await directory.RegisterWithMailboxAsync(alice);
        var id = await directory.LeaveFileAsync(alice.Username, capability, [1]);

        (await directory.UnregisterAsync(alice, release: true)).Dispose();

        var token = (await directory.RegisterAsync(next)).LeaseToken;
        Assert.Empty(await directory.ListFilesAsync(alice.Username, token));
        using (var gone = await directory.DownloadAsync(alice.Username, token, id))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.NotFound, ProblemTypes.UnknownFile, gone);
        }

        await UntilEmptyAsync();
    }

    [Fact]
    public async Task Expired_claim_deletes_the_files()
    {
        await using var directory = await StartWithFilesAsync([.. ShortLease, "Directory:Claim=00:00:00.500"]);
        using var alice = new TestIdentity();
        var (_, capability) = await directory.RegisterWithMailboxAsync(alice);
        await directory.LeaveFileAsync(alice.Username, capability, [1]);

        await Eventually.True(
            async () => await directory.FindAsync(alice.Username) is null,
            Soon,
            "the claim has ended"
        );
        await UntilEmptyAsync();
    }

    [Fact]
    public async Task Upload_that_ends_early_leaves_nothing_and_frees_its_quota()
    {
        await using var directory = await StartWithFilesAsync("Directory:Files:CapabilityFiles=1");
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        await using var upload = await RawUpload.BeginAsync(directory, alice.Username, capability, length: 100_000);
        await upload.SendAsync(50_000);
        await Eventually.True(() => FileFixture.BlobsIn(_folder.Path).Length == 1, Soon, "the upload has begun");
        using (var full = await directory.UploadAsync(alice.Username, capability, FileFixture.NewId(), [1]))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, full.StatusCode);
        }

        upload.Abort();

        await UntilEmptyAsync();
        await UntilStoredAsync(directory, alice, capability);
        Assert.Single(await directory.ListFilesAsync(alice.Username, token));
    }

    [Fact]
    public async Task Sender_withdraws_its_file_and_others_cannot()
    {
        await using var directory = await StartWithFilesAsync();
        using var alice = new TestIdentity();
        var (token, bobs) = await directory.RegisterWithMailboxAsync(alice);
        var carols = await directory.GrantAsync(alice.Username, token);
        var id = await directory.LeaveFileAsync(alice.Username, bobs, [1]);

        foreach (var wrong in new[] { carols, MailboxFixture.NewCapability() })
        {
            using var ignored = await directory.WithdrawAsync(alice.Username, wrong, id);
            Assert.Equal(HttpStatusCode.NoContent, ignored.StatusCode);
        }

        Assert.Single(await directory.ListFilesAsync(alice.Username, token));
        foreach (var _ in Enumerable.Range(0, 2))
        {
            using var withdrawn = await directory.WithdrawAsync(alice.Username, bobs, id);
            Assert.Equal(HttpStatusCode.NoContent, withdrawn.StatusCode);
        }

        Assert.Empty(await directory.ListFilesAsync(alice.Username, token));
        await UntilEmptyAsync();
    }

    [Fact]
    public async Task File_whose_bytes_are_lost_is_stored_again()
    {
        await using var directory = await StartWithFilesAsync(
            "Directory:Files:CapabilityFiles=1",
            "Directory:Files:SweepEvery=01:00:00"
        );
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        var id = await directory.LeaveFileAsync(alice.Username, capability, [1, 2, 3]);
        foreach (var damage in new Action<string>[] { File.Delete, path => File.WriteAllBytes(path, [1]) })
        {
            damage(PathOf(Assert.Single(FileFixture.BlobsIn(_folder.Path))));

            using var again = await directory.UploadAsync(alice.Username, capability, id, [1, 2, 3]);

            Assert.Equal(HttpStatusCode.Created, again.StatusCode);
            using var response = await directory.DownloadAsync(alice.Username, token, id);
            Assert.Equal([1, 2, 3], await response.Content.ReadAsByteArrayAsync());
        }
    }

    [Fact]
    public async Task Lost_file_frees_its_quota_when_it_is_read()
    {
        await using var directory = await StartWithFilesAsync(
            "Directory:Files:CapabilityFiles=1",
            "Directory:Files:OrphanAge=00:00:00.010",
            "Directory:Files:SweepEvery=01:00:00"
        );
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        var id = await directory.LeaveFileAsync(alice.Username, capability, [1, 2, 3]);
        File.Delete(PathOf(Assert.Single(FileFixture.BlobsIn(_folder.Path))));

        await Eventually.True(
            async () =>
            {
                using var lost = await directory.DownloadAsync(alice.Username, token, id);
                Assert.Equal(HttpStatusCode.NotFound, lost.StatusCode);
                return (await directory.ListFilesAsync(alice.Username, token)).Count == 0;
            },
            Soon,
            "the file is discarded"
        );

        _ = await directory.LeaveFileAsync(alice.Username, capability, [4]);
    }

    [Fact]
    public async Task Revoked_capability_stores_no_upload_in_progress()
    {
        await using var directory = await StartWithFilesAsync();
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        await using var upload = await BeginAsync(directory, alice, capability);

        using var revoked = await directory.SendAsync(
            HttpMethod.Delete,
            $"/peers/{alice.Username}/mailbox/capabilities/{MailboxFixture.HashOf(capability)}",
            token
        );
        Assert.True(revoked.IsSuccessStatusCode);
        await upload.SendAsync(5);

        Assert.Contains(" 403 ", await upload.ReadStatusAsync(), StringComparison.Ordinal);
        Assert.Empty(await directory.ListFilesAsync(alice.Username, token));
        await UntilEmptyAsync();
    }

    [Fact]
    public async Task Replaced_reservation_is_not_kept()
    {
        // No sweep, so it is the ledger that refuses. Another replica has begun a second upload.
        await using var directory = await StartWithFilesAsync("Directory:Files:SweepEvery=01:00:00");
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        var id = FileFixture.NewId();
        await using var upload = await BeginAsync(directory, alice, capability, id);
        var deposit = new FileDeposit(id, MailboxFixture.HashOf(capability), 10, new string('A', 44));
        _ = await directory
            .Services.GetRequiredService<IFileLedger>()
            .ReserveAsync(Username.Parse(alice.Username), deposit, CancellationToken.None);

        await upload.SendAsync(5);

        Assert.Contains(" 409 ", await upload.ReadStatusAsync(), StringComparison.Ordinal);
        Assert.Empty(await directory.ListFilesAsync(alice.Username, token));
        Assert.Empty(FileFixture.BlobsIn(_folder.Path));
    }

    [Fact]
    public async Task Expired_reservation_is_not_kept()
    {
        await using var directory = await StartWithFilesAsync("Directory:Files:TransferTimeout=00:00:00.200");
        using var alice = new TestIdentity();
        var (_, capability) = await directory.RegisterWithMailboxAsync(alice);
        var name = Username.Parse(alice.Username);
        var deposit = new FileDeposit(FileFixture.NewId(), MailboxFixture.HashOf(capability), 10, new string('A', 44));
        var ledger = directory.Services.GetRequiredService<IFileLedger>();
        var reserved = await ledger.ReserveAsync(name, deposit, CancellationToken.None);

        await Eventually.True(
            async () => (await ledger.SweepAsync(CancellationToken.None)).TotalBytes == 0,
            Soon,
            "the reservation has ended"
        );

        var kept = await ledger.KeepAsync(name, deposit.Id, reserved.Blob, CancellationToken.None);
        Assert.Equal(FileOutcome.Gone, kept.Outcome);
    }

    [Fact]
    public async Task Withdrawn_upload_is_ended()
    {
        await using var directory = await StartWithFilesAsync("Directory:Files:SweepEvery=01:00:00");
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        var id = FileFixture.NewId();
        await using var upload = await BeginAsync(directory, alice, capability, id);

        (await directory.WithdrawAsync(alice.Username, capability, id)).Dispose();

        Assert.Contains(" 409 ", await upload.ReadStatusAsync(), StringComparison.Ordinal);
        Assert.Empty(await directory.ListFilesAsync(alice.Username, token));
        await UntilEmptyAsync();
    }

    [Fact]
    public async Task Second_upload_of_an_id_replaces_one_that_hangs()
    {
        // A quota of one file and a single slot, which the first upload must give back. No sweep helps.
        await using var directory = await StartWithFilesAsync(
            "Directory:Files:CapabilityFiles=1",
            "Directory:Files:TransfersPerMailbox=1",
            "Directory:Files:SweepEvery=01:00:00"
        );
        using var alice = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        var id = FileFixture.NewId();
        await using var upload = await BeginAsync(directory, alice, capability, id);

        using (var second = await directory.UploadAsync(alice.Username, capability, id, [7]))
        {
            Assert.Equal(HttpStatusCode.Created, second.StatusCode);
        }

        Assert.Contains(" 409 ", await upload.ReadStatusAsync(), StringComparison.Ordinal);
        using var response = await directory.DownloadAsync(alice.Username, token, id);
        Assert.Equal([7], await response.Content.ReadAsByteArrayAsync());
    }

    // An upload of 10 zero bytes, of which 5 have arrived.
    private async Task<RawUpload> BeginAsync(
        DirectoryFixture directory,
        TestIdentity recipient,
        byte[] capability,
        string? id = null
    )
    {
        var upload = await RawUpload.BeginAsync(
            directory,
            recipient.Username,
            capability,
            length: 10,
            id,
            digestOf: new byte[10]
        );
        await upload.SendAsync(5);
        await Eventually.True(() => FileFixture.BlobsIn(_folder.Path).Length == 1, Soon, "the upload has begun");
        return upload;
    }

    private string PathOf(string blob) => Path.Combine(_folder.Path, "files", blob[2..4], blob);

    private static Task UntilStoredAsync(DirectoryFixture directory, TestIdentity recipient, byte[] capability) =>
        Eventually.True(
            async () =>
            {
                using var next = await directory.UploadAsync(recipient.Username, capability, FileFixture.NewId(), [1]);
                return next.StatusCode == HttpStatusCode.Created;
            },
            Soon,
            "the quota is free again"
        );

    private Task UntilEmptyAsync() =>
        Eventually.True(() => FileFixture.BlobsIn(_folder.Path).Length == 0, Soon, "the bytes are deleted");

    private Task<DirectoryFixture> StartWithFilesAsync(params string[] settings) =>
        StartAsync([
            $"Directory:Files:Folder={_folder.Path}",
            "Directory:Files:SweepEvery=00:00:00.050",
            "Directory:Files:FreeShare=0",
            .. settings,
        ]);
}

public sealed class MemoryFileTests() : FileContract(new MemoryStore());

public sealed class SqliteFileTests(SqliteStore sqlite) : FileContract(sqlite), IClassFixture<SqliteStore>;

public sealed class RedisFileTests(RedisStore redis) : FileContract(redis), IClassFixture<RedisStore>;

[Collection(RedisClusterStore.Collection)]
public sealed class RedisClusterFileTests(RedisClusterStore cluster) : FileContract(cluster);
