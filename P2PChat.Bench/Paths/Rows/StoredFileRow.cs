using System.Diagnostics;
using System.Security.Cryptography;
using P2PChat.Bench.Processes;
using P2PChat.Node.DirectoryClient;
using P2PChat.Protocol.Crypto;
using P2PChat.Protocol.Envelopes;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures files that wait at the directory: their upload and download.</summary>
internal sealed class StoredFileRow : PathRow
{
    private const int FileBytes = 8 * 1024 * 1024;

    private readonly TempFolder _folder = new();
    private readonly HttpClient _http = new();
    private readonly byte[] _capability = MailboxCapability.New();
    private readonly MemoryStream _sealed = new();
    private SealedFileInfo _info;
    private DirectoryProcess _directory = null!;
    private ChildProcess _bare = null!;
    private BenchPeer _sender = null!;
    private BenchPeer _receiver = null!;
    private int _files;

    public override string Id => "stored-file";

    public override string Measures =>
        "sealed files of 8 MiB to the directory and back, one at a time: uploaded with ledger, SHA-256 and flush; "
        + "downloaded into a file and verified";

    public override string Floor =>
        "the same bytes to and from a minimal Kestrel server, written to a file and flushed, downloaded into a file";

    public override IReadOnlyList<Figure> Figures { get; } =
    [new("upload", "MB/s", Aim.RatioAtLeast(0.5)), new("download", "MB/s", Aim.RatioAtLeast(0.5))];

    private string Target => Path.Combine(_folder.FullName, "downloaded");

    public override async Task OpenAsync(Effort effort)
    {
        _files = effort.Of(32, 2);
        _info = await SealedFile.SealAsync(
            new MemoryStream(RandomNumberGenerator.GetBytes(FileBytes)),
            _sealed,
            SealedFile.NewKey(),
            CancellationToken.None
        );
        var folder = Path.Combine(_folder.FullName, "files");
        var bare = Directory.CreateDirectory(Path.Combine(_folder.FullName, "bare"));
        _directory = await DirectoryProcess.StartAsync(
            withRedis: false,
            $"Directory:Data={Path.Combine(_folder.FullName, "data")}",
            $"Directory:Files:Folder={folder}",
            "Directory:Files:FreeShare=0",
            // Deleted files count until they are swept, which is once a minute.
            "Directory:FilesInTotal=1000000000000",
            "Directory:Files:CapabilityBytes=60000000000",
            "Directory:Files:MailboxBytes=60000000000",
            "Directory:Files:CapabilityFiles=1024",
            "Directory:Files:MailboxFiles=1024"
        );
        _bare = await ChildProcess.StartAsync(ChildProgram.BareFiles, bare.FullName);
        _sender = await BenchPeer.StartAsync(_directory.Address, "file-sender");
        _receiver = await BenchPeer.StartAsync(_directory.Address, "file-receiver");
        await _receiver.Mailbox.GrantAsync(MailboxCapability.HashOf(_capability), CancellationToken.None);
        _ = await MeasureAsync();
        _ = await FloorAsync();
    }

    public override async Task<Sample[]> MeasureAsync()
    {
        var ids = Enumerable.Range(0, _files).Select(_ => FileStoreClient.NewId()).ToList();
        var cpu = _directory.CpuMicroseconds();
        var started = Stopwatch.GetTimestamp();
        foreach (var id in ids)
        {
            _ = await _sender.StoredFiles.UploadAsync(
                _receiver.Name,
                _capability,
                id,
                _sealed,
                _info,
                progress: null,
                CancellationToken.None
            );
        }

        var upload = SampleOf(started, _directory.CpuMicroseconds() - cpu);
        cpu = _directory.CpuMicroseconds();
        started = Stopwatch.GetTimestamp();
        foreach (var id in ids)
        {
            await using var file = new FileStream(Target, FileMode.Create, FileAccess.ReadWrite);
            await _receiver.StoredFiles.DownloadAsync(id, file, _info, progress: null, CancellationToken.None);
        }

        var download = SampleOf(started, _directory.CpuMicroseconds() - cpu);
        foreach (var id in ids)
        {
            await _receiver.StoredFiles.DeleteAsync(id, CancellationToken.None);
        }

        return [upload, download];
    }

    public override async Task<Sample?[]> FloorAsync()
    {
        var cpu = ProcessUsage.CpuMicroseconds(_bare.Id);
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < _files; i++)
        {
            _sealed.Position = 0;
            using var content = new ByteArrayContent(_sealed.GetBuffer(), 0, (int)_sealed.Length);
            using var response = await _http.PutAsync(UriOf(i), content);
            _ = response.EnsureSuccessStatusCode();
        }

        var upload = SampleOf(started, ProcessUsage.CpuMicroseconds(_bare.Id) - cpu);
        cpu = ProcessUsage.CpuMicroseconds(_bare.Id);
        started = Stopwatch.GetTimestamp();
        for (var i = 0; i < _files; i++)
        {
            await using var file = new FileStream(Target, FileMode.Create, FileAccess.ReadWrite);
            using var response = await _http.GetAsync(UriOf(i), HttpCompletionOption.ResponseHeadersRead);
            await response.Content.CopyToAsync(file);
        }

        return [upload, SampleOf(started, ProcessUsage.CpuMicroseconds(_bare.Id) - cpu)];
    }

    public override async ValueTask DisposeAsync()
    {
        await _sender.DisposeAsync();
        await _receiver.DisposeAsync();
        await _bare.DisposeAsync();
        await _directory.DisposeAsync();
        _http.Dispose();
        await _sealed.DisposeAsync();
        _folder.Delete();
    }

    private Uri UriOf(int file) => new($"{_bare.Ready}/{file}");

    private Sample SampleOf(long started, double cpu) =>
        new((double)_files * _info.Size / 1e6 / Stopwatch.GetElapsedTime(started).TotalSeconds, cpu / _files);
}
