using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace P2PChat.Tests.Discovery.Relay.Replicas;

/// <summary>
/// A load balancer for TCP on loopback. Each connection goes to the first replica in the list that accepts it.
/// </summary>
internal sealed class ReplicaBalancer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentBag<Task> _tasks = [];
    private readonly Uri[] _replicas;
    private readonly int[] _accepted;

    public ReplicaBalancer(params Uri[] replicas)
    {
        (_replicas, _accepted) = (replicas, new int[replicas.Length]);
        _listener.Start();
        _tasks.Add(AcceptAsync());
    }

    public string Address => $"http://{_listener.LocalEndpoint}";

    /// <summary>Number of connections that each replica has accepted, in the order of the list.</summary>
    public IReadOnlyList<int> Accepted => _accepted;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        while (_tasks.TryTake(out var task))
        {
            await task;
        }

        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _tasks.Add(ServeAsync(await _listener.AcceptSocketAsync(_end.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var _ = client;
        try
        {
            using var replica = await ConnectAsync();
            // A connection that is lost on one side is closed on the other.
            await Task.WhenAny(CopyAsync(client, replica), CopyAsync(replica, client)).Unwrap();
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // Disposed, or closed by one of the two.
        }
    }

    private async Task<Socket> ConnectAsync()
    {
        for (var i = 0; ; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, _replicas[i].Port, _end.Token);
                _ = Interlocked.Increment(ref _accepted[i]);
                return socket;
            }
            catch (SocketException) when (i + 1 < _replicas.Length)
            {
                socket.Dispose();
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReceiveAsync(buffer, _end.Token) is var count and > 0)
        {
            for (var sent = 0; sent < count; )
            {
                sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), _end.Token);
            }
        }
    }
}
