using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Model;

namespace P2PChat.Node.Links;

/// <summary>
/// The simultaneous opens to one peer, until one is authenticated or the run is disposed. Connections of the peer that
/// arrive between two tries count too.
/// </summary>
internal sealed class PunchRun : IAsyncDisposable
{
    // The kernel repeats a SYN after one second.
    private static readonly TimeSpan MaxConnect = TimeSpan.FromMilliseconds(900);

    // A dialler sends its ClientHello with the end of the TCP handshake.
    private static readonly TimeSpan SpeaksWithin = TimeSpan.FromMilliseconds(100);

    private readonly PunchSockets _sockets;
    private readonly SharedPort _port;
    private readonly PeerListener _listener;
    private readonly HashSet<IPAddress> _addresses = [];
    private readonly TimeProvider _timeProvider;
    private readonly List<IDisposable> _expected = [];
    private volatile IReadOnlyList<IPEndPoint> _targets;

    public PunchRun(
        PunchSockets sockets,
        SharedPort port,
        PeerListener listener,
        IReadOnlyList<IPEndPoint> targets,
        TimeProvider timeProvider
    )
    {
        (_sockets, _port, _listener, _targets, _timeProvider) = (sockets, port, listener, targets, timeProvider);
        if (sockets.Role == TlsRole.Server)
        {
            _expected.Add(listener.Expect(sockets.Peer, sockets.TryWinInbound));
        }

        Expect(targets.Select(target => target.Address));
    }

    /// <summary>Completes when a connection has authenticated the peer. Then call <see cref="TryTake"/>.</summary>
    public Task Authenticated => _sockets.Authenticated;

    /// <summary>The other end of the authenticated connection; null if there is none.</summary>
    public IPEndPoint? Winner => _sockets.Winner;

    /// <summary>Raised on any thread when a TCP connection is up. Its TLS begins now, or in its turn.</summary>
    public event Action<IPEndPoint>? Connected
    {
        add => _sockets.Connected += value;
        remove => _sockets.Connected -= value;
    }

    /// <summary>
    /// Accepts connections from these addresses too. The other side may be a little earlier than this one.
    /// </summary>
    public void Expect(IEnumerable<IPAddress> addresses)
    {
        if (_sockets.Role == TlsRole.Client)
        {
            _expected.AddRange(
                addresses.Where(_addresses.Add).Select(address => _listener.Expect(address, TryUseAsync)).ToList()
            );
        }
    }

    /// <summary>Takes the authenticated channel, which belongs to the caller from then on.</summary>
    /// <returns>Null if there is none, or it has been taken.</returns>
    public OutboundChannel? TryTake() => _sockets.TryTake();

    /// <summary>
    /// Connects to targets at once, each with a single SYN, and authenticates the first connection that works.
    /// </summary>
    /// <param name="targets">The targets from now on; null for those before.</param>
    /// <returns>
    /// One outcome per target, after a second, or a few if TLS takes that long. <see cref="PathOutcome.NotAllowed"/> if
    /// this platform cannot connect from the listener's port.
    /// </returns>
    /// <exception cref="OperationCanceledException">The caller cancelled, or the run was disposed.</exception>
    public async Task<IReadOnlyList<PunchAttempt>> TryAsync(
        CancellationToken cancellationToken,
        IReadOnlyList<IPEndPoint>? targets = null
    )
    {
        _targets = targets ?? _targets;
        var startedAt = _timeProvider.GetTimestamp();
        var attempts = await Task.WhenAll(
            _targets.Select(target => AttemptAsync(target, startedAt, cancellationToken))
        );
        cancellationToken.ThrowIfCancellationRequested();
        return
        [
            .. attempts.Select(attempt => _sockets.Winner?.Equals(attempt.Target) == true ? Won(attempt) : attempt),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var expected in _expected)
        {
            expected.Dispose();
        }

        await _sockets.DisposeAsync();
    }

    private static PunchAttempt Won(PunchAttempt attempt) => attempt with { Outcome = PathOutcome.Authenticated };

    private async Task<PunchAttempt> AttemptAsync(
        IPEndPoint target,
        long startedAt,
        CancellationToken cancellationToken
    )
    {
        var outcome = await OutcomeAsync(target, cancellationToken);
        return new PunchAttempt(target, outcome, _timeProvider.GetElapsedTime(startedAt));
    }

    private async Task<PathOutcome> OutcomeAsync(IPEndPoint target, CancellationToken cancellationToken)
    {
        if (!_port.IsShared)
        {
            return PathOutcome.NotAllowed;
        }

        using var timeout = new CancellationTokenSource(MaxConnect, _timeProvider);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(
            cancellationToken,
            timeout.Token,
            _sockets.Over
        );
        Socket socket;
        try
        {
            socket = await _port.ConnectAsync(target, stop.Token);
        }
        catch (OperationCanceledException)
        {
            return _sockets.Over.IsCancellationRequested ? PathOutcome.Superseded : PathOutcome.TimedOut;
        }
        catch (SocketException exception)
        {
            return OutcomeOf(exception.SocketErrorCode);
        }

        try
        {
            // After the end, the TLS server still waits for the connection that the other side may have chosen.
            return await _sockets.UseAsync(socket, target, slot: null).WaitAsync(_sockets.Over);
        }
        catch (OperationCanceledException)
        {
            return PathOutcome.Superseded;
        }
    }

    // The lower PeerId is TLS client on punched connections, but the server for a direct dial that arrives meanwhile.
    // Punched connections come from the port of a target, and otherwise stay silent.
    private async Task<bool> TryUseAsync(AcceptedSocket accepted)
    {
        if (_sockets.Over.IsCancellationRequested)
        {
            return false;
        }

        if (!_targets.Contains(accepted.Remote) && await SpeaksFirstAsync(accepted.Socket))
        {
            return false;
        }

        if (_sockets.Over.IsCancellationRequested)
        {
            return false;
        }

        _ = _sockets.UseAsync(accepted.Socket, accepted.Remote, accepted.Slot);
        return true;
    }

    private async Task<bool> SpeaksFirstAsync(Socket socket)
    {
        using var silence = new CancellationTokenSource(SpeaksWithin, _timeProvider);
        try
        {
            _ = await socket.ReceiveAsync(new byte[1], SocketFlags.Peek, silence.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return PunchSockets.HasSpoken(socket);
        }
        catch (SocketException)
        {
            // TLS will find out.
            return true;
        }
    }

    private static PathOutcome OutcomeOf(SocketError error) =>
        error switch
        {
            SocketError.ConnectionRefused or SocketError.ConnectionReset => PathOutcome.Refused,
            SocketError.TimedOut => PathOutcome.TimedOut,
            // The listener has accepted a connection with the same addresses.
            SocketError.AddressNotAvailable or SocketError.AddressAlreadyInUse => PathOutcome.Superseded,
            _ => PathOutcome.NoRoute,
        };
}
