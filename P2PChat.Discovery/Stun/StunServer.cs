using System.Net;
using System.Net.Sockets;
using P2PChat.Discovery.Configuration;

namespace P2PChat.Discovery.Stun;

/// <summary>An endpoint that could not be bound.</summary>
internal sealed record StunBindFailure(IPEndPoint Endpoint, ProtocolType Protocol, SocketException Exception);

/// <summary>
/// The STUN server's sockets: each address and port over UDP and TCP. <see cref="Bind"/> may be called again for those
/// that could not be bound.
/// </summary>
internal sealed class StunServer : IAsyncDisposable
{
    // A burst of packets must fit. The system may grant less.
    private const int ReceiveBuffer = 1024 * 1024;
    private const int Backlog = 512;

    private readonly StunOptions _options;
    private readonly StunRateLimiter? _limiter;
    private readonly StunConnections _connections;
    private readonly StunMetrics _metrics;
    private readonly TimeProvider _timeProvider;
    private readonly int[] _ports;
    private readonly StunAlternates? _alternates;
    private readonly List<Slot> _slots = [];
    private readonly List<Task> _loops = [];
    private readonly CancellationTokenSource _stop = new();

    /// <param name="addresses">The addresses to listen on.</param>
    /// <param name="limiter">Null without a limit.</param>
    public StunServer(
        StunOptions options,
        IReadOnlyList<IPAddress> addresses,
        StunRateLimiter? limiter,
        StunMetrics metrics,
        TimeProvider timeProvider
    )
    {
        _options = options;
        _limiter = limiter;
        _connections = new StunConnections(options);
        _metrics = metrics;
        _timeProvider = timeProvider;
        _ports = [.. options.PortsOrDefault.Select(port => port == 0 ? FindFreePort() : port)];
        IPAddress? primary = null;
        IPAddress? alternate = null;
        if (IPAddress.TryParse(options.AlternateAddress, out alternate))
        {
            primary = addresses.First(address => address.AddressFamily == alternate.AddressFamily);
            _alternates = new StunAlternates(primary, alternate, _ports);
        }

        foreach (var address in alternate is null ? addresses : [.. addresses, alternate])
        {
            // Only this pair of addresses takes part in RFC 5780.
            var hasAlternates = address.Equals(primary) || address.Equals(alternate);
            foreach (var (index, port) in _ports.Index())
            {
                var place = new Place(hasAlternates, address.Equals(alternate), index == 1);
                _slots.Add(new Slot(new IPEndPoint(address, port), ProtocolType.Udp, place));
                _slots.Add(new Slot(new IPEndPoint(address, port), ProtocolType.Tcp, place));
            }
        }
    }

    /// <summary>The ports, including those that could not be bound.</summary>
    public IReadOnlyList<int> Ports => _ports;

    /// <summary>Binds the endpoints that are not bound yet, and starts to answer there.</summary>
    /// <returns>The endpoints that could not be bound.</returns>
    public IReadOnlyList<StunBindFailure> Bind()
    {
        List<StunBindFailure> failures = [];
        foreach (var slot in _slots.Where(slot => slot.Listener is null))
        {
            try
            {
                Start(slot);
            }
            catch (SocketException exception)
            {
                failures.Add(new StunBindFailure(slot.Endpoint, slot.Protocol, exception));
            }
        }

        return failures;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var slot in _slots)
        {
            slot.Listener?.Dispose();
        }

        await Task.WhenAll(_loops);

        _stop.Dispose();
    }

    private void Start(Slot slot)
    {
        var responder = new BindingResponder(
            slot.Place.HasAlternates ? _alternates : null,
            slot.Place.IsAlternateAddress,
            slot.Place.IsAlternatePort,
            isTcp: slot.Protocol == ProtocolType.Tcp
        );
        var socket = OpenSocket(slot.Endpoint, slot.Protocol);
        if (slot.Protocol == ProtocolType.Udp)
        {
            var udp = new StunUdpListener(socket, responder, _limiter, _metrics, (address, port) =>
                FindUdp(slot.Place.Change(address, port))
            );
            slot.Listener = udp;
            _loops.Add(
                Task.Factory.StartNew(
                    udp.Run,
                    CancellationToken.None,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default
                )
            );
        }
        else
        {
            var tcp = new StunTcpListener(
                socket,
                responder,
                _connections,
                _limiter,
                _metrics,
                _options.IdleTimeout,
                _timeProvider
            );
            slot.Listener = tcp;
            _loops.Add(Task.Run(() => tcp.RunAsync(_stop.Token)));
        }
    }

    private Socket? FindUdp(Place place) =>
        _slots.Find(slot => slot.Place == place && slot.Protocol == ProtocolType.Udp)?.Listener is StunUdpListener udp
            ? udp.Socket
            : null;

    private static Socket OpenSocket(IPEndPoint endpoint, ProtocolType protocol)
    {
        try
        {
            return OpenExactly(endpoint, protocol);
        }
        catch (SocketException exception)
            when (endpoint.Address.Equals(IPAddress.IPv6Any)
                && exception.SocketErrorCode is SocketError.AddressNotAvailable
            )
        {
            // IPv6 is switched off in the system.
            return OpenExactly(new IPEndPoint(IPAddress.Any, endpoint.Port), protocol);
        }
    }

    private static Socket OpenExactly(IPEndPoint endpoint, ProtocolType protocol)
    {
        var type = protocol == ProtocolType.Udp ? SocketType.Dgram : SocketType.Stream;
        var socket = new Socket(endpoint.AddressFamily, type, protocol);
        try
        {
            if (endpoint.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = endpoint.Address.Equals(IPAddress.IPv6Any);
            }

            if (OperatingSystem.IsWindows())
            {
                // Otherwise a second program could bind the same port there.
                socket.ExclusiveAddressUse = true;
            }

            if (protocol == ProtocolType.Udp)
            {
                socket.ReceiveBufferSize = ReceiveBuffer;
            }

            socket.Bind(endpoint);
            if (protocol == ProtocolType.Tcp)
            {
                socket.Listen(Backlog);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // For tests: a port that is free over TCP is nearly always free over UDP.
    private static int FindFreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private sealed record Slot(IPEndPoint Endpoint, ProtocolType Protocol, Place Place)
    {
        /// <summary>Null until it is bound.</summary>
        public IDisposable? Listener { get; set; }
    }

    private readonly record struct Place(bool HasAlternates, bool IsAlternateAddress, bool IsAlternatePort)
    {
        public Place Change(bool address, bool port) =>
            this with
            {
                IsAlternateAddress = IsAlternateAddress ^ address,
                IsAlternatePort = IsAlternatePort ^ port,
            };
    }
}
