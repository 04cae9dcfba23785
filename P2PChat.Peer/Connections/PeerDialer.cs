using System.Diagnostics;
using System.Net.Sockets;
using P2PChat.Peer.Chat;
using P2PChat.Peer.Identity;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;
using P2PChat.ServiceDefaults;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Peer.Connections;

/// <summary>A dial that came to nothing.</summary>
internal sealed class DialException(DisconnectReason reason) : Exception($"The dial came to nothing: {reason}.")
{
    public DisconnectReason Reason { get; } = reason;
}

/// <summary>A channel to whom was called.</summary>
internal readonly record struct Dialled(TlsChannel Channel, DateTimeOffset StartedAt);

/// <summary>Calls another peer: each of its addresses in turn, until it answers with the right key.</summary>
internal sealed partial class PeerDialer(
    PeerIdentity identity, PeerOptions options, PeerMetrics metrics, TimeProvider clock, ILogger<PeerDialer> logger)
{
    private readonly ILogger<PeerDialer> _logger = logger;

    /// <exception cref="DialException">No address answers, or none with the right key.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<Dialled> DialAsync(IReadOnlyList<Endpoint> endpoints, PeerId expected, CancellationToken cancellationToken)
    {
        using var span = Telemetry.Source.StartActivity("peer.dial", ActivityKind.Client);
        var reason = DisconnectReason.Unreachable;
        foreach (var endpoint in endpoints.Where(endpoint => endpoint.Transport == Transport.Tcp))
        {
            var startedAt = clock.GetUtcNow();
            if (await TryConnectAsync(endpoint, cancellationToken) is not { } socket)
                continue;
            try
            {
                return new Dialled(await AuthenticateAsync(socket, expected, cancellationToken), startedAt);
            }
            catch (TlsException e)
            {
                cancellationToken.ThrowIfCancellationRequested();
                LogTlsFailed(e.Outcome);
                metrics.Handshake(dialled: true, $"tls_{e.Outcome}");
                reason = ReasonOf(e.Outcome);
            }
        }

        span?.SetStatus(ActivityStatusCode.Error, Telemetry.Word(reason));
        throw new DialException(reason);
    }

    private async Task<Socket?> TryConnectAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var timeout = new CancellationTokenSource(options.DialTimeout, clock);
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await socket.ConnectAsync(endpoint.Host, (int)endpoint.Port, bounded.Token);
            return socket;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ArgumentException)
        {
            socket.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            LogNotReached((e as SocketException)?.SocketErrorCode ?? SocketError.TimedOut);
            return null;
        }
    }

    private async Task<TlsChannel> AuthenticateAsync(Socket socket, PeerId expected, CancellationToken cancellationToken)
    {
        using var span = Telemetry.Source.StartActivity("peer.tls", ActivityKind.Client);
        using var timeout = new CancellationTokenSource(options.HandshakeTimeout, clock);
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await TlsChannel.ConnectAsync(socket, identity, expected, bounded.Token);
        }
        catch (TlsException e)
        {
            span?.SetStatus(ActivityStatusCode.Error, Telemetry.Word(e.Outcome));
            throw;
        }
    }

    private static DisconnectReason ReasonOf(TlsOutcome outcome) => outcome switch
    {
        TlsOutcome.WrongIdentity or TlsOutcome.WrongKeyKind or TlsOutcome.NoCertificate => DisconnectReason.WrongIdentity,
        TlsOutcome.NoProtocol => DisconnectReason.VersionMismatch,
        TlsOutcome.TimedOut => DisconnectReason.HandshakeTimedOut,
        _ => DisconnectReason.Unreachable,
    };

    [LoggerMessage(LogLevel.Debug, "An address does not answer: {Error}.")]
    private partial void LogNotReached(SocketError error);

    [LoggerMessage(LogLevel.Debug, "Who answers did not get through TLS: {Outcome}.")]
    private partial void LogTlsFailed(TlsOutcome outcome);
}
