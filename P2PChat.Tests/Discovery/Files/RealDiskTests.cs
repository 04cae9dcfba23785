using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Discovery.Storage.Files;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Discovery.Files;

/// <summary>A file system that is really full.</summary>
[Trait("Requires", "Root")]
public sealed class RealDiskTests : IAsyncLifetime, IDisposable
{
    private readonly TempDirectory _mount = new();
    private readonly TestIdentity _alice = new();

    private string Folder => Path.Combine(_mount.Path, "store");

    public Task InitializeAsync() => RunAsync("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", _mount.Path);

    public Task DisposeAsync() => RunAsync("umount", "--lazy", _mount.Path);

    public void Dispose()
    {
        _alice.Dispose();
        _mount.Dispose();
    }

    [Fact]
    public async Task Full_disk_refuses_an_upload_and_keeps_the_others()
    {
        await using var directory = await StartAsync("Directory:Files:FreeShare=0");
        var (token, capability) = await directory.RegisterWithMailboxAsync(_alice);
        var kept = new byte[1_000_000];
        Array.Fill(kept, (byte)7);
        var id = await directory.LeaveFileAsync(_alice.Username, capability, kept);
        var ballast = Path.Combine(_mount.Path, "ballast");
        Fill(ballast);

        foreach (var size in new[] { 1, 100_000, 3_000_000 })
        {
            using var full = await directory.UploadAsync(
                _alice.Username,
                capability,
                FileFixture.NewId(),
                new byte[size]
            );
            var problem = await ProblemAssert.IsAsync(
                HttpStatusCode.InsufficientStorage,
                ProblemTypes.FileStoreFull,
                full
            );
            Assert.Contains("no room for more files", problem.ToString(), StringComparison.Ordinal);
        }

        Assert.Single(FileFixture.BlobsIn(Folder));
        Assert.Single(await directory.ListFilesAsync(_alice.Username, token));
        using (var response = await directory.DownloadAsync(_alice.Username, token, id))
        {
            Assert.Equal(kept, await response.Content.ReadAsByteArrayAsync());
        }

        File.Delete(ballast);
        _ = await directory.LeaveFileAsync(_alice.Username, capability, new byte[100_000]);
    }

    [Fact]
    public async Task Disk_that_is_fuller_than_measured_refuses_an_upload()
    {
        // As with a quota, or if another program has taken the space in between.
        await using var directory = await DirectoryFixture.StartWithoutStoreAsync(
            builder => builder.Services.AddSingleton<DiskSpaceProbe>(_ => new DiskSpace(1 << 30, 1 << 30)),
            [$"Directory:Files:Folder={Folder}"]
        );
        var (_, capability) = await directory.RegisterWithMailboxAsync(_alice);

        using var full = await directory.UploadAsync(
            _alice.Username,
            capability,
            FileFixture.NewId(),
            new byte[6_000_000]
        );

        await ProblemAssert.IsAsync(HttpStatusCode.InsufficientStorage, ProblemTypes.FileStoreFull, full);
        Assert.Empty(FileFixture.BlobsIn(Folder));
    }

    [Fact]
    public async Task Concurrent_uploads_leave_the_last_tenth_free()
    {
        await using var directory = await StartAsync(
            "Directory:Files:TransfersPerAddress=64",
            "Directory:Files:TransfersPerMailbox=64"
        );
        var (_, capability) = await directory.RegisterWithMailboxAsync(_alice);

        var responses = await Task.WhenAll(
            Enumerable
                .Range(0, 16)
                .Select(_ => directory.UploadAsync(_alice.Username, capability, FileFixture.NewId(), new byte[500_000]))
        );

        Assert.Contains(responses, response => response.StatusCode == HttpStatusCode.Created);
        Assert.Contains(responses, response => response.StatusCode == HttpStatusCode.InsufficientStorage);
        var disk = new DriveInfo(_mount.Path);
        Assert.InRange(disk.AvailableFreeSpace, disk.TotalSize / 10, disk.TotalSize);
        foreach (var response in responses)
        {
            response.Dispose();
        }
    }

    private Task<DirectoryFixture> StartAsync(params string[] settings) =>
        DirectoryFixture.StartAsync([
            $"Directory:Files:Folder={Folder}",
            "Directory:Files:SweepEvery=00:00:00.050",
            .. settings,
        ]);

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var page = new byte[4096];
        try
        {
            while (true)
            {
                file.Write(page);
            }
        }
        catch (IOException)
        {
            // The disk is full.
        }
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }
}
