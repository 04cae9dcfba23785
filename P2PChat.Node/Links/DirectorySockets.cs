using System.Net;
using System.Net.Sockets;

namespace P2PChat.Node.Links;

/// <summary>
/// The sockets to the directory. Those bound to a lost address are closed, or their calls would wait for a timeout.
/// Thread-safe.
/// </summary>
internal sealed class DirectorySockets : IDisposable
{
    private readonly Lock _gate = new();
    private readonly HashSet<Socket> _open = [];
    private CancellationTokenSource _moved = new();

    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    public async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context,
        CancellationToken cancellationToken
    )
    {
        CancellationToken moved;
        lock (_gate)
        {
            moved = _moved.Token;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, moved);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, either.Token);
            lock (_gate)
            {
                _ = _open.RemoveWhere(IsClosed);
                _open.Add(socket);
            }

            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (OperationCanceledException)
            when (moved.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.NetworkReset);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Closes the sockets bound to lost addresses, and cancels connects in progress.</summary>
    public void Close(Func<IPAddress, bool> hasGone)
    {
        CancellationTokenSource moved;
        List<Socket> closing;
        lock (_gate)
        {
            (moved, _moved) = (_moved, new CancellationTokenSource());
            closing =
            [
                .. _open.Where(socket => !IsClosed(socket) && LocalAddress(socket) is { } address && hasGone(address)),
            ];
        }

        // On another thread, or continuations would run under the caller's lock.
        _ = moved.CancelAsync();
        foreach (var socket in closing)
        {
            socket.Dispose();
        }
    }

    public void Dispose() => _moved.Dispose();

    /// <summary>Returns null once the socket is closed.</summary>
    public static IPAddress? LocalAddress(Socket socket)
    {
        try
        {
            return (socket.LocalEndPoint as IPEndPoint)?.Address is { } address && address.IsIPv4MappedToIPv6
                ? address.MapToIPv4()
                : (socket.LocalEndPoint as IPEndPoint)?.Address;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }

    private static bool IsClosed(Socket socket) => socket.SafeHandle.IsClosed;
}
