using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Storage.Files;
using P2PChat.Protocol.Crypto;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
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
            "Directory:Files:FileBytes=8192",
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
        await directory.Sweeper.SweepAsync(CancellationToken.None);
        await directory.LeaveFileAsync(alice.Username, carols, [2]);
        Assert.Equal(3, (await directory.ListFilesAsync(alice.Username, token)).Count);
    }

    [Fact]
    public async Task Total_is_limited_until_bytes_are_deleted()
    {
        await using var directory = await StartWithFilesAsync(
            "Directory:Files:FileBytes=5000",
            "Directory:FilesInTotal=80000",
            "Directory:Files:SweepEvery=01:00:00"
        );
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        var (token, capability) = await directory.RegisterWithMailboxAsync(alice);
        var (_, other) = await directory.RegisterWithMailboxAsync(bob);
        var id = await directory.LeaveFileAsync(alice.Username, capability, new byte[5000]);
        using (var full = await directory.UploadAsync(bob.Username, other, FileFixture.NewId(), [1]))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.InsufficientStorage, ProblemTypes.FileStoreFull, full);
        }

        (await directory.SendAsync(HttpMethod.Delete, $"/peers/{alice.Username}/files/{id}", token)).Dispose();
        using (var full = await directory.UploadAsync(alice.Username, capability, FileFixture.NewId(), [1]))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.InsufficientStorage, ProblemTypes.FileStoreFull, full);
            Assert.NotNull(full.Headers.RetryAfter);
        }

        await directory.Sweeper.SweepAsync(CancellationToken.None);
        await directory.LeaveFileAsync(alice.Username, capability, [1]);
        Assert.Single(FileFixture.BlobsIn(_folder.Path));
    }

    [Fact]
    public async Task Concurrent_uploads_do_not_exceed_the_quota()
    {
        await using var directory = await StartWithFilesAsync(
            "Directory:Files:FileBytes=8192",
            "Directory:Files:CapabilityBytes=32768",
            "Directory:Files:TransfersPerAddress=64",
            "Directory:Files:TransfersPerMailbox=64"
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
        await using var directory = await StartWithFilesAsync(
            "Directory:Files:FileBytes=100000",
            "Directory:Files:CapabilityBytes=200000"
        );
        using var alice = new TestIdentity();
        var (_, capability) = await directory.RegisterWithMailboxAsync(alice);
        foreach (var size in new[] { 66_667, 66_667, 66_666 })
        {
            await directory.LeaveFileAsync(alice.Username, capability, new byte[SealedFile.SizeOf(size)]);
        }

        await RefusedAsync(directory, alice, capability, 1);
    }

    [Fact]
    public async Task Names_of_one_address_leave_room_for_others()
    {
        // 160 units of 4 KiB. All names of one address may use 1/16 of the rest, which is 9.
        await using var directory = await StartWithFilesAsync(
            "Directory:Files:FileBytes=5000",
            "Directory:FilesInTotal=655360"
        );
        using var bob = new TestIdentity();
        var others = await RegisterElsewhereAsync(directory, bob);
        var stored = 0;
        for (var name = 0; name < 40; name++)
        {
            using var alice = new TestIdentity();
            var (_, capability) = await directory.RegisterWithMailboxAsync(alice);
            using var response = await directory.UploadAsync(alice.Username, capability, FileFixture.NewId(), [1]);
            stored += response.StatusCode == HttpStatusCode.Created ? 1 : 0;
        }

        Assert.Equal(9, stored);
        for (var file = 0; file < 8; file++)
        {
            await directory.LeaveFileAsync(bob.Username, others, [2]);
        }
    }

    [Fact]
    public async Task Withdrawn_files_count_until_their_bytes_are_deleted()
    {
        await using var directory = await StartWithFilesAsync(
            "Directory:Files:FileBytes=8192",
            "Directory:Files:CapabilityBytes=16384",
            "Directory:Files:SweepEvery=01:00:00"
        );
        using var alice = new TestIdentity();
        var (_, capability) = await directory.RegisterWithMailboxAsync(alice);
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var id = await directory.LeaveFileAsync(alice.Username, capability, new byte[8192]);
            (await directory.WithdrawAsync(alice.Username, capability, id)).Dispose();
        }

        await RefusedAsync(directory, alice, capability, 8192);

        await directory.Sweeper.SweepAsync(CancellationToken.None);
        await directory.LeaveFileAsync(alice.Username, capability, new byte[8192]);
        Assert.Equal(FileCharge.Of(8192), await TotalAsync(directory));
    }

    [Fact]
    public async Task Replaced_reservations_count_until_they_are_forgotten()
    {
        await using var directory = await StartWithFilesAsync(
            "Directory:Files:FileBytes=8192",
            "Directory:Files:CapabilityFiles=3",
            "Directory:Files:SweepEvery=01:00:00"
        );
        using var alice = new TestIdentity();
        var (_, capability) = await directory.RegisterWithMailboxAsync(alice);
        var ledger = directory.Services.GetRequiredService<IFileLedger>();
        // As at several replicas, of which none knows the uploads of the others.
        var deposit = new FileDeposit(
            FileFixture.NewId(),
            MailboxFixture.HashOf(capability),
            8192,
            new string('A', 44)
        );
        var outcomes = new List<FileOutcome>();
        for (var i = 0; i < 5; i++)
        {
            outcomes.Add((await ledger.ReserveAsync(Username.Parse(alice.Username), deposit, default)).Outcome);
        }

        Assert.Equal(
            [FileOutcome.Done, FileOutcome.Done, FileOutcome.Done, FileOutcome.Full, FileOutcome.Full],
            outcomes
        );
    }

    [Fact]
    public async Task Aborted_upload_frees_its_space_without_a_sweep()
    {
        await using var directory = await StartWithFilesAsync("Directory:Files:SweepEvery=01:00:00");
        using var alice = new TestIdentity();
        var (_, capability) = await directory.RegisterWithMailboxAsync(alice);
        await using var upload = await RawUpload.BeginAsync(directory, alice.Username, capability, length: 100_000);
        await upload.SendAsync(50_000);
        await Eventually.True(() => FileFixture.BlobsIn(_folder.Path).Length == 1, Soon, "the upload has begun");

        upload.Abort();

        await Eventually.True(async () => await TotalAsync(directory) == 0, Soon, "the space is free");
    }

    private static async Task<byte[]> RegisterElsewhereAsync(DirectoryFixture directory, TestIdentity owner)
    {
        using var handler = new SocketsHttpHandler { ConnectCallback = ConnectFromElsewhereAsync };
        using var http = new HttpClient(handler) { BaseAddress = directory.Address };
        using var response = await http.PutAsJsonAsync(
            $"/peers/{owner.Username}",
            owner.Register(await directory.GetIdAsync()),
            JsonSerializerOptions.Web
        );
        var registered = await response.Content.ReadFromJsonAsync<RegistrationResponse>(JsonSerializerOptions.Web);
        return await directory.GrantAsync(owner.Username, registered!.LeaseToken);
    }

    private static async ValueTask<Stream> ConnectFromElsewhereAsync(
        SocketsHttpConnectionContext context,
        CancellationToken cancellationToken
    )
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
        await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static async Task<long> TotalAsync(DirectoryFixture directory) =>
        (await directory.Services.GetRequiredService<IFileLedger>().SweepAsync(CancellationToken.None)).TotalBytes;

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
