using System.Buffers;
using Google.Protobuf;
using P2PChat.Node.Links;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;
using Body = P2PChat.Protocol.Wire.Frame.BodyOneofCase;

namespace P2PChat.Tests.Node.Links;

public sealed class WriteQueueTests
{
    private readonly BulkLane _bulk = new(TimeProvider.System);
    private readonly UnansweredFrames _unanswered = new(TimeProvider.System);
    private readonly WriteQueue _queue;

    public WriteQueueTests() => _queue = new WriteQueue(capacity: 2, _bulk, TimeProvider.System);

    [Fact]
    public void Ack_and_Pong_overtake_frames_and_only_the_last_Ack_is_written()
    {
        Assert.True(_queue.TryAdd(Skip(1)));
        _queue.SetAck(new Ack { Next = 1 });
        _queue.SetAck(new Ack { Next = 2 });
        _queue.SetPong();

        var frames = Drain(out var more);
        Assert.True(more);
        Assert.Equal([Body.Ack, Body.Pong, Body.Skip], frames.Select(frame => frame.BodyCase));
        Assert.Equal(2UL, frames[0].Ack.Next);
        Assert.Empty(Drain(out _));
    }

    [Fact]
    public void TryAdd_returns_false_when_full()
    {
        Assert.True(_queue.TryAdd(Skip(1)));
        Assert.True(_queue.TryAdd(Skip(2)));
        Assert.False(_queue.TryAdd(Skip(3)));
        Assert.Equal(2, Drain(out _).Count);
        Assert.True(_queue.TryAdd(Skip(3)));
    }

    [Fact]
    public void Close_is_written_last_and_once()
    {
        Assert.True(_queue.TryAdd(Skip(1)));
        _queue.Complete(CloseReason.Ended);
        _queue.Complete(CloseReason.GoingAway);
        Assert.True(_queue.TryAdd(Skip(2)));

        var frames = Drain(out var more);
        Assert.False(more);
        Assert.Equal([Body.Skip, Body.Close], frames.Select(frame => frame.BodyCase));
        Assert.Equal(CloseReason.Ended, frames[1].Close.Reason);
    }

    [Fact]
    public void Profile_waits_for_all_other_frames_and_the_newest_is_written()
    {
        Assert.True(_queue.TryAdd(Profile(1)));
        Assert.True(_queue.TryAdd(Skip(1)));
        Assert.True(_queue.TryAdd(Profile(2)));
        Assert.True(_queue.TryAdd(Skip(2)));
        Assert.True(_queue.TryAdd(Profile(3)));
        Assert.Equal(2, _queue.Count);

        Assert.Equal([Body.Skip], Drain(out _, limit: 1).Select(frame => frame.BodyCase));
        Assert.Equal([Body.Skip], Drain(out _, limit: 1).Select(frame => frame.BodyCase));
        var last = Drain(out _, limit: 1);
        Assert.Equal([Body.Profile, Body.Ping], last.Select(frame => frame.BodyCase));
        Assert.Equal(3UL, last[0].Profile.Version);
        Assert.Empty(Drain(out _));
    }

    [Fact]
    public void Profile_is_not_written_after_a_Close()
    {
        Assert.True(_queue.TryAdd(Profile(1)));
        _queue.Complete(CloseReason.Ended);

        Assert.Equal([Body.Close], Drain(out var more).Select(frame => frame.BodyCase));
        Assert.False(more);
    }

    [Fact]
    public void Profile_on_a_slow_line_allows_a_longer_silence()
    {
        var clock = new ManualClock();
        var unanswered = new UnansweredFrames(clock);
        var picture = new Profile { Version = 1, Picture = ByteString.CopyFrom(new byte[64 * 1024]) };
        Assert.True(_queue.TryAdd(new OutgoingFrame(new Frame { Profile = picture })));
        _ = _queue.Drain(new ArrayBufferWriter<byte>(), 1024, unanswered);

        // At 4 KiB a second.
        Assert.Equal(clock.GetTimestamp(), unanswered.Current!.Value.Since);
        Assert.InRange(unanswered.Current.Value.Transfer, TimeSpan.FromSeconds(16), TimeSpan.FromSeconds(16.1));
        Assert.True(unanswered.HasProfile);
        unanswered.OnPong();
        Assert.Null(unanswered.Current);
        Assert.False(unanswered.HasProfile);
    }

    [Fact]
    public void Profile_waits_for_the_Pong_to_an_earlier_Ping()
    {
        var unanswered = new UnansweredFrames(new ManualClock());
        _queue.SetPing();
        var profile = new Profile { Version = 1, Picture = ByteString.CopyFrom(new byte[64 * 1024]) };
        Assert.True(_queue.TryAdd(new OutgoingFrame(new Frame { Profile = profile })));
        _ = _queue.Drain(new ArrayBufferWriter<byte>(), 1024, unanswered);
        Assert.False(unanswered.HasProfile);

        unanswered.OnPong();
        _ = _queue.Drain(new ArrayBufferWriter<byte>(), 1024, unanswered);
        Assert.True(unanswered.HasProfile);
        Assert.InRange(unanswered.Current!.Value.Transfer, TimeSpan.FromSeconds(16), TimeSpan.FromSeconds(16.1));

        unanswered.OnPong();
        Assert.Null(unanswered.Current);
    }

    [Fact]
    public void Abandoned_frames_are_not_written()
    {
        Assert.True(_queue.TryAdd(Skip(1)));
        _queue.SetAck(new Ack { Next = 1 });
        _queue.Abandon();
        Assert.Empty(Drain(out var more));
        Assert.False(more);
    }

