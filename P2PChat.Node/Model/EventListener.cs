using System.Threading.Channels;

namespace P2PChat.Node.Model;

/// <summary>Somebody who listens to an <see cref="EventLog"/>. What waits to be read is bounded, in events and in bytes.</summary>
public sealed class EventListener : IDisposable
{
    private readonly Channel<NumberedEvent> _channel;
    private readonly CountingReader _reader;
    private readonly long _maxBytes;
    private readonly Action<EventListener> _forget;

    internal EventListener(int maxEvents, long maxBytes, Action<EventListener> forget)
    {
        _channel = Channel.CreateBounded<NumberedEvent>(maxEvents);
        _reader = new CountingReader(_channel.Reader);
        _maxBytes = maxBytes;
        _forget = forget;
    }

    public ChannelReader<NumberedEvent> Reader => _reader;

    public void Dispose()
    {
        _forget(this);
        _ = _channel.Writer.TryComplete();
    }

    /// <summary>Hands an event over, or ends the stream where there is no room for it. One caller at a time.</summary>
    internal void Offer(NumberedEvent numbered)
    {
        // Counted first: it may be read before the next line.
        if (_reader.Weigh(numbered.Event.MemoryBytes) > _maxBytes || !_channel.Writer.TryWrite(numbered))
        {
            _ = _channel.Writer.TryComplete();
        }
    }

    private sealed class CountingReader(ChannelReader<NumberedEvent> inner) : ChannelReader<NumberedEvent>
    {
        private long _bytes;

        public override Task Completion => inner.Completion;

        public long Weigh(int bytes) => Interlocked.Add(ref _bytes, bytes);

        public override bool TryRead(out NumberedEvent item)
        {
            if (!inner.TryRead(out item))
            {
                return false;
            }

            _ = Weigh(-item.Event.MemoryBytes);
            return true;
        }

        public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default) =>
            inner.WaitToReadAsync(cancellationToken);
    }
}
