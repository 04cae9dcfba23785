using System.Diagnostics;
using System.Net.Security;
using System.Security.Cryptography;
using P2PChat.Bench.Processes;
using P2PChat.Bench.Tls;
using P2PChat.Node.Model;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures the transfer of a file between two peers.</summary>
internal sealed class FileRow : PathRow
{
    private const int BufferBytes = 64 * 1024;

    private readonly TempFolder _folder = new();
    private readonly BareTls _tls = new();
    private DirectoryProcess _directory = null!;
    private BenchPeer _sender = null!;
    private BenchPeer _receiver = null!;
    private SslStream _client = null!;
    private SslStream _server = null!;
    private long _bytes;

    public override string Id => "file";

    public override string Measures =>
        "a file of 256 MiB from disk to disk over one link, both peers in one process, from the acceptance to its name";

    public override string Floor => "a copy from file to file over a bare SslStream, hashed with SHA-256 and flushed";

    public override IReadOnlyList<Figure> Figures { get; } = [new("throughput", "MB/s", Aim.RatioAtLeast(0.6))];

    private string Source => Path.Combine(_folder.FullName, "source.bin");

    public override async Task OpenAsync(Effort effort)
    {
        _bytes = effort.Of(256L, 4) * 1024 * 1024;
        await WriteSourceAsync();
        _directory = await DirectoryProcess.StartAsync(withRedis: false);
        _sender = await StartAsync("file-sender");
        _receiver = await StartAsync("file-receiver");
        await _sender.ConnectAsync(_receiver);
        (_client, _server) = await _tls.PairAsync();
        _ = await MeasureAsync();
        _ = await FloorAsync();
    }

    public override async Task<Sample[]> MeasureAsync()
    {
        var offered = await _sender.Files.OfferAsync(_receiver.Name, Source, mediaType: null, CancellationToken.None);
        _ = await _receiver.ExpectAsync<PeerEvent.TransferChanged>(changed => changed.Transfer.Id == offered.Id);
        var (started, cpu) = (Stopwatch.GetTimestamp(), ProcessUsage.OwnCpuMicroseconds());
        _ = _receiver.Files.Accept(_sender.Name, offered.Id);
        var completed = await _receiver.ExpectAsync<PeerEvent.TransferChanged>(changed =>
            changed.Transfer.Id == offered.Id && changed.Transfer.HasEnded
        );
        var sample = SampleOf(started, cpu);
        File.Delete(completed.Transfer.Path!);
        return [sample];
    }

    public override async Task<Sample?[]> FloorAsync()
    {
        var target = Path.Combine(_folder.FullName, "floor.bin");
        var (started, cpu) = (Stopwatch.GetTimestamp(), ProcessUsage.OwnCpuMicroseconds());
        var sending = Task.Run(async () =>
        {
            await using var file = new FileStream(Source, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
            await file.CopyToAsync(_client, BufferBytes);
        });
        await ReceiveAsync(target);
        await sending;
        var sample = SampleOf(started, cpu);
        File.Delete(target);
        return [sample];
    }

    public override async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
        await _sender.DisposeAsync();
        await _receiver.DisposeAsync();
        await _directory.DisposeAsync();
        _tls.Dispose();
        _folder.Delete();
    }

    private async Task ReceiveAsync(string target)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = new FileStream(target, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        var buffer = new byte[BufferBytes];
        for (var left = _bytes; left > 0; )
        {
            var read = await _server.ReadAsync(buffer);
            hash.AppendData(buffer, 0, read);
            await file.WriteAsync(buffer.AsMemory(0, read));
            left -= read;
        }

        _ = hash.GetHashAndReset();
        file.Flush(flushToDisk: true);
    }

    private Sample SampleOf(long started, double cpu) =>
        new(_bytes / 1e6 / Stopwatch.GetElapsedTime(started).TotalSeconds, ProcessUsage.OwnCpuMicroseconds() - cpu);

    private async Task WriteSourceAsync()
    {
        await using var file = File.Create(Source);
        var random = new Random(1);
        var block = new byte[1024 * 1024];
        for (var left = _bytes; left > 0; left -= block.Length)
        {
            random.NextBytes(block);
            await file.WriteAsync(block);
        }
    }

    private Task<BenchPeer> StartAsync(string name) =>
        BenchPeer.StartAsync(_directory.Address, name, options =>
            options.Downloads = Path.Combine(_folder.FullName, $"downloads-{name}")
        );
}
