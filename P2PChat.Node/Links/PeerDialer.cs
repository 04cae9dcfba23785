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

/// <summary>A dial that came to nothing.</summary>
/// <param name="failure">The most specific of <paramref name="failures"/>.</param>
internal sealed class DialException(DialFailure failure, IReadOnlyList<DialFailure> failures)
    : Exception($"The dial failed: {failure}.")
{
    public DisconnectReason Reason { get; } = DisconnectReasons.Of(failure);

    /// <summary>One for each address.</summary>
    public IReadOnlyList<DialFailure> Failures { get; } = failures;
}

/// <summary>A channel to whom was called.</summary>
internal readonly record struct OutboundChannel(TlsChannel Channel, DateTimeOffset StartedAt);

/// <summary>Dials another peer: its addresses race, and the first that answers with the right key wins.</summary>
internal sealed partial class PeerDialer(
    PeerIdentity identity,
    PeerOptions options,
    PeerMetrics metrics,
    SteadyClock clock,
    ILogger<PeerDialer> logger
)
{
    private readonly ILogger<PeerDialer> _logger = logger;
    private readonly DialOptions _times = new()
    {
        AttemptDelay = options.DialAttemptDelay,
        ConnectTimeout = options.DialTimeout,
        HandshakeTimeout = options.HandshakeTimeout,
        TotalTimeout = options.DialTotalTimeout,
    };

    /// <exception cref="DialException">No address answers, or none with the right key.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<OutboundChannel> DialAsync(
        IReadOnlyList<Endpoint> endpoints,
        PeerId expected,
        CancellationToken cancellationToken
    )
    {
        using var span = Telemetry.Source.StartActivity("peer.dial", ActivityKind.Client);
        var origin = clock.GetTimestamp();
        var race = new DialRace(endpoints, _times, TimeSpan.Zero);
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
        catch (DialException e)
        {
            LogFailed(
                string.Join(", ", e.Failures.CountBy(failure => failure).Select(count => $"{count.Value} {count.Key}"))
            );
            foreach (var _ in e.Failures.Where(failure => failure == DialFailure.HandshakeTimedOut))
            {
                metrics.Handshake(isOutbound: true, $"tls_{TlsOutcome.TimedOut}");
            }

            span?.SetStatus(ActivityStatusCode.Error, Telemetry.Word(e.Reason));
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
        // The handshake's time starts after the TCP connect, so that a slow connect does not use it up.
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
        catch (Exception e)
        {
            socket?.Dispose();
            if (e is OperationCanceledException)
            {
                throw;
            }

            throw new AttemptException(
                e is SocketException { SocketErrorCode: SocketError.TimedOut }
                    ? DialFailure.TimedOut
                    : DialFailure.Refused,
                e
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
            return await TlsChannel.ConnectAsync(socket, identity, expected, cancellationToken);
        }
        catch (TlsException e)
        {
            // Another attempt won, time is up, or the caller gave up, so there is no failure to report.
            if (cancellationToken.IsCancellationRequested)
            {
                span?.SetStatus(ActivityStatusCode.Error, "cancelled");
                throw new OperationCanceledException(e.Message, e, cancellationToken);
            }

            LogTlsFailed(e.Outcome);
            metrics.Handshake(isOutbound: true, $"tls_{e.Outcome}");
            span?.SetStatus(ActivityStatusCode.Error, Telemetry.Word(e.Outcome));
            throw new AttemptException(FailureOf(e.Outcome), e);
        }
        catch (IOException e)
        {
            // The other side closed the socket before TLS began.
            socket.Dispose();
            throw new AttemptException(DialFailure.HandshakeFailed, e);
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

    [LoggerMessage(LogLevel.Debug, "Dial failed at every address: {Failures}.")]
    private partial void LogFailed(string failures);

    [LoggerMessage(LogLevel.Debug, "TLS failed at one address: {Outcome}.")]
    private partial void LogTlsFailed(TlsOutcome outcome);
}
