using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Model;

namespace P2PChat.Node.Links;

/// <summary>
/// The TCP port of this peer: one socket listens on it, and others connect from it, so that a NAT gives all of them the
/// same public port. Thread-safe after <see cref="Reserve"/>.
/// </summary>
internal sealed partial class SharedPort(PeerOptions options, DirectAccess direct, ILogger<SharedPort> logger)
{
    private const int Backlog = 512;

    private readonly ILogger<SharedPort> _logger = logger;

    /// <summary>The port in use; 0 before <see cref="Reserve"/>.</summary>
    public int Port { get; private set; }

    /// <summary>Whether sockets can connect from the port. Not every platform lets them.</summary>
    public bool IsShared { get; private set; }

    /// <summary>
    /// Opens a socket that keeps the port and does not listen yet. A port that another program uses is refused.
    /// </summary>
    /// <exception cref="SocketException">The port cannot be used.</exception>
    public Socket Reserve()
    {
        var socket = options.LocalOnly ? BindTo(AddressFamily.InterNetwork, IPAddress.Loopback) : BindToAll();
        Port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        return socket;
    }

    /// <summary>Listens on the reserved socket.</summary>
    /// <exception cref="SocketException">Another program listens on the port.</exception>
    public void Listen(Socket reserved)
    {
        if (!OperatingSystem.IsWindows())
        {
            // After the bind, so that a port in use is refused, even if its sockets share it.
            Share(reserved);
        }

        reserved.Listen(Backlog);
    }

    /// <summary>Connects from the port. One SYN is sent about at once; cancel before the kernel repeats it.</summary>
    /// <exception cref="SocketException">
    /// The connect failed. <see cref="SocketError.AddressNotAvailable"/> or <see
    /// cref="SocketError.AddressAlreadyInUse"/> if a connection to the same address is open.
    /// </exception>
    /// <exception cref="OperationCanceledException">The caller cancelled, or the address is hidden.</exception>
    public async Task<Socket> ConnectAsync(IPEndPoint remote, CancellationToken cancellationToken)
    {
        if (!IsShared)
        {
            throw new SocketException((int)SocketError.OperationNotSupported);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, direct.Hidden);
        stop.Token.ThrowIfCancellationRequested();
        var isIPv6 = remote.AddressFamily == AddressFamily.InterNetworkV6;
        var socket = new Socket(remote.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.NoDelay = true;
            var any = isIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
            socket.Bind(new IPEndPoint(options.LocalOnly ? IPAddress.Loopback : any, Port));
            await socket.ConnectAsync(remote, stop.Token);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Makes every later close of a socket a reset. A normal close would keep its addresses in use for a minute, and
    /// longer if the network is gone, so that the next connect to the same address would fail.
    /// </summary>
    /// <exception cref="SocketException">It is closed.</exception>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public static void CloseByReset(Socket socket) => socket.LingerState = new LingerOption(enable: true, seconds: 0);

    /// <summary>Closes a socket of the port by a reset.</summary>
    public static void Discard(Socket socket)
    {
        try
        {
            CloseByReset(socket);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It is closed already.
        }

        socket.Dispose();
    }

    // One dual-mode socket for IPv6 and IPv4, or IPv4 alone, as in many containers.
    private Socket BindToAll()
    {
        if (Socket.OSSupportsIPv6)
        {
            try
            {
                return BindTo(AddressFamily.InterNetworkV6, IPAddress.IPv6Any);
            }
            catch (SocketException exception)
                when (exception.SocketErrorCode
                        is SocketError.AddressFamilyNotSupported
                            or SocketError.AddressNotAvailable
                )
            {
                LogNoIPv6();
            }
        }

        return BindTo(AddressFamily.InterNetwork, IPAddress.Any);
    }

    private Socket BindTo(AddressFamily family, IPAddress address)
    {
        var endpoint = new IPEndPoint(address, Port == 0 ? options.Port : Port);
        if (OperatingSystem.IsWindows())
        {
            // There the option to share must be set before the bind, and would let a second program take the port.
            using var probe = Create(family);
            probe.ExclusiveAddressUse = true;
            probe.Bind(endpoint);
            endpoint.Port = ((IPEndPoint)probe.LocalEndPoint!).Port;
        }

        var socket = Create(family);
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Share(socket);
            }

            socket.Bind(endpoint);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket Create(AddressFamily family)
    {
        var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        if (family == AddressFamily.InterNetworkV6)
        {
            socket.DualMode = true;
        }

        return socket;
    }

    private void Share(Socket socket)
    {
        try
        {
            // On Linux and macOS this sets SO_REUSEADDR and SO_REUSEPORT.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            IsShared = true;
        }
        catch (SocketException exception)
        {
            LogNotShared(exception.SocketErrorCode);
        }
    }

    [LoggerMessage(LogLevel.Debug, "IPv6 is not available: listening on IPv4 only.")]
    private partial void LogNoIPv6();

    [LoggerMessage(LogLevel.Information, "The port cannot be shared, so no path can be punched: {Error}.")]
    private partial void LogNotShared(SocketError error);
}
