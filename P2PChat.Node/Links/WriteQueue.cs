using System.Buffers;
using System.Threading.Tasks.Sources;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Links;

/// <summary>
/// What a link has still to write, bounded. The Ack and the Pong have a place each, overtake everything and replace
/// what stood there; a Close comes last. Written to by anybody, drained by one.
/// </summary>
internal sealed class WriteQueue(int capacity) : IValueTaskSource
{
    private static readonly Frame PingFrame = new() { Ping = new Ping() };
    private static readonly Frame PongFrame = new() { Pong = new Pong() };

    private readonly Lock _gate = new();
    private readonly Queue<OutgoingFrame> _frames = new();
    private ManualResetValueTaskSourceCore<bool> _wake;
    private Ack? _ack;
    private bool _ping;
    private bool _pong;
    private bool _completed;
    private bool _hasWork;
    private bool _waiting;
    private bool _held;

    /// <summary>Frames that wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _frames.Count;
            }
        }
    }

    /// <returns>False if the queue is full. What comes after the end is dropped.</returns>
    public bool TryAdd(OutgoingFrame frame)
    {
        lock (_gate)
        {
            if (_completed)
            {
                return true;
            }

            if (_frames.Count >= capacity)
            {
                return false;
            }

            _frames.Enqueue(frame);
        }

        Wake();
        return true;
    }

    public void SetAck(Ack ack)
    {
        lock (_gate)
        {
            _ack = ack;
        }

        Wake();
    }

    public void SetPing()
    {
        lock (_gate)
        {
            _ping = true;
        }

        Wake();
    }

    public void SetPong()
    {
        lock (_gate)
        {
            _pong = true;
        }

        Wake();
    }

    /// <summary>Nothing comes after this. What waits is still written.</summary>
    public void Complete(CloseReason reason)
    {
        lock (_gate)
        {
            if (_completed)
            {
                return;
            }

            _frames.Enqueue(new OutgoingFrame(new Frame { Close = new Close { Reason = reason } }));
            _completed = true;
        }

        Wake();
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

        Wake();
    }

    /// <summary>
    /// From here until <see cref="Release"/> the writer is not woken: what a batch of frames brings about, an
    /// acknowledgement for each message of it say, is then written at once, and the acknowledgements as one.
    /// </summary>
    public void Hold()
    {
        lock (_gate)
        {
            _held = true;
        }
    }

    /// <summary>Ends <see cref="Hold"/>. The writer, if it waits, goes on within this call: there is no thread to wait for.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _held = false;
            if (!_hasWork || !_waiting)
            {
                return;
            }

            (_hasWork, _waiting) = (false, false);
            _wake.RunContinuationsAsynchronously = false;
        }

        _wake.SetResult(true);
    }

    /// <summary>Waits until there is something to write, or the end has come. One caller at a time.</summary>
    public ValueTask WaitAsync()
    {
        lock (_gate)
        {
            if (_hasWork && !_held)
            {
                _hasWork = false;
                return ValueTask.CompletedTask;
            }

            _wake.Reset();
            _waiting = true;
            return new ValueTask(this, _wake.Version);
        }
    }

    /// <summary>Moves frames to the writer, until it holds <paramref name="bytes"/> or more.</summary>
    /// <returns>False if the queue has come to its end.</returns>
    public bool Drain(ArrayBufferWriter<byte> writer, int bytes)
    {
        bool ping;
        bool pong;
        Ack? ack;
        lock (_gate)
        {
            (ack, pong, ping) = (_ack, _pong, _ping);
            (_ack, _pong, _ping) = (null, false, false);
        }

        if (ack is not null)
        {
            FrameCodec.Write(writer, new Frame { Ack = ack });
        }

        if (pong)
        {
            FrameCodec.Write(writer, PongFrame);
        }

        if (ping)
        {
            FrameCodec.Write(writer, PingFrame);
        }

        // Encoded outside the lock: whoever adds a frame would wait for it, and others for him.
        while (writer.WrittenCount < bytes && TryTake(out var frame))
        {
            FrameCodec.Write(writer, frame);
        }

        lock (_gate)
        {
            _hasWork |= _frames.Count > 0;
            return !_completed || _frames.Count > 0;
        }
    }

    void IValueTaskSource.GetResult(short token) => _wake.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _wake.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation,
        object? state,
        short token,
        ValueTaskSourceOnCompletedFlags flags
    ) => _wake.OnCompleted(continuation, state, token, flags);

    private bool TryTake(out OutgoingFrame frame)
    {
        lock (_gate)
        {
            return _frames.TryDequeue(out frame);
        }
    }

    private void Wake()
    {
        lock (_gate)
        {
            _hasWork = true;
            if (_held || !_waiting)
            {
                return;
            }

            (_hasWork, _waiting) = (false, false);
            // Whoever adds a frame holds locks of its own, and has other things to do than to write.
            _wake.RunContinuationsAsynchronously = true;
        }

        _wake.SetResult(true);
    }
}
