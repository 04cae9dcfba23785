using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Discovery.Storage.Files;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Infrastructure;
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
        Assert.Equal((false, "missing_folder"), (files.Enabled, files.Reason));
        Assert.True(await second.HealthIsAsync("Degraded"));
        Assert.Contains(second.Logs.Warnings, line => line.Contains("Mount that one", StringComparison.Ordinal));
        await CheckAsync(_first);
        Assert.True((await FilesOfAsync(_first)).Enabled);
    }

    [Fact]
    public async Task Copied_folder_is_not_a_shared_one()
    {
        CopyFolder();
        await CheckAsync(_first);
        await using var second = await StartAsync(_other);

        Assert.Equal("not_shared", (await FilesOfAsync(second)).Reason);
        await CheckAsync(_first);
        Assert.True((await FilesOfAsync(_first)).Enabled);
    }

    [Fact]
    public async Task Copy_of_this_moment_passes_until_the_next_check()
    {
        CopyFolder();
        await using var second = await StartAsync(_other);

        // The older replica does not look for the younger one.
        await CheckAsync(_first);
        await CheckAsync(second);
        await CheckAsync(_first);

        Assert.Equal("not_shared", (await FilesOfAsync(second)).Reason);
        Assert.True((await FilesOfAsync(_first)).Enabled);
    }

    [Fact]
    public async Task Replica_turns_on_when_its_folder_is_mounted()
    {
        await using var second = await StartAsync(_other);
        Assert.False((await FilesOfAsync(second)).Enabled);
        Directory.Delete(_other.Path, recursive: true);
        Directory.CreateSymbolicLink(_other.Path, _folder.Path);
        try
        {
            await CheckAsync(second);

            Assert.True((await FilesOfAsync(second)).Enabled);
        }
        finally
        {
            Directory.Delete(_other.Path);
            Directory.CreateDirectory(_other.Path);
        }
    }

    [Fact]
    public async Task Only_replica_stays_off_after_a_start_without_its_mount()
    {
        using var alice = new TestIdentity();
        var (token, capability) = await _first.RegisterWithMailboxAsync(alice);
        var id = await _first.LeaveFileAsync(alice.Username, capability, [1, 2]);
        await _first.DisposeAsync();
        // As long after its end as anything of it counts.
        await redis.Server.SendAsync("DEL", "{p2pchat:files}:replicas");

        await using (var without = await StartAsync(_other))
        {
            Assert.Equal("missing_folder", (await FilesOfAsync(without)).Reason);
            using var refused = await without.DownloadAsync(alice.Username, token, id);
            await ProblemAssert.IsAsync(System.Net.HttpStatusCode.Forbidden, ProblemTypes.FilesOff, refused);
            Assert.Empty(Directory.EnumerateFileSystemEntries(_other.Path));
        }

        await using var with = await StartAsync(_folder);
        using var response = await with.DownloadAsync(alice.Username, token, id);
        Assert.Equal([1, 2], await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Replica_with_a_wrong_clock_leaves_the_files_of_others()
    {
        await using var second = await DirectoryFixture.StartWithoutStoreAsync(
            builder => builder.Services.AddSingleton<TimeProvider>(new ShiftedTime(TimeSpan.FromDays(3))),
            SettingsOf(_folder)
        );
        await Eventually.True(
            async () =>
            {
                await CheckAsync(second);
                return (await FilesOfAsync(second)).Enabled;
            },
            TimeSpan.FromSeconds(60),
            "both share the folder"
        );

        await CheckAsync(_first);
        await CheckAsync(second);

        Assert.True((await FilesOfAsync(_first)).Enabled);
        Assert.Equal(2, Directory.EnumerateFiles(Path.Combine(_folder.Path, "replicas")).Count());
    }

    [Fact]
    public async Task Renamed_replica_does_not_keep_the_others_waiting()
    {
        Directory.Delete(Path.Combine(_folder.Path, "replicas"), recursive: true);

        await CheckAsync(_first);

        Assert.True((await FilesOfAsync(_first)).Enabled);
        await using var second = await StartAsync(_folder);
        Assert.True((await FilesOfAsync(second)).Enabled);
    }

    [Fact]
    public async Task Blob_that_only_the_total_counts_is_dropped()
    {
        using var alice = new TestIdentity();
        var (_, capability) = await _first.RegisterWithMailboxAsync(alice);
        await _first.LeaveFileAsync(alice.Username, capability, [1]);
        await redis.Server.SendAsync("HSET", "{p2pchat:files}:held", "00" + new string('a', 30), "8388608 someone");
        await redis.Server.SendAsync("INCRBY", "{p2pchat:files}:bytes", "8388608");

        await _first.Sweeper.SweepOrphansAsync(CancellationToken.None);

        Assert.Equal("4096", (await redis.Server.SendAsync("GET", "{p2pchat:files}:bytes")).TrimStart('$', ':'));
    }

    [Fact]
    public async Task Two_replicas_do_not_exceed_one_quota_together()
    {
        await using var second = await StartAsync(_folder);
        using var alice = new TestIdentity();
        var (token, capability) = await _first.RegisterWithMailboxAsync(alice);

        var responses = await Task.WhenAll(
            Enumerable
                .Range(0, 16)
                .Select(i =>
                    (i % 2 == 0 ? _first : second).UploadAsync(
                        alice.Username,
                        capability,
                        FileFixture.NewId(),
                        new byte[8192]
                    )
                )
        );

        Assert.Equal(4, responses.Count(response => response.StatusCode == System.Net.HttpStatusCode.Created));
        Assert.Equal(4, (await second.ListFilesAsync(alice.Username, token)).Count);
        foreach (var response in responses)
        {
            response.Dispose();
        }
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

            Assert.Equal("missing_folder", (await FilesOfAsync(second)).Reason);
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
    public async Task Files_left_by_an_old_replica_are_hidden_from_the_next_owner()
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

    private void CopyFolder()
    {
        foreach (var file in Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(_other.Path, Path.GetRelativePath(_folder.Path, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private Task<DirectoryFixture> StartAsync(TempDirectory folder) => DirectoryFixture.StartAsync(SettingsOf(folder));

    private string[] SettingsOf(TempDirectory folder) =>
        [
            $"ConnectionStrings:redis={redis.Server.ConnectionString}",
            DirectoryFixture.PatientWithStore,
            $"Directory:Files:Folder={folder.Path}",
            "Directory:Files:FreeShare=0",
            "Directory:Files:FileBytes=8192",
            "Directory:Files:CapabilityBytes=32768",
            "Directory:Files:TransfersPerMailbox=64",
            "Directory:Files:SweepEvery=01:00:00",
        ];

    private sealed class ShiftedTime(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
