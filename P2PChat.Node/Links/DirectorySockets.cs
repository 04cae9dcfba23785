using System.Net;
using System.Net.Sockets;

namespace P2PChat.Node.Links;

/// <summary>
/// The sockets to the directory. Closes those bound to a lost address, because their calls would wait for a timeout.
/// Thread-safe.
/// </summary>
internal sealed class DirectorySockets : IDisposable
{
    private readonly Lock _gate = new();
    private readonly HashSet<Socket> _open = [];
    private CancellationTokenSource _addressLost = new();
    private volatile string? _host;
    private volatile IPAddress? _directory;

    /// <summary>
    /// The host in the last request's URL, after service discovery; null before the first request. It is not that of an
    /// HTTP proxy.
    /// </summary>
    public string? Host => _host;

    /// <summary>
    /// The directory's address at the last connect; null if there was none, or a proxy is in between.
    /// </summary>
    public IPAddress? Directory => _directory;

    /// <summary>For <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    public async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context,
        CancellationToken cancellationToken
    )
    {
        _host = context.InitialRequestMessage.RequestUri?.IdnHost ?? _host;
        CancellationToken addressLost;
        lock (_gate)
        {
            addressLost = _addressLost.Token;
        }

        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, addressLost);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, linked.Token);
            _directory = IsProxied(context) ? null : (socket.RemoteEndPoint as IPEndPoint)?.Address.Unmap();
            lock (_gate)
            {
                _ = _open.RemoveWhere(IsClosed);
                _open.Add(socket);
            }

            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (OperationCanceledException)
            when (addressLost.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
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
    public void Close(Func<IPAddress, bool> isLost)
    {
        CancellationTokenSource addressLost;
        List<Socket> closing;
        lock (_gate)
        {
            (addressLost, _addressLost) = (_addressLost, new CancellationTokenSource());
            closing =
            [
                .. _open.Where(socket => !IsClosed(socket) && LocalAddress(socket) is { } address && isLost(address)),
            ];
        }

        // On another thread, so that continuations do not run under the caller's lock.
        _ = addressLost.CancelAsync();
        foreach (var socket in closing)
        {
            socket.Dispose();
        }
    }

    public void Dispose() => _addressLost.Dispose();

    /// <summary>Returns null once the socket is closed.</summary>
    public static IPAddress? LocalAddress(Socket socket)
    {
        try
        {
            return (socket.LocalEndPoint as IPEndPoint)?.Address.Unmap();
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }

    private static bool IsProxied(SocketsHttpConnectionContext context) =>
        context.InitialRequestMessage.RequestUri is { } asked
        && asked.IdnHost.Trim('[', ']') != context.DnsEndPoint.Host.Trim('[', ']');

    private static bool IsClosed(Socket socket) => socket.SafeHandle.IsClosed;
}
