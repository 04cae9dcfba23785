using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Hosting;
using P2PChat.Discovery.Storage.Files;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Cli;

namespace P2PChat.Tests.Discovery.Files;

/// <summary>A directory process that is killed in the middle of an upload.</summary>
public sealed partial class KilledDirectoryTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly TempDirectory _data = new();
    private readonly TempDirectory _folder = new();
    private readonly TestIdentity _alice = new();

    public void Dispose()
    {
        _alice.Dispose();
        _folder.Dispose();
        _data.Dispose();
    }

    [Fact]
    public async Task Killed_upload_leaves_neither_bytes_nor_a_partial_file()
    {
        byte[] capability;
        await using (var before = await DirectoryFixture.StartAsync(Settings()))
        {
            (_, capability) = await before.RegisterWithMailboxAsync(_alice);
            _ = await before.LeaveFileAsync(_alice.Username, capability, [1]);
        }

        var kept = Assert.Single(FileFixture.BlobsIn(_folder.Path));
        await KillDuringUploadAsync(capability);
        Assert.Equal(2, FileFixture.BlobsIn(_folder.Path).Length);

        await using var after = await DirectoryFixture.StartAsync(Settings());
        await Eventually.True(
            () => FileFixture.BlobsIn(_folder.Path) is [var only] && only == kept,
            Soon,
            "the partial file is deleted"
        );
        var ledger = after.Services.GetRequiredService<IFileLedger>();
        await Eventually.True(
            async () => (await ledger.SweepAsync(CancellationToken.None)).TotalBytes == FileCharge.Of(1),
            Soon,
            "only the stored file counts"
        );
        // Two are allowed: the stored one and this.
        _ = await after.LeaveFileAsync(_alice.Username, capability, [2]);
    }

    [Fact]
    public async Task Lost_folder_is_not_replaced_by_an_empty_one()
    {
        string id,
            token;
        byte[] capability;
        await using (var before = await DirectoryFixture.StartAsync(Settings()))
        {
            (token, capability) = await before.RegisterWithMailboxAsync(_alice);
            id = await before.LeaveFileAsync(_alice.Username, capability, [1]);
        }

        Directory.Move(_folder.Path, _folder.Path + ".away");
        try
        {
            await using var without = await DirectoryFixture.StartAsync(Settings());
            using var refused = await without.DownloadAsync(_alice.Username, token, id);
            await ProblemAssert.IsAsync(HttpStatusCode.Forbidden, ProblemTypes.FilesOff, refused);
            Assert.False(Directory.Exists(_folder.Path));
        }
        finally
        {
            Directory.Move(_folder.Path + ".away", _folder.Path);
        }

        await using var after = await DirectoryFixture.StartAsync(Settings());
        using var response = await after.DownloadAsync(_alice.Username, token, id);
        Assert.Equal([1], await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Operator_begins_with_an_empty_folder()
    {
        byte[] capability;
        string id;
        await using (var before = await DirectoryFixture.StartAsync(Settings()))
        {
            (_, capability) = await before.RegisterWithMailboxAsync(_alice);
            id = await before.LeaveFileAsync(_alice.Username, capability, [1]);
        }

        Directory.Delete(_folder.Path, recursive: true);
        Directory.CreateDirectory(_folder.Path);
        var command = Path.Combine(_folder.Path, "start-empty");
        await File.WriteAllBytesAsync(command, []);
        await using var after = await DirectoryFixture.StartAsync(Settings());

        Assert.False(File.Exists(command));
        using var again = await after.UploadAsync(_alice.Username, capability, id, [1]);
        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        Assert.Single(FileFixture.BlobsIn(_folder.Path));
    }

    [Fact]
    public async Task Reservation_of_an_earlier_process_frees_its_quota()
    {
        string[] settings =
        [
            .. Settings(),
            "Directory:Files:CapabilityFiles=1",
            "Directory:Files:TransferTimeout=00:10:00",
        ];
        byte[] capability;
        await using (var before = await DirectoryFixture.StartAsync(settings))
        {
            (_, capability) = await before.RegisterWithMailboxAsync(_alice);
            var deposit = new FileDeposit(
                FileFixture.NewId(),
                MailboxFixture.HashOf(capability),
                10,
                new string('A', 44)
            );
            var reserved = await before
                .Services.GetRequiredService<IFileLedger>()
                .ReserveAsync(Username.Parse(_alice.Username), deposit, CancellationToken.None);
            Assert.Equal(FileOutcome.Done, reserved.Outcome);
        }

        await using var after = await DirectoryFixture.StartAsync(settings);
        await Eventually.True(
            async () =>
            {
                using var next = await after.UploadAsync(_alice.Username, capability, FileFixture.NewId(), [1]);
                return next.IsSuccessStatusCode;
            },
            Soon,
            "the quota is free again"
        );
    }

    private async Task KillDuringUploadAsync(byte[] capability)
    {
        await using var program = PeerProgram.StartAssembly(
            typeof(DiscoveryApp).Assembly.Location,
            ["--urls=http://127.0.0.1:0", .. Settings().Select(setting => "--" + setting)]
        );
        await program.PrintsAsync("Now listening on:");
        var address = new Uri(Listening().Match(program.Output).Groups[1].Value);
        await using var upload = await RawUpload.BeginAsync(address, _alice.Username, capability, length: 1_000_000);
        await upload.SendAsync(500_000);
        await Eventually.True(() => FileFixture.BlobsIn(_folder.Path).Length == 2, Soon, "the upload has begun");

        program.Signal("KILL");
        _ = await program.ExitCodeAsync();
    }

    private string[] Settings() =>
        [
            $"Directory:Data={_data.Path}",
            $"Directory:Files:Folder={_folder.Path}",
            "Directory:Files:FreeShare=0",
            "Directory:Files:CapabilityFiles=2",
            "Directory:Files:TransferTimeout=00:00:03",
            "Directory:Files:SweepEvery=00:00:00.050",
        ];

    [GeneratedRegex(@"Now listening on: (http://\S+)")]
    private static partial Regex Listening();
}
