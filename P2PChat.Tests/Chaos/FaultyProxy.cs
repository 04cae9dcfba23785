using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Chaos;

/// <summary>Stands before a peer as a bad network: what goes through it comes late, slowly, not at all, or is cut.</summary>
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

    /// <param name="target">The peer's own port, on loopback.</param>
    public FaultyProxy(int target)
    {
        _target = target;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, Port));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    /// <summary>What the peer is to advertise.</summary>
    public int Port { get; } = LoopbackPort.Next();

    /// <summary>How many connections there have been.</summary>
    public int Carried => Volatile.Read(ref _carried);

    /// <summary>By how much each piece comes later.</summary>
    public TimeSpan Delay
    {
        get => new(Interlocked.Read(ref _delay));
        set => Interlocked.Exchange(ref _delay, value.Ticks);
    }

    /// <summary>In each direction of each connection; 0 for as many as there are.</summary>
    public int BytesASecond
    {
        get => _bytesASecond;
        set => _bytesASecond = value;
    }

    /// <summary>Whether nothing goes through, and nobody is told.</summary>
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

    /// <summary>Resets every connection that there is.</summary>
    /// <returns>How many.</returns>
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
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The end, or a caller that has gone by now.
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
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One side has gone without a word, and so does the other.
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
            // The other direction must not wait for what never comes.
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
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is closed already.
        }

        socket.Dispose();
    }
}
