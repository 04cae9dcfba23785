using System.Buffers;
using System.Threading.Tasks.Sources;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Links;

/// <summary>
/// The frames that a link has yet to write, bounded. Ack, Pong and Ping overtake all other frames, and a newer one
/// replaces the older. A Profile waits until no other frame does. A Close comes last. At most one Ping is unanswered,
/// so that a Pong says which bytes have arrived. Any thread may add; one drains.
/// </summary>
internal sealed class WriteQueue : IValueTaskSource
{
    private static readonly Frame PingFrame = new() { Ping = new Ping() };
    private static readonly Frame PongFrame = new() { Pong = new Pong() };

    private readonly int _capacity;
    private readonly BulkLane _bulk;
    private readonly OneShotTimer _bulkTimer;
    private readonly Lock _gate = new();
    private readonly Queue<OutgoingFrame> _frames = new();
    private readonly ProfileLane _profiles = new();
    private ManualResetValueTaskSourceCore<bool> _wake;
    private Ack? _ack;
    private bool _ping;
    private bool _pong;
    private bool _completed;
    private bool _hasWork;
    private bool _waiting;
    private bool _held;

    /// <param name="bulk">Parts of files, which go out only if nothing else waits.</param>
    public WriteQueue(int capacity, BulkLane bulk, TimeProvider timeProvider)
    {
        (_capacity, _bulk) = (capacity, bulk);
        _bulkTimer = new OneShotTimer(timeProvider, Wake);
    }

    /// <summary>Number of waiting frames, without Ack, Pong and Ping.</summary>
    // Without the lock, because a value that was true a moment ago is as good.
    public int Count => _frames.Count;

    // Nothing may follow a Close.
    private bool IsIdle
    {
        get
        {
            lock (_gate)
            {
                return !_completed && _frames.Count == 0;
            }
        }
    }

    /// <returns>False if the queue is full. After the end, frames are dropped and the result is true.</returns>
    public bool TryAdd(OutgoingFrame frame)
    {
        lock (_gate)
        {
            if (_completed)
            {
                return true;
            }

            if (frame.Plain is { BodyCase: Frame.BodyOneofCase.Profile } profile)
            {
                _profiles.Set(profile);
            }
            else if (_frames.Count >= _capacity)
            {
                return false;
            }
            else
            {
                _frames.Enqueue(frame);
            }
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

    /// <summary>There may be parts of files to write.</summary>
    public void WakeForBulk() => Wake();

    /// <summary>The unanswered Ping is answered. Another may have waited for that.</summary>
    public void OnPong() => Wake();

    /// <summary>Ends the queue with a Close. Waiting frames are still written.</summary>
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

        _bulkTimer.Stop();
        Wake();
    }

    /// <summary>Ends the queue, and drops the waiting frames.</summary>
    public void Abandon()
    {
        lock (_gate)
        {
            _completed = true;
            _frames.Clear();
            _profiles.Set(null);
            (_ack, _ping, _pong) = (null, false, false);
        }

        _bulkTimer.Stop();
        Wake();
    }

    /// <summary>
    /// Lets the writer sleep until <see cref="Release"/>, so that the responses to a batch of frames go out in one
    /// write, and their acknowledgements as one Ack.
    /// </summary>
    public void Hold()
    {
        lock (_gate)
        {
            _held = true;
        }
    }

    /// <summary>
    /// Ends <see cref="Hold"/>. A waiting writer continues within this call, which saves a switch to another thread.
    /// </summary>
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

    /// <summary>Waits until there is something to write, or the queue has ended. One caller at a time.</summary>
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

    /// <summary>Moves frames to the writer until it holds <paramref name="bytes"/> or more.</summary>
    /// <param name="unanswered">Told of those that the other side must answer.</param>
    /// <returns>False if the queue has ended and is empty.</returns>
    public bool Drain(ArrayBufferWriter<byte> writer, int bytes, UnansweredFrames unanswered)
    {
        // Before the lock: a Pong after it wakes the writer again.
        var mayPing = !unanswered.HasPing;
        bool ping;
        bool pong;
        Ack? ack;
        lock (_gate)
        {
            (ack, pong, ping) = (_ack, _pong, _ping && mayPing);
            (_ack, _pong, _ping) = (null, false, _ping && !mayPing);
            mayPing &= !ping;
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

        // Encode outside the lock, so that threads that add frames do not wait.
        OutgoingFrame? message = null;
        while (writer.WrittenCount < bytes && TryTake(out var frame))
        {
            FrameCodec.Write(writer, frame);
            if (frame.Message is not null)
            {
                message = frame;
            }
        }

        var profileBytes = 0;
        if (mayPing && writer.WrittenCount < bytes && IsIdle && _profiles.Take() is { } profile)
        {
            var before = writer.WrittenCount;
            FrameCodec.Write(writer, profile);
            profileBytes = writer.WrittenCount - before;
            unanswered.OnWritingProfile(profileBytes);
            // Nothing answers a profile. The Pong shows that a slow line still carries it.
            FrameCodec.Write(writer, PingFrame);
            (ping, mayPing) = (true, false);
        }

        var hasBulk = TryWriteBulk(writer, bytes, ref mayPing, ref ping);
        unanswered.OnWriting(message, ping, writer.WrittenCount - profileBytes);

        lock (_gate)
        {
            _hasWork |= hasBulk || _frames.Count > 0 || (mayPing && _profiles.HasWork && !_completed);
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

    /// <returns>Whether there may be more.</returns>
    private bool TryWriteBulk(ArrayBufferWriter<byte> writer, int bytes, ref bool mayPing, ref bool ping)
    {
        while (writer.WrittenCount < bytes && IsIdle)
        {
            var turn = _bulk.Take(mayPing);
            if (turn.Part is not null)
            {
                FrameCodec.Write(writer, turn.Part);
            }

            if (turn.MustPing)
            {
                FrameCodec.Write(writer, PingFrame);
                (ping, mayPing) = (true, false);
            }

            if (turn.Part is null)
            {
                _bulkTimer.Start(turn.Wait);
                return false;
            }
        }

        return true;
    }

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
            // Threads that add a frame may hold locks, so they must not run the writer.
            _wake.RunContinuationsAsynchronously = true;
        }

        _wake.SetResult(true);
    }
}
