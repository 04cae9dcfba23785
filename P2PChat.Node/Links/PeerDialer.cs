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

/// <summary>A dial failed at all addresses.</summary>
/// <param name="failure">The most specific of <paramref name="failures"/>.</param>
internal sealed class DialException(DialFailure failure, IReadOnlyList<DialFailure> failures)
    : Exception($"The dial failed: {failure}.")
{
    public DisconnectReason Reason { get; } = DisconnectReasons.Of(failure);

    /// <summary>One failure per address.</summary>
    public IReadOnlyList<DialFailure> Failures { get; } = failures;
}

/// <summary>An authenticated channel to the peer that was dialled.</summary>
/// <param name="StartedAt">When the first byte of TLS went over the wire.</param>
internal readonly record struct OutboundChannel(TlsChannel Channel, DateTimeOffset StartedAt);

/// <summary>Dials another peer. Its addresses race, and the first to authenticate the expected key wins.</summary>
internal sealed partial class PeerDialer(
    PeerIdentity identity,
    PeerOptions options,
    PeerMetrics metrics,
    SteadyClock clock,
    ILogger<PeerDialer> logger
)
{
    private readonly ILogger<PeerDialer> _logger = logger;
    private readonly DialOptions _options = new()
    {
        AttemptDelay = options.DialAttemptDelay,
        ConnectTimeout = options.DialTimeout,
        HandshakeTimeout = options.HandshakeTimeout,
        TotalTimeout = options.DialTotalTimeout,
    };

    /// <exception cref="DialException">No address leads to the expected key.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async Task<OutboundChannel> DialAsync(
        IReadOnlyList<Endpoint> endpoints,
        PeerId expected,
        CancellationToken cancellationToken
    )
    {
        using var span = Telemetry.Source.StartActivity("peer.dial", ActivityKind.Client);
        var origin = clock.GetTimestamp();
        var race = new DialRace(endpoints, _options, TimeSpan.Zero);
        var run = new DialRun(
            race,
            (address, connected, stop) => AttemptAsync(address, expected, connected, stop),
            clock,
            origin
        );
        try
        {
            return await run.RunAsync(cancellationToken);
        }
        catch (DialException exception)
        {
            LogFailed(
                string.Join(
                    ", ",
                    exception.Failures.CountBy(failure => failure).Select(count => $"{count.Value} {count.Key}")
                )
            );
            foreach (var _ in exception.Failures.Where(failure => failure == DialFailure.HandshakeTimedOut))
            {
                metrics.Handshake(isOutbound: true, $"tls_{TlsOutcome.TimedOut}");
            }

            span?.SetStatus(ActivityStatusCode.Error, Telemetry.Word(exception.Reason));
            throw;
        }
    }

    private async Task<OutboundChannel> AttemptAsync(
        IPEndPoint address,
        PeerId expected,
        Action connected,
        CancellationToken cancellationToken
    )
    {
        var socket = await ConnectAsync(address, cancellationToken);
        // The time of the handshake starts after the TCP connect, so that a slow connect does not use it up.
        var startedAt = clock.GetUtcNow();
        connected();
        return new OutboundChannel(await AuthenticateAsync(socket, expected, cancellationToken), startedAt);
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
        catch (Exception exception)
        {
            socket?.Dispose();
            if (exception is OperationCanceledException)
            {
                throw;
            }

            throw new AttemptException(
                exception is SocketException { SocketErrorCode: SocketError.TimedOut }
                    ? DialFailure.TimedOut
                    : DialFailure.Refused,
                exception
            );
        }
    }

    private async Task<TlsChannel> AuthenticateAsync(
        Socket socket,
        PeerId expected,
        CancellationToken cancellationToken
    )
    {
        using var span = Telemetry.Source.StartActivity("peer.tls", ActivityKind.Client);
        try
        {
            return await TlsChannel.AuthenticateAsync(
                ChannelTransport.Over(socket),
                TlsRole.Client,
                identity,
                expected,
                cancellationToken
            );
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
            throw new AttemptException(FailureOf(exception.Outcome), exception);
        }
        catch (IOException exception)
        {
            // The other side has closed the socket before TLS began.
            socket.Dispose();
            throw new AttemptException(DialFailure.HandshakeFailed, exception);
        }
    }

    private static DialFailure FailureOf(TlsOutcome outcome) =>
        outcome switch
        {
            TlsOutcome.WrongIdentity or TlsOutcome.WrongKeyKind or TlsOutcome.NoCertificate =>
                DialFailure.WrongIdentity,
            TlsOutcome.NoProtocol => DialFailure.VersionMismatch,
            TlsOutcome.TimedOut => DialFailure.HandshakeTimedOut,
            _ => DialFailure.HandshakeFailed,
        };

    [LoggerMessage(LogLevel.Debug, "Dial failed at all addresses: {Failures}.")]
    private partial void LogFailed(string failures);

    [LoggerMessage(LogLevel.Debug, "TLS failed at one address: {Outcome}.")]
    private partial void LogTlsFailed(TlsOutcome outcome);
}
