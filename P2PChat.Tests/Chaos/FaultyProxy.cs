using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Chaos;

/// <summary>A proxy in front of a peer that delays, throttles, drops or cuts connections.</summary>
internal sealed class FaultyProxy : IAsyncDisposable
{
    private const int Buffer = 16 * 1024;
    private const int PiecesASecond = 20;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<Task, (Socket Caller, Socket Peer)> _connections = [];
    private readonly CancellationTokenSource _end = new();
    private readonly int _target;
    private readonly Task _accepting;
    private volatile TaskCompletionSource? _stalled;
    private volatile int _bytesASecond;
    private long _delay;
    private int _carried;

    /// <param name="target">The peer's port on loopback.</param>
    public FaultyProxy(int target)
    {
        _target = target;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, Port));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    /// <summary>The endpoint to advertise.</summary>
    public int Port { get; } = LoopbackPort.Next();

    /// <summary>Number of connections so far.</summary>
    public int Carried => Volatile.Read(ref _carried);

    /// <summary>Delay of each chunk.</summary>
    public TimeSpan Delay
    {
        get => new(Interlocked.Read(ref _delay));
        set => Interlocked.Exchange(ref _delay, value.Ticks);
    }

    /// <summary>Bytes per second in each direction of a connection; 0 for no limit.</summary>
    public int BytesASecond
    {
        get => _bytesASecond;
        set => _bytesASecond = value;
    }

    /// <summary>Whether everything is dropped silently.</summary>
    public bool IsStalled
    {
        get => _stalled is not null;
        set
        {
            if (value)
            {
                _stalled ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
            else
            {
                Interlocked.Exchange(ref _stalled, null)?.SetResult();
            }
        }
    }

    /// <summary>Resets all connections.</summary>
    /// <returns>Their number.</returns>
    public int Cut()
    {
        var cut = _connections.ToArray();
        foreach (var (_, (caller, peer)) in cut)
        {
            Reset(caller);
            Reset(peer);
        }

        return cut.Length;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _ = Cut();
        await Task.WhenAll(_connections.Keys);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                var caller = await _listener.AcceptAsync(_end.Token);
                var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                var serving = new Task<Task>(() => ServeAsync(caller, peer));
                var served = serving.Unwrap();
                _connections[served] = (caller, peer);
                _ = served.ContinueWith(ended => _connections.TryRemove(ended, out _), TaskScheduler.Default);
                serving.Start(TaskScheduler.Default);
            }
            catch (Exception exception)
                when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // Disposed, or the client has disconnected.
            }
        }
    }

    private async Task ServeAsync(Socket caller, Socket peer)
    {
        try
        {
            await peer.ConnectAsync(IPAddress.Loopback, _target, _end.Token);
            _ = Interlocked.Increment(ref _carried);
            await Task.WhenAll(PumpAsync(caller, peer), PumpAsync(peer, caller));
            caller.Dispose();
            peer.Dispose();
        }
        catch (Exception exception)
            when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One side was reset, so the other is reset too.
            Reset(caller);
            Reset(peer);
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        try
        {
            var buffer = new byte[Buffer];
            while (true)
            {
                var rate = _bytesASecond;
                var piece = rate == 0 ? Buffer : Math.Clamp(rate / PiecesASecond, 1, Buffer);
                var read = await from.ReceiveAsync(buffer.AsMemory(0, piece), _end.Token);
                if (read == 0)
                {
                    break;
                }

                var late = Delay + (rate == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds((double)read / rate));
                if (late > TimeSpan.Zero)
                {
                    await Task.Delay(late, _end.Token);
                }

                if (_stalled is { } stalled)
                {
                    await stalled.Task.WaitAsync(_end.Token);
                }

                for (var written = 0; written < read; )
                {
                    written += await to.SendAsync(buffer.AsMemory(written, read - written), _end.Token);
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            // The other direction must not wait forever.
            Reset(from);
            Reset(to);
            throw;
        }
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Already closed.
        }

        socket.Dispose();
    }
}
