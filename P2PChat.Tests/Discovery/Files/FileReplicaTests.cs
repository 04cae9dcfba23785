using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Discovery.Storage.Files;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Node;
using DirectoryInfo = P2PChat.Protocol.DirectoryApi.DirectoryInfo;

namespace P2PChat.Tests.Discovery.Files;

/// <summary>Files with several replicas on one Redis.</summary>
public sealed class FileReplicaTests(RedisStore redis) : IClassFixture<RedisStore>, IAsyncLifetime, IDisposable
{
    private readonly TempDirectory _folder = new();
    private readonly TempDirectory _other = new();
    private DirectoryFixture _first = null!;

    public async Task InitializeAsync()
    {
        await redis.Server.SendAsync("FLUSHALL");
        _first = await StartAsync(_folder);
    }

    public async Task DisposeAsync() => await _first.DisposeAsync();

    public void Dispose()
    {
        _folder.Dispose();
        _other.Dispose();
    }

    [Fact]
    public async Task File_at_one_replica_is_downloaded_from_another()
    {
        await using var second = await StartAsync(_folder);
        Assert.True((await FilesOfAsync(second)).Enabled);
        using var alice = new TestIdentity();
        var (token, capability) = await _first.RegisterWithMailboxAsync(alice);

        var id = await _first.LeaveFileAsync(alice.Username, capability, [1, 2]);

        using var response = await second.DownloadAsync(alice.Username, token, id);
        Assert.Equal([1, 2], await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Replica_with_another_folder_is_off_and_the_first_stays_on()
    {
        await using var second = await StartAsync(_other);

        var files = await FilesOfAsync(second);
        Assert.Equal((false, "not_shared"), (files.Enabled, files.Reason));
        Assert.True(await second.HealthIsAsync("Degraded"));
        Assert.Contains(second.Logs.Warnings, line => line.Contains("same folder", StringComparison.Ordinal));
        await CheckAsync(_first);
        Assert.True((await FilesOfAsync(_first)).Enabled);
    }

    [Fact]
    public async Task Copied_folder_is_not_a_shared_one()
    {
        File.Copy(Path.Combine(_folder.Path, "directory.id"), Path.Combine(_other.Path, "directory.id"));
        await using var second = await StartAsync(_other);

        Assert.Equal("not_shared", (await FilesOfAsync(second)).Reason);
    }

    [Fact]
    public async Task Replica_turns_on_when_its_folder_is_shared()
    {
        await using var second = await StartAsync(_other);
        Assert.False((await FilesOfAsync(second)).Enabled);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_folder.Path, "replicas")))
        {
            File.Copy(file, Path.Combine(_other.Path, "replicas", Path.GetFileName(file)));
        }

        await CheckAsync(second);

        Assert.True((await FilesOfAsync(second)).Enabled);
    }

    [Fact]
    public async Task Replica_whose_mount_has_gone_turns_off()
    {
        await using var second = await StartAsync(_folder);
        Directory.Move(_folder.Path, _folder.Path + ".away");
        Directory.CreateDirectory(_folder.Path);
        try
        {
            await CheckAsync(second);

            Assert.Equal("not_shared", (await FilesOfAsync(second)).Reason);
        }
        finally
        {
            Directory.Delete(_folder.Path, recursive: true);
            Directory.Move(_folder.Path + ".away", _folder.Path);
        }

        await CheckAsync(second);
        Assert.True((await FilesOfAsync(second)).Enabled);
    }

    [Fact]
    public async Task Sweep_of_one_replica_deletes_the_files_of_another()
    {
        await using var second = await StartAsync(_folder);
        using var alice = new TestIdentity();
        var (token, capability) = await _first.RegisterWithMailboxAsync(alice);
        var id = await _first.LeaveFileAsync(alice.Username, capability, [1, 2]);

        (await _first.SendAsync(HttpMethod.Delete, $"/peers/{alice.Username}/files/{id}", token)).Dispose();
        await Task.WhenAll(
            _first.Sweeper.SweepAsync(CancellationToken.None),
            second.Sweeper.SweepAsync(CancellationToken.None)
        );

        Assert.Empty(FileFixture.BlobsIn(_folder.Path));
        Assert.Equal("0", (await redis.Server.SendAsync("GET", "{p2pchat:files}:bytes")).TrimStart('$', ':'));
    }

    [Fact]
    public async Task Files_of_an_owner_before_are_not_listed_though_an_old_replica_left_them()
    {
        using var alice = new TestIdentity();
        using var next = new TestIdentity(alice.Username);
        var (_, capability) = await _first.RegisterWithMailboxAsync(alice);
        var id = await _first.LeaveFileAsync(alice.Username, capability, [1]);
        // An older replica frees a name without its files.
        var shard = P2PChat.Discovery.Storage.Redis.Shard.Of(P2PChat.Protocol.Identity.Username.Parse(alice.Username));
        foreach (var key in new[] { "peers", "records", "tokens" })
        {
            await redis.Server.SendAsync("HDEL", $"{{p2pchat:{shard.Index:00}}}:{key}", alice.Username);
        }

        await redis.Server.SendAsync("ZREM", $"{{p2pchat:{shard.Index:00}}}:leases", alice.Username);
        var token = (await _first.RegisterAsync(next)).LeaseToken;

        Assert.Empty(await _first.ListFilesAsync(alice.Username, token));
        using var response = await _first.DownloadAsync(alice.Username, token, id);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, response.StatusCode);
    }

    private static async Task<DirectoryFiles> FilesOfAsync(DirectoryFixture directory) =>
        (await directory.Http.GetFromJsonAsync<DirectoryInfo>("/directory", JsonSerializerOptions.Web))!.Files!;

    private static async Task CheckAsync(DirectoryFixture directory) =>
        await directory
            .Services.GetRequiredService<IFileStore>()
            .CheckAsync(await directory.GetIdAsync(), CancellationToken.None);

    private Task<DirectoryFixture> StartAsync(TempDirectory folder) =>
        DirectoryFixture.StartAsync(
            $"ConnectionStrings:redis={redis.Server.ConnectionString}",
            DirectoryFixture.PatientWithStore,
            $"Directory:Files:Folder={folder.Path}",
            "Directory:Files:FreeShare=0",
            "Directory:Files:SweepEvery=01:00:00",
            "Directory:Files:CheckEvery=00:01:00"
        );
}