    [Fact]
    public async Task Release_continues_the_writer_within_the_call()
    {
        _queue.Hold();
        _queue.SetAck(new Ack { Next = 1 });
        var waiting = _queue.WaitAsync().AsTask();
        _queue.SetAck(new Ack { Next = 2 });
        Assert.False(waiting.IsCompleted);

        _queue.Release();
        Assert.True(waiting.IsCompleted);
        await waiting;
        Assert.Equal(2UL, Assert.Single(Drain(out _)).Ack.Next);
    }

    [Fact]
    public async Task Release_without_frames_does_not_wake_the_writer()
    {
        _queue.Hold();
        var waiting = _queue.WaitAsync().AsTask();
        _queue.Release();
        Assert.False(waiting.IsCompleted);

        _queue.SetPing();
        await waiting.WaitAsync(PeerUnderTest.Soon);
    }

    [Fact]
    public async Task At_most_one_Ping_is_unanswered()
    {
        _bulk.Source = Part;
        _queue.SetPing();
        Assert.Equal([Body.Ping, Body.FilePart], Drain(out _, limit: 10).Select(frame => frame.BodyCase));
        _queue.SetPing();
        Assert.True(_queue.TryAdd(Profile(1)));
        Assert.Equal([Body.FilePart], Drain(out _, limit: 1).Select(frame => frame.BodyCase));

        _bulk.Source = null;
        Assert.Empty(Drain(out _));
        await _queue.WaitAsync().AsTask().WaitAsync(PeerUnderTest.Soon);
        Assert.Empty(Drain(out _));
        var waiting = _queue.WaitAsync().AsTask();
        Assert.False(waiting.IsCompleted);
        Answer();
        await waiting.WaitAsync(PeerUnderTest.Soon);
        Assert.Equal([Body.Ping], Drain(out _).Select(frame => frame.BodyCase));

        Answer();
        _bulk.Source = Part;
        Assert.Equal([Body.Profile, Body.Ping], Drain(out _, limit: 1).Select(frame => frame.BodyCase));
        Assert.Equal([Body.FilePart], Drain(out _, limit: 1).Select(frame => frame.BodyCase));
        Answer();
        Assert.Equal([Body.FilePart, Body.Ping], Drain(out _, limit: 1).Select(frame => frame.BodyCase));
    }

    [Fact]
    public void Message_overtakes_parts_of_files()
    {
        _bulk.Source = Part;
        Assert.True(_queue.TryAdd(Message()));
        Assert.Equal([Body.Message], Drain(out _, limit: 1).Select(frame => frame.BodyCase));
        Assert.Contains(Drain(out _, limit: 1), frame => frame.BodyCase == Body.FilePart);

        Assert.True(_queue.TryAdd(Message()));
        Assert.True(_queue.TryAdd(Message()));
        var frames = Drain(out _, limit: 4000).Select(frame => frame.BodyCase).ToList();
        Assert.Equal([Body.Message, Body.Message, Body.FilePart], frames.Where(body => body != Body.Ping).Take(3));
    }

    [Fact]
    public async Task Paced_part_wakes_the_writer_when_it_is_due()
    {
        var clock = new ManualClock();
        var (bulk, unanswered) = (new BulkLane(clock) { Source = LargePart }, new UnansweredFrames(clock));
        var queue = new WriteQueue(capacity: 2, bulk, clock);
        Measure();
        Measure();
        Drain();
        var wait = Assert.Single(clock.Waiting);
        Assert.InRange(wait, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5));

        queue.WakeForBulk();
        await queue.WaitAsync().AsTask().WaitAsync(PeerUnderTest.Soon);
        Assert.Equal(0, Drain());
        var waiting = queue.WaitAsync().AsTask();
        Assert.False(waiting.IsCompleted);
        clock.Advance(wait);
        await waiting.WaitAsync(PeerUnderTest.Soon);
        Assert.InRange(Drain(), 1, 20_000);

        Assert.Single(clock.Waiting);
        queue.Abandon();
        Assert.Empty(clock.Waiting);
        Drain();
        Assert.Empty(clock.Waiting);

        void Measure()
        {
            Drain();
            clock.Advance(TimeSpan.FromMilliseconds(20));
            unanswered.OnPong();
            bulk.OnPong();
        }

        int Drain()
        {
            var writer = new ArrayBufferWriter<byte>();
            _ = queue.Drain(writer, 1024 * 1024, unanswered);
            return writer.WrittenCount;
        }
    }

    private static Frame LargePart() =>
        new() { FilePart = new FilePart { Data = ByteString.CopyFrom(new byte[16 * 1024]) } };

    private static Frame Part() => new() { FilePart = new FilePart { Data = ByteString.CopyFrom(new byte[1000]) } };

    private void Answer()
    {
        _unanswered.OnPong();
        _bulk.OnPong();
        _queue.OnPong();
    }

    private static OutgoingFrame Skip(ulong sequence) => new(new Frame { Skip = new Skip { Sequence = sequence } });

    private static OutgoingFrame Message() =>
        new(new OutgoingMessage(Guid.CreateVersion7(), "text", DateTimeOffset.UnixEpoch), epoch: 1, sequence: 1);

    private static OutgoingFrame Profile(ulong version) =>
        new(new Frame { Profile = new Profile { Version = version } });

    private List<Frame> Drain(out bool more, int limit = 1024)
    {
        var writer = new ArrayBufferWriter<byte>();
        more = _queue.Drain(writer, limit, _unanswered);
        var bytes = new ReadOnlySequence<byte>(writer.WrittenMemory);
        var frames = new List<Frame>();
        while (FrameCodec.TryRead(ref bytes, out var frame))
        {
            frames.Add(frame);
        }

        return frames;
    }
}
