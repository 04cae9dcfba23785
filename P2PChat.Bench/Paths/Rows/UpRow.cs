using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
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
        using var browser = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectToLoopbackAsync });
        var address = new Uri(link.Url);
        using var signIn = await browser.GetAsync(address);
        _ = signIn.EnsureSuccessStatusCode();
        using var page = await browser.GetAsync(new Uri(address, "/"));
        _ = page.EnsureSuccessStatusCode();
        return page.RequestMessage!.RequestUri!.AbsolutePath == "/"
            ? [new(Stopwatch.GetElapsedTime(started).TotalSeconds)]
            : throw new InvalidOperationException("The link did not sign in.");
    }

    public override ValueTask DisposeAsync()
    {
        _data.Delete();
        return ValueTask.CompletedTask;
    }

    // As browsers do: a name below localhost is this machine (RFC 6761, section 6.3).
    private static async ValueTask<Stream> ConnectToLoopbackAsync(
        SocketsHttpConnectionContext context,
        CancellationToken cancellationToken
    )
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
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
