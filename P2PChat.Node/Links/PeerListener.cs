using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Diagnostics;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Diagnostics;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Node.Links;

/// <summary>Accepts TCP connections from other peers and authenticates them with TLS.</summary>
internal sealed partial class PeerListener(
    PeerIdentity identity,
    PeerOptions options,
    PeerMetrics metrics,
    ILocalAddresses addresses,
    SteadyClock clock,
    ILogger<PeerListener> logger
) : IDisposable
{
    private const int Backlog = 512;

    private readonly ILogger<PeerListener> _logger = logger;
    private readonly UnauthenticatedConnectionLimiter _limiter = new(
        options.MaxUnauthenticated,
        options.MaxUnauthenticatedPerAddress
    );
    private readonly HandshakeBudget _budget = new(
        options.HandshakeBurstPerAddress,
        options.HandshakesPerSecondPerAddress
    );
    private readonly long _startedAt = clock.GetTimestamp();
    private readonly CancellationTokenSource _stopped = new();
    private Socket? _socket;

    /// <summary>
    /// The endpoints to advertise; empty before <see cref="Bind"/>. <see cref="Advertise"/> updates them.
    /// </summary>
    public IReadOnlyList<Endpoint> Endpoints { get; private set; } = [];

    /// <summary>The TCP port in use; 0 before <see cref="Bind"/>.</summary>
    public int Port { get; private set; }

    public bool IsBound => Port != 0 && !_stopped.IsCancellationRequested;

    /// <exception cref="PeerStartException">The port cannot be used.</exception>
    public void Bind()
    {
        // Created in the background during startup. Wait for it, because a peer without one cannot start.
        _ = identity.Certificate;
        try
        {
            _socket = Listen();
        }
        catch (SocketException exception)
        {
            throw new PeerStartException(
                exception.SocketErrorCode switch
                {
                    SocketError.AddressAlreadyInUse => $"Port {options.Port} is in use by another program. "
                        + "Choose another port, or 0 for any free port.",
                    SocketError.AccessDenied =>
                        $"This user may not use port {options.Port}. Choose one above 1023, or 0 for any free port.",
                    _ => $"Cannot listen on port {options.Port} ({exception.SocketErrorCode}). "
                        + "Choose another port, or 0 for any free port.",
                },
                exception
            );
        }

        Port = ((IPEndPoint)_socket.LocalEndPoint!).Port;
        _ = Advertise(addresses.Read());
    }

    /// <summary>Updates the endpoints from this machine's current addresses.</summary>
    /// <returns>Whether the endpoints changed, so that they must be registered again.</returns>
    public bool Advertise(IReadOnlyList<IPAddress> machineAddresses)
    {
        if (Port == 0)
        {
            return false;
        }

        var endpoints = AdvertisedEndpoints.For(options.Advertise, Port, options.LocalOnly ? [] : machineAddresses);
        if (endpoints.SequenceEqual(Endpoints))
        {
            return false;
        }

        Endpoints = endpoints;
        return true;
    }

    /// <summary>Accepts connections until <see cref="Stop"/>.</summary>
    /// <param name="onAccepted">
    /// Handles an authenticated channel, with the time of its first byte and the slot that it takes in the limiter.
    /// </param>
    public async Task RunAsync(Action<TlsChannel, DateTimeOffset, IDisposable> onAccepted)
    {
        Activity.Current = null;
        while (!_stopped.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                socket = await _socket!.AcceptAsync(_stopped.Token);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
            {
                break;
            }
            catch (SocketException exception)
            {
                // The caller has gone, or no file descriptor is left. Keep listening, but do not spin.
                LogAcceptFailed(exception.SocketErrorCode);
                await Task.Delay(TimeSpan.FromMilliseconds(50), clock, CancellationToken.None);
                continue;
            }

            if (socket.RemoteEndPoint is not IPEndPoint caller || _limiter.TryAcquire(caller.Address) is not { } slot)
            {
                metrics.Error("too_many_unauthenticated");
                socket.Dispose();
            }
            else if (!_budget.TrySpend(caller.Address, clock.GetElapsedTime(_startedAt)))
            {
                metrics.Error("too_many_handshakes");
                slot.Dispose();
                socket.Dispose();
            }
            else
            {
                _ = AuthenticateAsync(socket, slot, onAccepted);
            }
        }
    }

    public void Stop()
    {
        if (!_stopped.IsCancellationRequested)
        {
            _stopped.Cancel();
        }

        _socket?.Dispose();
    }

    public void Dispose()
    {
        Stop();
        _stopped.Dispose();
    }

    private async Task AuthenticateAsync(
        Socket socket,
        IDisposable slot,
        Action<TlsChannel, DateTimeOffset, IDisposable> onAccepted
    )
    {
        var startedAt = clock.GetUtcNow();
        using var span = Telemetry.Source.StartActivity("peer.tls", ActivityKind.Server);
        using var timeout = new CancellationTokenSource(options.HandshakeTimeout, clock);
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stopped.Token);
        var isHandedOver = false;
        try
        {
            socket.NoDelay = true;
            var channel = await TlsChannel.AcceptAsync(socket, identity, bounded.Token);
            isHandedOver = true;
            onAccepted(channel, startedAt, slot);
        }
        catch (TlsException exception)
        {
            LogTlsFailed(exception.Outcome);
            metrics.Handshake(isOutbound: false, $"tls_{exception.Outcome}");
            span?.SetStatus(ActivityStatusCode.Error, Telemetry.Word(exception.Outcome));
        }
        catch (SocketException exception)
        {
            LogAcceptFailed(exception.SocketErrorCode);
        }
        catch (Exception exception)
        {
            LogBroken(exception);
        }
        finally
        {
            // Always release the slot, or legitimate callers are locked out.
            if (!isHandedOver)
            {
                socket.Dispose();
                slot.Dispose();
            }
        }
    }

    // One dual-mode socket for IPv6 and IPv4, or IPv4 alone, as in many containers.
    private Socket Listen()
    {
        if (options.LocalOnly)
        {
            return Listen(AddressFamily.InterNetwork, IPAddress.Loopback);
        }

        if (Socket.OSSupportsIPv6)
        {
            try
            {
                return Listen(AddressFamily.InterNetworkV6, IPAddress.IPv6Any);
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

        return Listen(AddressFamily.InterNetwork, IPAddress.Any);
    }

    private Socket Listen(AddressFamily family, IPAddress address)
    {
        var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (family == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = true;
            }

            socket.Bind(new IPEndPoint(address, options.Port));
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    [LoggerMessage(LogLevel.Debug, "Connection could not be accepted: {Error}.")]
    private partial void LogAcceptFailed(SocketError error);

    [LoggerMessage(LogLevel.Debug, "Inbound TLS failed: {Outcome}.")]
    private partial void LogTlsFailed(TlsOutcome outcome);

    [LoggerMessage(LogLevel.Error, "Inbound connection failed with an unexpected error.")]
    private partial void LogBroken(Exception exception);

    [LoggerMessage(LogLevel.Debug, "IPv6 is not available: listening on IPv4 only.")]
    private partial void LogNoIPv6();
}
