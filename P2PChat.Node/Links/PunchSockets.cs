using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Diagnostics;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Links;

/// <summary>
/// The connections of one <see cref="PunchRun"/>. Several may work, and the two sides see them in different orders, so
/// the lower PeerId alone chooses: it starts TLS on one at a time. Thread-safe.
/// </summary>
internal sealed class PunchSockets : IAsyncDisposable
{
    // TLS runs on one connection at a time, and a host that accepts anything must not block it for long.
    private static readonly TimeSpan MaxHandshake = TimeSpan.FromSeconds(3);

    private readonly PeerIdentity _identity;
    private readonly bool _isTest;
    private readonly PeerListener _listener;
    private readonly PeerMetrics _metrics;
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _handshakeTimeout;
    private readonly TaskCompletionSource _authenticated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _over = new();
    private readonly Lock _gate = new();
    private OutboundChannel? _channel;
    private bool _isWon;

    public PunchSockets(
        PeerIdentity identity,
        PeerId peer,
        bool isTest,
        PeerListener listener,
        PeerOptions options,
        PeerMetrics metrics,
        TimeProvider timeProvider
    )
    {
        (_identity, Peer, _listener, _metrics, _timeProvider) = (identity, peer, listener, metrics, timeProvider);
        _isTest = isTest;
        Role = TlsRoles.Between(identity.PeerId, peer);
        Over = _over.Token;
        _handshakeTimeout = options.HandshakeTimeout < MaxHandshake ? options.HandshakeTimeout : MaxHandshake;
    }

    public PeerId Peer { get; }

    public TlsRole Role { get; }

    /// <summary>Cancelled when a channel has authenticated, or the run has ended.</summary>
    public CancellationToken Over { get; }

    public Task Authenticated => _authenticated.Task;

    /// <inheritdoc cref="PunchRun.Connected"/>
    public event Action<IPEndPoint>? Connected;

    /// <summary>The other end of the channel; null if there is none.</summary>
    public IPEndPoint? Winner { get; private set; }

    /// <inheritdoc cref="PunchRun.TryTake"/>
    public OutboundChannel? TryTake()
    {
        lock (_gate)
        {
            var taken = _channel;
            _channel = null;
            return taken;
        }
    }

    /// <summary>Authenticates the peer on a connection, at the TLS client when it is its turn.</summary>
    /// <param name="slot">That of an accepted socket; null for one that this side has connected.</param>
    public async Task<PathOutcome> UseAsync(Socket socket, IPEndPoint remote, IDisposable? slot)
    {
        Connected?.Invoke(remote);
        if (Role == TlsRole.Server)
        {
            return await AuthenticateAsync(socket, remote, _listener.Stopped);
        }

        try
        {
            await _turn.WaitAsync(Over);
        }
        catch (OperationCanceledException)
        {
            Close(socket, remote, slot);
            return PathOutcome.Superseded;
        }

        try
        {
            if (slot is null || !HasSpoken(socket))
            {
                return await AuthenticateAsync(socket, remote, Over);
            }

            _listener.Serve(new AcceptedSocket(socket, remote, slot));
            slot = null;
            return PathOutcome.Superseded;
        }
        finally
        {
            slot?.Dispose();
            _turn.Release();
        }
    }

    /// <summary>Ends the run with a channel that the listener has authenticated.</summary>
    /// <returns>False if another was first, or the run is a test, which leaves the channel to the listener.</returns>
    public bool TryWinInbound(OutboundChannel channel) => TryWin(channel, _isTest ? null : channel) && !_isTest;

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _isWon = true;
        }

        await _over.CancelAsync();
        if (TryTake() is not { } left)
        {
            return;
        }

        // The other side may have chosen this channel just as the run ended.
        if (_isTest)
        {
            left.Channel.Dispose();
        }
        else
        {
            Leave(left);
        }
    }

    /// <summary>Whether the other side has sent something, as the client of a direct dial does.</summary>
    public static bool HasSpoken(Socket socket)
    {
        try
        {
            return socket.Available > 0;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    private async Task<PathOutcome> AuthenticateAsync(Socket socket, IPEndPoint remote, CancellationToken given)
    {
        try
        {
            socket.NoDelay = true;
            // The next try, and the next link to this peer, need the same addresses.
            SharedPort.CloseByReset(socket);
            var startedAt = _timeProvider.GetUtcNow();
            using var timeout = new CancellationTokenSource(_handshakeTimeout, _timeProvider);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, given);
            var transport = ChannelTransport.Over(socket, PathKind.Punched);
            var channel = new OutboundChannel(
                await TlsChannel.AuthenticateAsync(transport, Role, _identity, Peer, stop.Token),
                startedAt,
                remote
            );
            if (TryWin(channel, channel))
            {
                return PathOutcome.Authenticated;
            }

            Leave(channel);
            return PathOutcome.Superseded;
        }
        catch (TlsException exception) when (!Over.IsCancellationRequested)
        {
            _metrics.Handshake(Role == TlsRole.Client, $"tls_{exception.Outcome}");
            return OutcomeOf(exception.Outcome);
        }
        catch (Exception exception)
            when (exception
                    is TlsException
                        or OperationCanceledException
                        or SocketException
                        or IOException
                        or ObjectDisposedException
            )
        {
            SharedPort.Discard(socket);
            return Over.IsCancellationRequested ? PathOutcome.Superseded : PathOutcome.HandshakeFailed;
        }
    }

    // Only the TLS client chooses. The server keeps the chosen connection even if this run has ended with a direct
    // dial: otherwise each side would close the connection that the other has kept.
    private void Leave(OutboundChannel channel)
    {
        if (Role == TlsRole.Server)
        {
            _listener.Offer(channel);
        }
        else
        {
            channel.Channel.Dispose();
        }
    }

    // A direct dial that arrives at the end of the run is an ordinary inbound connection.
    private void Close(Socket socket, IPEndPoint remote, IDisposable? slot)
    {
        if (slot is not null && HasSpoken(socket))
        {
            _listener.Serve(new AcceptedSocket(socket, remote, slot));
            return;
        }

        slot?.Dispose();
        SharedPort.Discard(socket);
    }

    private bool TryWin(OutboundChannel winner, OutboundChannel? kept)
    {
        lock (_gate)
        {
            if (_isWon)
            {
                return false;
            }

            (_isWon, _channel, Winner) = (true, kept, winner.Remote);
        }

        _authenticated.SetResult();
        _ = _over.CancelAsync();
        return true;
    }

    private static PathOutcome OutcomeOf(TlsOutcome outcome) =>
        outcome switch
        {
            TlsOutcome.WrongIdentity or TlsOutcome.WrongKeyKind or TlsOutcome.NoCertificate =>
                PathOutcome.WrongIdentity,
            TlsOutcome.NoProtocol => PathOutcome.VersionMismatch,
            TlsOutcome.TimedOut => PathOutcome.TimedOut,
            _ => PathOutcome.HandshakeFailed,
        };
}
