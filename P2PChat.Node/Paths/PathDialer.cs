using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Paths.Relay;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Paths;

/// <summary>Opens authenticated channels for one attempt each: to an address, through NATs, or by the relay.</summary>
internal sealed partial class PathDialer(
    PeerIdentity identity,
    RelayConnector relay,
    DirectAccess direct,
    PeerMetrics metrics,
    SteadyClock clock,
    ILogger<PathDialer> logger
)
{
    private readonly ILogger<PathDialer> _logger = logger;

    /// <summary>Connects to an address.</summary>
    /// <param name="kind">How the path travels.</param>
    /// <param name="connected">Called when TCP has connected.</param>
    /// <exception cref="PathAttemptException">The attempt failed.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async Task<PathChannel> ConnectAsync(
        IPEndPoint address,
        PathKind kind,
        PeerId expected,
        Action connected,
        CancellationToken cancellationToken
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, direct.Hidden);
        try
        {
            stop.Token.ThrowIfCancellationRequested();
            var socket = await ConnectAsync(address, stop.Token);
            // The handshake's time-out starts after the TCP connect, so that a slow connect does not use it up.
            var startedAt = clock.GetUtcNow();
            connected();
            var transport = ChannelTransport.Over(socket, kind);
            var channel = await AuthenticateAsync(transport, TlsRole.Client, expected, stop.Token);
            return new PathChannel(channel, startedAt, address);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The user has hidden the address.
            throw new PathAttemptException(PathOutcome.NotAllowed, exception);
        }
    }

    /// <summary>Opens a relay leg of the session and authenticates through it.</summary>
    /// <inheritdoc cref="ConnectAsync(IPEndPoint, PathKind, PeerId, Action, CancellationToken)"/>
    public async Task<PathChannel> RelayAsync(
        IPathCredentials session,
        PeerId expected,
        Action connected,
        CancellationToken cancellationToken
    )
    {
        RelayStream stream;
        try
        {
            stream = await relay.OpenAsync(session.SessionId, session.Token, cancellationToken);
        }
        catch (DirectoryException exception)
        {
            throw new PathAttemptException(RelayFailures.Of(exception.Failure), exception);
        }

        var startedAt = clock.GetUtcNow();
        connected();
        try
        {
            var channel = await AuthenticateAsync(
                ChannelTransport.Over(stream, PathKind.Relayed),
                TlsRoles.Between(identity.PeerId, expected),
                expected,
                cancellationToken
            );
            return new PathChannel(channel, startedAt);
        }
        catch (PathAttemptException exception) when (RelayFailures.Of(stream.End) is { } outcome)
        {
            throw new PathAttemptException(outcome, exception);
        }
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        Socket? socket = null;
        try
        {
            socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(address, cancellationToken);
            return socket;
        }
        catch (SocketException exception)
        {
            socket?.Dispose();
            throw new PathAttemptException(OutcomeOf(exception.SocketErrorCode), exception);
        }
        catch
        {
            socket?.Dispose();
            throw;
        }
    }

    private async Task<TlsChannel> AuthenticateAsync(
        ChannelTransport transport,
        TlsRole role,
        PeerId expected,
        CancellationToken cancellationToken
    )
    {
        using var span = Telemetry.Source.StartActivity("peer.tls", ActivityKind.Client);
        try
        {
            return await TlsChannel.AuthenticateAsync(transport, role, identity, expected, cancellationToken);
        }
        catch (TlsException exception)
        {
            // Another attempt has won, the time is up, or the caller has cancelled: there is no failure to report.
            if (cancellationToken.IsCancellationRequested)
            {
                span?.SetStatus(ActivityStatusCode.Error, "cancelled");
                throw new OperationCanceledException(exception.Message, exception, cancellationToken);
            }

            LogTlsFailed(exception.Outcome);
            metrics.Handshake(isOutbound: true, $"tls_{exception.Outcome}");
            span?.SetStatus(ActivityStatusCode.Error, Telemetry.Word(exception.Outcome));
            throw new PathAttemptException(OutcomeOf(exception.Outcome), exception);
        }
        catch (IOException exception)
        {
            // The other side has closed the socket before TLS began.
            transport.Abort();
            throw new PathAttemptException(PathOutcome.HandshakeFailed, exception);
        }
    }

    private static PathOutcome OutcomeOf(SocketError error) =>
        error switch
        {
            SocketError.TimedOut => PathOutcome.TimedOut,
            SocketError.NetworkUnreachable
            or SocketError.HostUnreachable
            or SocketError.NetworkDown
            or SocketError.AddressNotAvailable
            or SocketError.AddressFamilyNotSupported => PathOutcome.NoRoute,
            _ => PathOutcome.Refused,
        };

    private static PathOutcome OutcomeOf(TlsOutcome outcome) =>
        outcome switch
        {
            TlsOutcome.WrongIdentity or TlsOutcome.WrongKeyKind or TlsOutcome.NoCertificate =>
                PathOutcome.WrongIdentity,
            TlsOutcome.NoProtocol => PathOutcome.VersionMismatch,
            _ => PathOutcome.HandshakeFailed,
        };

    [LoggerMessage(LogLevel.Debug, "TLS failed at one address: {Outcome}.")]
    private partial void LogTlsFailed(TlsOutcome outcome);
}
