using System.Buffers;
using System.Threading.Channels;
using P2PChat.Protocol.Frames;

namespace P2PChat.Peer.Connections;

/// <summary>
/// What a link has still to write, bounded. The Ack and the Pong have a place each, overtake everything and replace
/// what stood there; a Close comes last. Written to by anybody, drained by one.
/// </summary>
internal sealed class WriteQueue(int capacity)
{
    private readonly Lock _gate = new();
    private readonly Queue<Frame> _frames = new();
    private readonly Channel<bool> _work = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private Ack? _ack;
    private bool _ping;
    private bool _pong;
    private bool _completed;

    /// <summary>Frames that wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _frames.Count;
        }
    }

    /// <returns>False if the queue is full. What comes after the end is dropped.</returns>
    public bool TryAdd(Frame frame)
    {
        lock (_gate)
        {
            if (_completed)
                return true;
            if (_frames.Count >= capacity)
                return false;
            _frames.Enqueue(frame);
        }

        Signal();
        return true;
    }

    public void SetAck(Ack ack)
    {
        lock (_gate)
            _ack = ack;
        Signal();
    }

    public void SetPing()
    {
        lock (_gate)
            _ping = true;
        Signal();
    }

    public void SetPong()
    {
        lock (_gate)
            _pong = true;
        Signal();
    }

    /// <summary>Nothing comes after this. What waits is still written.</summary>
    public void Complete(CloseReason reason)
    {
        lock (_gate)
        {
            if (_completed)
                return;
            _frames.Enqueue(new Frame { Close = new Close { Reason = reason } });
            _completed = true;
        }

        Signal();
    }

    /// <summary>Nothing comes after this, and nothing of what waits is written.</summary>
    public void Abandon()
    {
        lock (_gate)
        {
            _completed = true;
            _frames.Clear();
            (_ack, _ping, _pong) = (null, false, false);
        }

        Signal();
    }

    /// <summary>Waits until there is something to write, or the end has come.</summary>
    public async ValueTask WaitAsync() => _ = await _work.Reader.ReadAsync();

    /// <summary>Moves frames to the writer, until it holds <paramref name="bytes"/> or more.</summary>
    /// <returns>False if the queue has come to its end.</returns>
    public bool Drain(ArrayBufferWriter<byte> writer, int bytes)
    {
        lock (_gate)
        {
            if (_ack is { } ack)
                FrameCodec.Write(writer, new Frame { Ack = ack });
            if (_pong)
                FrameCodec.Write(writer, new Frame { Pong = new Pong() });
            if (_ping)
                FrameCodec.Write(writer, new Frame { Ping = new Ping() });
            (_ack, _ping, _pong) = (null, false, false);
            while (writer.WrittenCount < bytes && _frames.TryDequeue(out var frame))
                FrameCodec.Write(writer, frame);
            if (_frames.Count > 0)
                Signal();
            return !_completed || _frames.Count > 0;
        }
    }

    private void Signal() => _ = _work.Writer.TryWrite(true);
}
