using System.Net;
using System.Net.Sockets;

namespace P2PChat.Tests.Node.Paths;

/// <summary>
/// Forwards TCP connections on loopback, until it is frozen: then nothing is forwarded, no connection is
/// closed, and new ones are refused, like a path that has stopped carrying.
/// </summary>
internal sealed class FreezableProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _frozen = new();
    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _tasks = [];

    public FreezableProxy() => _listener.Start();

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Starts to forward.</summary>
    public void ForwardTo(int port) => _tasks.Add(AcceptAsync(port));

    public async Task FreezeAsync()
    {
        await _frozen.CancelAsync();
        _listener.Stop();
    }

    public async ValueTask DisposeAsync()
    {
        await FreezeAsync();
        lock (_sockets)
        {
            _sockets.ForEach(socket => socket.Dispose());
        }

        await Task.WhenAll(_tasks);
        _frozen.Dispose();
    }

    private async Task AcceptAsync(int port)
    {
        try
        {
            while (true)
            {
                var inbound = await _listener.AcceptSocketAsync(_frozen.Token);
                var outbound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                lock (_sockets)
                {
                    _sockets.AddRange([inbound, outbound]);
                }

                await outbound.ConnectAsync(IPAddress.Loopback, port, _frozen.Token);
                _tasks.Add(CopyAsync(inbound, outbound));
                _tasks.Add(CopyAsync(outbound, inbound));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // Frozen.
        }
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _frozen.Token) is var count and > 0)
            {
                _ = await to.SendAsync(buffer.AsMemory(0, count), _frozen.Token);
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // Frozen, or closed by a peer.
        }
    }
}
