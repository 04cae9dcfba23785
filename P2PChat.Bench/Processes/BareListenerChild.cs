using System.Globalization;
using System.Net.Security;
using P2PChat.Bench.Tls;

namespace P2PChat.Bench.Processes;

/// <summary>The floor of <see cref="ListenerChild"/>: accepts bare TLS streams, each of which waits to read.</summary>
internal sealed class BareListenerChild : IChild
{
    private readonly BareTls _tls = new();
    private readonly List<(SslStream Stream, Task Reading)> _links = [];
    private int _accepted;

    public string Ready => _tls.Endpoint.Port.ToString(CultureInfo.InvariantCulture);

    public static Task<BareListenerChild> StartAsync()
    {
        var child = new BareListenerChild();
        _ = child.AcceptAsync();
        return Task.FromResult(child);
    }

    public async Task<string> AnswerAsync(string line)
    {
        var links = int.Parse(line, CultureInfo.InvariantCulture);
        while (Volatile.Read(ref _accepted) < links)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }

        return IdleMemory.Measure().ToString(CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        _tls.Dispose();
        foreach (var (stream, _) in _links)
        {
            await stream.DisposeAsync();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var stream = await _tls.AcceptAsync();
                _links.Add((stream, ReadAsync(stream)));
                Volatile.Write(ref _accepted, _links.Count);
            }
        }
        catch (Exception exception) when (exception is System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    // A zero-byte read needs no buffer while it waits. The reader of a link waits the same way.
    private static async Task ReadAsync(SslStream stream)
    {
        try
        {
            _ = await stream.ReadAsync(Memory<byte>.Empty);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The other end has closed the stream.
        }
    }
}
