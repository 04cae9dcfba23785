using System.Diagnostics;
using P2PChat.Bench.Processes;
using P2PChat.Client;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures the time from <c>p2pchat up</c> until a browser has signed in and has the page.</summary>
internal sealed class UpRow : PathRow
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    private readonly TempFolder _data = new();

    public override string Id => "up";

    public override string Measures => "p2pchat up from exec to a signed-in page, with existing data";

    public override string? Floor => null;

    public override IReadOnlyList<Figure> Figures { get; } = [new("page", "s", Aim.AtMost(3))];

    public override async Task OpenAsync(Effort effort) => _ = await MeasureAsync();

    public override async Task<Sample[]> MeasureAsync()
    {
        var started = Stopwatch.GetTimestamp();
        await using var program = AppProgram.Start("up", "alice", "--data", _data.FullName, "--no-browser");
        using var peer = await OpenAsync(started);
        var link = await peer.CreateWebLinkAsync();
        using var browser = new HttpClient();
        using var page = await browser.GetAsync(new Uri(link.Url));
        _ = page.EnsureSuccessStatusCode();
        return [new(Stopwatch.GetElapsedTime(started).TotalSeconds)];
    }

    public override ValueTask DisposeAsync()
    {
        _data.Delete();
        return ValueTask.CompletedTask;
    }

    // The local API answers a moment after its address is on the disk, or the address is that of the last process.
    private async Task<RemotePeer> OpenAsync(long started)
    {
        while (Stopwatch.GetElapsedTime(started) < Timeout)
        {
            if (RemotePeer.Open(_data.FullName) is { } peer)
            {
                try
                {
                    _ = await peer.GetStatusAsync();
                    return peer;
                }
                catch (Exception exception) when (exception is PeerApiException or HttpRequestException)
                {
                    peer.Dispose();
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2));
        }

        throw new TimeoutException("The peer's local API did not answer.");
    }
}
