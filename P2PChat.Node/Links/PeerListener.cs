using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Diagnostics;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Diagnostics;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Node.Links;

/// <summary>Takes calls from other peers: TCP, then TLS within the handshake's time.</summary>
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
    private readonly UnauthenticatedConnectionLimiter _room = new(
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

    /// <summary>The endpoints to advertise; empty before <see cref="Bind"/>. They follow the machine's addresses.</summary>
    public IReadOnlyList<Endpoint> Endpoints { get; private set; } = [];

    /// <summary>The TCP port in use; 0 before <see cref="Bind"/>.</summary>
    public int Port { get; private set; }

    public bool IsBound => Port != 0 && !_stopped.IsCancellationRequested;

    /// <exception cref="PeerStartException">The port cannot be used.</exception>
    public void Bind()
    {
        // It is made beside the rest of the start. A peer that has none does not start.
        _ = identity.Certificate;
        try
        {
            _socket = Listen();
        }
        catch (SocketException e)
        {
            throw new PeerStartException(
                e.SocketErrorCode switch
                {
                    SocketError.AddressAlreadyInUse =>
                        $"Port {options.Port} is in use by another program: give another port, or 0 for one that is free.",
                    SocketError.AccessDenied =>
                        $"Port {options.Port} may not be used by this user: give one above 1023, or 0 for one that is free.",
                    _ =>
                        $"Port {options.Port} cannot be listened on ({e.SocketErrorCode}): give another port, or 0 for one that is free.",
                },
                e
            );
        }

        Port = ((IPEndPoint)_socket.LocalEndPoint!).Port;
        _ = Advertise(addresses.Read());
    }

    /// <summary>Updates the endpoints from this machine's current addresses.</summary>
    /// <returns>Whether they changed, so that others must be told.</returns>
    public bool Advertise(IReadOnlyList<IPAddress> machine)
    {
        if (Port == 0)
        {
            return false;
        }

        var endpoints = AdvertisedEndpoints.For(options.Advertise, Port, machine);
        if (endpoints.SequenceEqual(Endpoints))
        {
            return false;
        }

        Endpoints = endpoints;
        return true;
    }

    /// <summary>Takes calls until <see cref="Stop"/>.</summary>
    /// <param name="accepted">Told of each channel, with the time of its first byte and its slot among the unknown.</param>
    public async Task RunAsync(Action<TlsChannel, DateTimeOffset, IDisposable> accepted)
    {
        Activity.Current = null;
        while (!_stopped.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                socket = await _socket!.AcceptAsync(_stopped.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                break;
            }
            catch (SocketException e)
            {
                // A caller that has gone already, or no descriptor left: neither ends a listener, nor may it spin.
                LogAcceptFailed(e.SocketErrorCode);
                await Task.Delay(TimeSpan.FromMilliseconds(50), clock, CancellationToken.None);
                continue;
            }

            if (socket.RemoteEndPoint is not IPEndPoint caller || _room.TryAcquire(caller.Address) is not { } slot)
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
                _ = AuthenticateAsync(socket, slot, accepted);
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
        Action<TlsChannel, DateTimeOffset, IDisposable> accepted
    )
    {
        var startedAt = clock.GetUtcNow();
        using var span = Telemetry.Source.StartActivity("peer.tls", ActivityKind.Server);
        using var timeout = new CancellationTokenSource(options.HandshakeTimeout, clock);
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stopped.Token);
        var taken = false;
        try
        {
            socket.NoDelay = true;
            var channel = await TlsChannel.AcceptAsync(socket, identity, bounded.Token);
            taken = true;
            accepted(channel, startedAt, slot);
        }
        catch (TlsException e)
        {
            LogTlsFailed(e.Outcome);
            metrics.Handshake(isOutbound: false, $"tls_{e.Outcome}");
            span?.SetStatus(ActivityStatusCode.Error, Telemetry.Word(e.Outcome));
        }
        catch (SocketException e)
        {
            LogAcceptFailed(e.SocketErrorCode);
        }
        catch (Exception e)
        {
            LogBroken(e);
        }
        finally
        {
            // A slot that is not given back is lost to every honest caller.
            if (!taken)
            {
                socket.Dispose();
                slot.Dispose();
            }
        }
    }

    // IPv6 and IPv4 on one socket where the system has both; many containers have IPv4 alone.
    private Socket Listen()
    {
        if (Socket.OSSupportsIPv6)
        {
            try
            {
                return Listen(AddressFamily.InterNetworkV6, IPAddress.IPv6Any);
            }
            catch (SocketException e)
                when (e.SocketErrorCode is SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable)
            {
                LogNoIPv6();
            }
        }

        return Listen(AddressFamily.InterNetwork, IPAddress.Any);
    }

    private Socket Listen(AddressFamily family, IPAddress any)
    {
        var socket = new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (family == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = true;
            }

            socket.Bind(new IPEndPoint(any, options.Port));
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    [LoggerMessage(LogLevel.Debug, "A call could not be taken: {Error}.")]
    private partial void LogAcceptFailed(SocketError error);

    [LoggerMessage(LogLevel.Debug, "A caller did not get through TLS: {Outcome}.")]
    private partial void LogTlsFailed(TlsOutcome outcome);

    [LoggerMessage(LogLevel.Error, "A call was not taken, by a fault of this peer's own.")]
    private partial void LogBroken(Exception exception);

    [LoggerMessage(LogLevel.Debug, "This system has no IPv6: listening on IPv4 alone.")]
    private partial void LogNoIPv6();
}
