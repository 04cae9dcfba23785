using System.Threading.Channels;

namespace P2PChat.Node.Model;

/// <summary>A reader of an <see cref="EventLog"/>. Its queue is bounded in events and in bytes.</summary>
public sealed class EventListener : IDisposable
{
    private readonly Channel<NumberedEvent> _channel;
    private readonly CountingReader _reader;
    private readonly long _maxBytes;
    private readonly Action<EventListener> _remove;

    internal EventListener(int maxEvents, long maxBytes, Action<EventListener> remove)
    {
        _channel = Channel.CreateBounded<NumberedEvent>(maxEvents);
        _reader = new CountingReader(_channel.Reader);
        _maxBytes = maxBytes;
        _remove = remove;
    }

    public ChannelReader<NumberedEvent> Reader => _reader;

    public void Dispose()
    {
        _remove(this);
        _ = _channel.Writer.TryComplete();
    }

    /// <summary>Queues an event, or ends the stream if the queue is full. One caller at a time.</summary>
    internal void Offer(NumberedEvent numbered)
    {
        // Count first, because the event may be read before TryWrite returns.
        if (_reader.AddBytes(numbered.Event.MemoryBytes) > _maxBytes || !_channel.Writer.TryWrite(numbered))
        {
            _ = _channel.Writer.TryComplete();
        }
    }

    private sealed class CountingReader(ChannelReader<NumberedEvent> inner) : ChannelReader<NumberedEvent>
    {
        private long _bytes;

        public override Task Completion => inner.Completion;

        public long AddBytes(int bytes) => Interlocked.Add(ref _bytes, bytes);

        public override bool TryRead(out NumberedEvent item)
        {
            if (!inner.TryRead(out item))
            {
                return false;
            }

            _ = AddBytes(-item.Event.MemoryBytes);
            return true;
        }

        public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default) =>
            inner.WaitToReadAsync(cancellationToken);
    }
}
