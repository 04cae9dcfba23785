using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Diagnostics;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Node.Links;

/// <summary>Accepts TCP connections from other peers and authenticates them with TLS.</summary>
internal sealed partial class PeerListener(
    PeerIdentity identity,
    PeerOptions options,
    SharedPort port,
    DirectAccess direct,
    PeerMetrics metrics,
    ILocalAddresses addresses,
    SteadyClock clock,
    ILogger<PeerListener> logger
) : IDisposable
{
    private readonly ILogger<PeerListener> _logger = logger;
    private readonly UnauthenticatedConnectionLimiter _limiter = new(
        options.MaxUnauthenticated,
        options.MaxUnauthenticatedPerAddress
    );
    private readonly HandshakeBudget _budget = new(
        options.HandshakeBurstPerAddress,
        options.HandshakesPerSecondPerAddress
    );
    private readonly ExpectedConnections _expected = new();
    private readonly ListeningSocket _socket = new(port, direct, logger);
    private readonly long _startedAt = clock.GetTimestamp();
    private readonly CancellationTokenSource _stopped = new();
    private Action<TlsChannel, DateTimeOffset, IDisposable>? _onAccepted;

    /// <summary>
    /// The endpoints to advertise; empty before <see cref="Bind"/>. <see cref="Advertise"/> updates them.
    /// </summary>
    public IReadOnlyList<Endpoint> Endpoints { get; private set; } = [];

    /// <summary>The TCP port in use; 0 before <see cref="Bind"/>.</summary>
    public int Port => port.Port;

    /// <summary>Cancelled when the listener stops.</summary>
    public CancellationToken Stopped => IsBound ? _stopped.Token : new CancellationToken(canceled: true);

    public bool IsBound => Port != 0 && !_stopped.IsCancellationRequested;

    /// <exception cref="PeerStartException">The port cannot be used.</exception>
    public void Bind()
    {
        // Created in the background during startup. Wait for it, because a peer without one cannot start.
        _ = identity.Certificate;
        try
        {
            _socket.Open();
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

    /// <summary>
    /// Offers each socket that is accepted from an address to a handler, before TLS, until the result is disposed.
    /// </summary>
    /// <param name="handler">
    /// Returns whether it takes the socket and its slot. Otherwise this side is TLS server.
    /// </param>
    public IDisposable Expect(IPAddress address, Func<AcceptedSocket, Task<bool>> handler) =>
        _expected.Add(address, handler);

    /// <summary>
    /// Offers each channel on which this peer was TLS server to a handler, until the result is disposed.
    /// </summary>
    /// <param name="handler">Returns whether it takes the channel.</param>
    public IDisposable Expect(PeerId peer, Func<OutboundChannel, bool> handler) => _expected.Add(peer, handler);

    /// <summary>Handles a socket that a path in progress no longer wants as an ordinary connection.</summary>
    public void Serve(AcceptedSocket accepted) => _ = AuthenticateAsync(accepted, isOffered: false);

    /// <summary>
    /// Handles a channel that a path has not taken as an ordinary inbound one, or as that of a later path.
    /// </summary>
    public void Offer(OutboundChannel channel)
    {
        if (_expected.TryTake(channel))
        {
            return;
        }

        if (_onAccepted is { } onAccepted && !_stopped.IsCancellationRequested)
        {
            onAccepted(channel.Channel, channel.StartedAt, NoSlot.Instance);
        }
        else
        {
            channel.Channel.Dispose();
        }
    }

    /// <summary>Accepts connections until <see cref="Stop"/>, but none while the address is hidden.</summary>
    /// <param name="onAccepted">
    /// Handles an authenticated channel, with the time of its first byte and the slot that it takes in the limiter.
    /// </param>
    public async Task RunAsync(Action<TlsChannel, DateTimeOffset, IDisposable> onAccepted)
    {
        Activity.Current = null;
        _onAccepted = onAccepted;
        while (!_stopped.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                socket = await _socket.AcceptAsync(_stopped.Token);
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
                var remote = new IPEndPoint(caller.Address.Unmap(), caller.Port);
                _ = AuthenticateAsync(new AcceptedSocket(socket, remote, slot), isOffered: true);
            }
        }
    }

    public void Stop()
    {
        if (!_stopped.IsCancellationRequested)
        {
            _stopped.Cancel();
        }

        _socket.Dispose();
    }

    public void Dispose()
    {
        Stop();
        _stopped.Dispose();
    }

    private async Task AuthenticateAsync(AcceptedSocket accepted, bool isOffered)
    {
        var (socket, remote, slot) = accepted;
        var startedAt = clock.GetUtcNow();
        using var span = Telemetry.Source.StartActivity("peer.tls", ActivityKind.Server);
        using var timeout = new CancellationTokenSource(options.HandshakeTimeout, clock);
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(
            timeout.Token,
            _stopped.Token,
            direct.Hidden
        );
        var isHandedOver = false;
        try
        {
            socket.NoDelay = true;
            if (isOffered && await _expected.TryTakeAsync(accepted))
            {
                isHandedOver = true;
                return;
            }

            var transport = ChannelTransport.Over(socket);
            var channel = await TlsChannel.AuthenticateAsync(
                transport,
                TlsRole.Server,
                identity,
                expected: null,
                bounded.Token
            );
            isHandedOver = true;
            if (_expected.TryTake(new OutboundChannel(channel, startedAt, remote)))
            {
                slot.Dispose();
            }
            else
            {
                _onAccepted!(channel, startedAt, slot);
            }
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

    [LoggerMessage(LogLevel.Debug, "Connection could not be accepted: {Error}.")]
    private partial void LogAcceptFailed(SocketError error);

    [LoggerMessage(LogLevel.Debug, "Inbound TLS failed: {Outcome}.")]
    private partial void LogTlsFailed(TlsOutcome outcome);

    [LoggerMessage(LogLevel.Error, "Inbound connection failed with an unexpected error.")]
    private partial void LogBroken(Exception exception);
}
