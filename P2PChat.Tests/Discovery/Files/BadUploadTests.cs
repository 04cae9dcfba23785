using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Discovery.Storage.Files;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using DirectoryInfo = P2PChat.Protocol.DirectoryApi.DirectoryInfo;

namespace P2PChat.Tests.Discovery.Files;

/// <summary>Uploads and downloads that lie, and a directory that stores no files.</summary>
public sealed class BadUploadTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly TempDirectory _folder = new();
    private readonly TempDirectory _other = new();
    private readonly TestIdentity _alice = new();
    private DirectoryFixture _directory = null!;
    private string _token = "";
    private byte[] _capability = [];

    public async Task InitializeAsync()
    {
        _directory = await DirectoryFixture.StartAsync(
            $"Directory:Files:Folder={_folder.Path}",
            "Directory:Files:SweepEvery=00:00:00.050",
            "Directory:Files:FreeShare=0",
            "Directory:Files:FileBytes=100000",
            "Directory:Files:TransferTimeout=00:00:02",
            "Directory:Files:TransfersPerAddress=2"
        );
        (_token, _capability) = await _directory.RegisterWithMailboxAsync(_alice);
    }

    public async Task DisposeAsync() => await _directory.DisposeAsync();

    public void Dispose()
    {
        _alice.Dispose();
        _folder.Dispose();
        _other.Dispose();
    }

    [Theory]
    [InlineData("..%2f..%2fetc%2fpasswd")]
    [InlineData("0123456789ABCDEF0123456789ABCDEF")]
    [InlineData("0123456789abcdef0123456789abcdef0")]
    [InlineData("0123456789abcdef..23456789abcdef")]
    public async Task Id_that_is_not_32_hex_digits_is_refused(string id)
    {
        using var upload = await _directory.UploadAsync(_alice.Username, _capability, id, [1]);
        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.MalformedRequest, upload);
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Delete })
        {
            using var read = await _directory.SendAsync(method, $"/peers/{_alice.Username}/files/{id}", _token);
            await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.MalformedRequest, read);
        }

        AssertNothingStored();
    }

    [Fact]
    public async Task Wrong_digest_is_refused_and_leaves_nothing()
    {
        using var request = FileFixture.Upload(
            _alice.Username,
            _capability,
            FileFixture.NewId(),
            new ByteArrayContent([1, 2, 3]),
            SHA256.HashData([1, 2])
        );
        using var refused = await _directory.Http.SendAsync(request);

        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.DigestMismatch, refused);
        AssertNothingStored();
        Assert.Empty(await _directory.ListFilesAsync(_alice.Username, _token));
    }

    [Theory]
    [InlineData("")]
    [InlineData("sha-256=::")]
    [InlineData("sha-256=:AAAA:")]
    [InlineData("sha-512=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:")]
    [InlineData("sha-256=:!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:")]
    [InlineData("sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=:")]
    public async Task Malformed_digest_is_refused(string digest)
    {
        using var request = FileFixture.Upload(_alice.Username, _capability, FileFixture.NewId(), [1]);
        request.Headers.Remove("Content-Digest");
        request.Headers.TryAddWithoutValidation("Content-Digest", digest);
        using var refused = await _directory.Http.SendAsync(request);

        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.MalformedRequest, refused);
    }

    [Fact]
    public async Task Too_large_empty_and_chunked_bodies_are_refused_before_they_are_read()
    {
        using (
            var large = await _directory.UploadAsync(
                _alice.Username,
                _capability,
                FileFixture.NewId(),
                new byte[100_001]
            )
        )
        {
            await ProblemAssert.IsAsync(HttpStatusCode.RequestEntityTooLarge, ProblemTypes.TooLarge, large);
        }

        using (var empty = await _directory.UploadAsync(_alice.Username, _capability, FileFixture.NewId(), []))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.MalformedRequest, empty);
        }

        using var request = FileFixture.Upload(_alice.Username, _capability, FileFixture.NewId(), [1]);
        request.Headers.TransferEncodingChunked = true;
        using var chunked = await _directory.Http.SendAsync(request);
        await ProblemAssert.IsAsync(HttpStatusCode.BadRequest, ProblemTypes.MalformedRequest, chunked);
        AssertNothingStored();
    }

    [Fact]
    public async Task Body_shorter_than_its_length_leaves_nothing()
    {
        await using (var upload = await RawUpload.BeginAsync(_directory, _alice.Username, _capability, length: 1000))
        {
            await upload.SendAsync(500);
            await Eventually.True(() => FileFixture.BlobsIn(_folder.Path).Length == 1, Soon, "the upload has begun");
        }

        await Eventually.True(() => FileFixture.BlobsIn(_folder.Path).Length == 0, Soon, "the upload has ended");
        Assert.Empty(await _directory.ListFilesAsync(_alice.Username, _token));
    }

    [Fact]
    public async Task Slow_upload_is_ended()
    {
        await using var upload = await RawUpload.BeginAsync(_directory, _alice.Username, _capability, length: 1000);
        await upload.SendAsync(500);

        Assert.Contains(" 408 ", await upload.ReadStatusAsync(), StringComparison.Ordinal);
        await Eventually.True(() => FileFixture.BlobsIn(_folder.Path).Length == 0, Soon, "the upload has ended");
    }

    [Fact]
    public async Task Concurrent_transfers_are_limited_per_address()
    {
        // Too long for this test, so that only the end of an upload frees its slot.
        await using var directory = await StartAsync("Directory:Files:TransferTimeout=00:10:00");
        var (_, capability) = await directory.RegisterWithMailboxAsync(_alice);
        await using var first = await RawUpload.BeginAsync(directory, _alice.Username, capability, length: 10);
        await using var second = await RawUpload.BeginAsync(directory, _alice.Username, capability, length: 10);
        await first.SendAsync(1);
        await second.SendAsync(1);
        await Eventually.True(() => FileFixture.BlobsIn(_other.Path).Length == 2, Soon, "both have begun");

        using (var third = await directory.UploadAsync(_alice.Username, capability, FileFixture.NewId(), [1]))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.TooManyRequests, third);
        }

        first.Abort();
        second.Abort();
        await Eventually.True(
            async () =>
            {
                using var next = await directory.UploadAsync(_alice.Username, capability, FileFixture.NewId(), [1]);
                return next.StatusCode == HttpStatusCode.Created;
            },
            Soon,
            "the slots are free again"
        );
    }

    [Fact]
    public async Task Uploads_of_one_contact_leave_slots_for_others_and_downloads()
    {
        await using var directory = await StartAsync(
            "Directory:Files:TransferTimeout=00:10:00",
            "Directory:Files:TransfersPerMailbox=1"
        );
        var (token, capability) = await directory.RegisterWithMailboxAsync(_alice);
        var other = await directory.GrantAsync(_alice.Username, token);
        await using var first = await RawUpload.BeginAsync(directory, _alice.Username, capability, length: 10);
        await first.SendAsync(1);
        await Eventually.True(() => FileFixture.BlobsIn(_other.Path).Length == 1, Soon, "it has begun");

        using (var second = await directory.UploadAsync(_alice.Username, capability, FileFixture.NewId(), [1]))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.TooManyRequests, second);
        }

        var id = await directory.LeaveFileAsync(_alice.Username, other, [2]);
        await using var last = await RawUpload.BeginAsync(directory, _alice.Username, other, length: 10);
        await last.SendAsync(1);
        await Eventually.True(() => FileFixture.BlobsIn(_other.Path).Length == 3, Soon, "it has begun");
        using var response = await directory.DownloadAsync(_alice.Username, token, id);
        Assert.Equal([2], await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("bytes=0-0", HttpStatusCode.PartialContent, "00")]
    [InlineData("bytes=2-", HttpStatusCode.PartialContent, "020304")]
    [InlineData("bytes=-2", HttpStatusCode.PartialContent, "0304")]
    [InlineData("bytes=3-999999999999", HttpStatusCode.PartialContent, "0304")]
    [InlineData("bytes=5-", HttpStatusCode.RequestedRangeNotSatisfiable, null)]
    [InlineData("bytes=99999999999999999999-", HttpStatusCode.OK, "0001020304")]
    [InlineData("bytes=3-1", HttpStatusCode.OK, "0001020304")]
    [InlineData("bytes=0-0,2-3", HttpStatusCode.OK, "0001020304")]
    [InlineData("lines=1-2", HttpStatusCode.OK, "0001020304")]
    public async Task Ranges_are_answered_or_ignored(string range, HttpStatusCode status, string? hex)
    {
        var id = await _directory.LeaveFileAsync(_alice.Username, _capability, [0, 1, 2, 3, 4]);

        using var response = await _directory.DownloadAsync(_alice.Username, _token, id, range);

        Assert.Equal(status, response.StatusCode);
        if (hex is not null)
        {
            Assert.Equal(hex, Convert.ToHexString(await response.Content.ReadAsByteArrayAsync()));
        }
    }

    [Fact]
    public async Task File_that_is_missing_in_the_folder_is_unknown()
    {
        var id = await _directory.LeaveFileAsync(_alice.Username, _capability, [0, 1]);
        var blob = FileFixture.BlobsIn(_folder.Path).Single();
        var path = Path.Combine(_folder.Path, "files", blob[2..4], blob);
        foreach (var damage in new Action[] { () => File.WriteAllBytes(path, [0]), () => File.Delete(path) })
        {
            damage();
            using var response = await _directory.DownloadAsync(_alice.Username, _token, id);
            await ProblemAssert.IsAsync(HttpStatusCode.NotFound, ProblemTypes.UnknownFile, response);
        }
    }

    [Fact]
    public async Task Full_disk_refuses_uploads_and_keeps_what_is_there()
    {
        using var folder = new TempDirectory();
        var free = 1_000_000L;
        await using var directory = await DirectoryFixture.StartWithoutStoreAsync(
            builder =>
                builder.Services.AddSingleton<DiskSpaceProbe>(_ => new DiskSpace(Volatile.Read(ref free), 1_000_000)),
            [$"Directory:Files:Folder={folder.Path}"]
        );
        var (token, capability) = await directory.RegisterWithMailboxAsync(_alice);
        var id = await directory.LeaveFileAsync(_alice.Username, capability, [1]);

        Volatile.Write(ref free, 100_000);
        using (var full = await directory.UploadAsync(_alice.Username, capability, FileFixture.NewId(), [1]))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.InsufficientStorage, ProblemTypes.FileStoreFull, full);
            Assert.Equal(TimeSpan.FromMinutes(5), full.Headers.RetryAfter!.Delta);
        }

        using (var kept = await directory.DownloadAsync(_alice.Username, token, id))
        {
            Assert.Equal([1], await kept.Content.ReadAsByteArrayAsync());
        }

        Volatile.Write(ref free, 100_001);
        _ = await directory.LeaveFileAsync(_alice.Username, capability, [2]);
    }

    [Fact]
    public async Task Orphan_is_deleted_and_a_stored_file_is_not()
    {
        _ = await _directory.LeaveFileAsync(_alice.Username, _capability, [1]);
        var kept = FileFixture.BlobsIn(_folder.Path).Single();
        var orphan = Path.Combine(_folder.Path, "incoming", FileFixture.NewId());
        await File.WriteAllBytesAsync(orphan, [1]);
        foreach (var path in Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-2));
        }

        await _directory.Sweeper.SweepOrphansAsync(CancellationToken.None);

        Assert.Equal([kept], FileFixture.BlobsIn(_folder.Path));
    }

    [Fact]
    public async Task Directory_says_whether_it_stores_files()
    {
        var on = (await DescribeAsync(_directory)).Files!;
        Assert.Equal((true, 100_000, 14.0, null), (on.Enabled, on.MaxBytes, on.KeptDays, on.Reason));
        await using var without = await DirectoryFixture.StartAsync();
        var (_, capability) = await without.RegisterWithMailboxAsync(_alice);

        var off = (await DescribeAsync(without)).Files!;

        Assert.Equal((false, "off"), (off.Enabled, off.Reason));
        Assert.True(await without.HealthIsAsync("Healthy"));
        using var refused = await without.UploadAsync(_alice.Username, capability, FileFixture.NewId(), [1]);
        await ProblemAssert.IsAsync(HttpStatusCode.Forbidden, ProblemTypes.FilesOff, refused);
    }

    [Fact]
    public async Task Folder_of_another_directory_is_reported_without_its_path()
    {
        await using var other = await DirectoryFixture.StartAsync($"Directory:Files:Folder={_folder.Path}");
        var (_, capability) = await other.RegisterWithMailboxAsync(_alice);

        Assert.Equal("foreign_folder", (await DescribeAsync(other)).Files!.Reason);
        Assert.True(await other.HealthIsAsync("Degraded"));
        Assert.Contains(other.Logs.Warnings, line => line.Contains("another directory", StringComparison.Ordinal));
        using var refused = await other.UploadAsync(_alice.Username, capability, FileFixture.NewId(), [1]);
        var problem = await ProblemAssert.IsAsync(HttpStatusCode.Forbidden, ProblemTypes.FilesOff, refused);
        Assert.DoesNotContain(_folder.Path, problem.ToString(), StringComparison.Ordinal);
    }

    private Task<DirectoryFixture> StartAsync(params string[] settings) =>
        DirectoryFixture.StartAsync([
            $"Directory:Files:Folder={_other.Path}",
            "Directory:Files:SweepEvery=00:00:00.050",
            "Directory:Files:FreeShare=0",
            "Directory:Files:TransfersPerAddress=2",
            .. settings,
        ]);

    private static async Task<DirectoryInfo> DescribeAsync(DirectoryFixture directory) =>
        (await directory.Http.GetFromJsonAsync<DirectoryInfo>("/directory", JsonSerializerOptions.Web))!;

    private void AssertNothingStored() => Assert.Empty(FileFixture.BlobsIn(_folder.Path));
}
