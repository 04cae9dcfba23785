using System.Net;
using System.Net.Sockets;

namespace P2PChat.Bench.Splices;

/// <summary>
/// The floor of the relay: joins the connections that it accepts in pairs, and copies both ways with
/// <see cref="Stream.CopyToAsync(Stream)"/>.
/// </summary>
internal sealed class BareSplice : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private int _sessions;

    public BareSplice()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    public IPEndPoint Endpoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Sessions that have been accepted so far.</summary>
    public int Sessions => Volatile.Read(ref _sessions);

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var first = await _listener.AcceptSocketAsync();
                var second = await _listener.AcceptSocketAsync();
                first.NoDelay = second.NoDelay = true;
                _ = JoinAsync(new NetworkStream(first, ownsSocket: true), new NetworkStream(second, ownsSocket: true));
                Interlocked.Increment(ref _sessions);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private static async Task JoinAsync(NetworkStream first, NetworkStream second)
    {
        await using var _ = first;
        await using var __ = second;
        try
        {
            await await Task.WhenAny(first.CopyToAsync(second), second.CopyToAsync(first));
        }
        catch (IOException)
        {
            // A client has closed its connection.
        }
    }
}
