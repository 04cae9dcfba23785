using System.Diagnostics;
using P2PChat.Bench.Processes;
using P2PChat.Node.Model;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures messages while a file is transferred on the same link.</summary>
internal sealed class ChatBesideFileRow : PathRow
{
    private readonly TempFolder _folder = new();
    private DirectoryProcess _directory = null!;
    private BenchPeer _sender = null!;
    private BenchPeer _receiver = null!;
    private int _count;

    public override string Id => "file-chat";

    public override string Measures =>
        "a message from sent to acknowledged, one at a time, behind a file without end on the same link, both peers in "
        + "one process";

    public override string Floor => "the same without a file";

    public override IReadOnlyList<Figure> Figures { get; } = [new("p99", "ms", Aim.AtMost(20))];

    public override async Task OpenAsync(Effort effort)
    {
        _count = effort.Of(2000, 50);
        _directory = await DirectoryProcess.StartAsync(withRedis: false);
        _sender = await StartAsync("chat-sender");
        _receiver = await StartAsync("chat-receiver");
        await _sender.ConnectAsync(_receiver);
        // Sparse, so that only the link is busy.
        await using (var file = File.Create(Source))
        {
            file.SetLength(effort.Of(4096L, 64) * 1024 * 1024);
        }

        _ = await FloorAsync();
    }

    public override async Task<Sample[]> MeasureAsync()
    {
        var offered = await _sender.Files.OfferAsync(_receiver.Name, Source, mediaType: null, CancellationToken.None);
        _ = await _receiver.ExpectAsync<PeerEvent.TransferChanged>(changed => changed.Transfer.Id == offered.Id);
        _ = _receiver.Files.Accept(_sender.Name, offered.Id);
        _ = await _receiver.ExpectAsync<PeerEvent.TransferChanged>(changed => changed.Transfer.Done > 0);
        var sample = await TimeAsync(() => !_receiver.Files.Find(_sender.Name, offered.Id).HasEnded);
        if (_receiver.Files.Find(_sender.Name, offered.Id) is { HasEnded: false })
        {
            _ = _receiver.Files.Cancel(_sender.Name, offered.Id);
        }

        return [sample];
    }

    public override async Task<Sample?[]> FloorAsync() => [await TimeAsync(() => true)];

    public override async ValueTask DisposeAsync()
    {
        await _sender.DisposeAsync();
        await _receiver.DisposeAsync();
        await _directory.DisposeAsync();
        _folder.Delete();
    }

    private string Source => Path.Combine(_folder.FullName, "source.bin");

    private async Task<Sample> TimeAsync(Func<bool> goesOn)
    {
        var times = new List<double>(_count);
        // A short transfer may be over before its first message.
        while (times.Count < _count && (times.Count == 0 || goesOn()))
        {
            var started = Stopwatch.GetTimestamp();
            var sent = await _sender.Messages.SendAsync(_receiver.Name, "hello");
            _ = await _sender.ExpectAsync<PeerEvent.Receipt>(receipt =>
                receipt.Id == sent.Id && receipt.State == MessageState.Delivered
            );
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }

        return new Sample(Numbers.Percentile([.. times], 99));
    }

    private Task<BenchPeer> StartAsync(string name) =>
        BenchPeer.StartAsync(_directory.Address, name, options =>
            options.Downloads = Path.Combine(_folder.FullName, $"downloads-{name}")
        );
}
