using System.Net.ServerSentEvents;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Passes on a body of server-sent events until an event is too large, or nothing arrives for 45 seconds.
/// <see cref="SseParser{T}"/> itself buffers the lines of an event without a limit.
/// </summary>
/// <param name="body">The body to read.</param>
/// <param name="maxEventBytes">
/// Limit on the bytes in all lines of one event, without line ends. A comment counts separately, because the parser
/// drops it.
/// </param>
/// <param name="timeProvider">Measures the silence.</param>
internal sealed class LimitedEventStream(Stream body, int maxEventBytes, TimeProvider timeProvider) : Stream
{
    // Three of the directory's heartbeats.
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(45);

    private int _eventBytes;
    private int _lineBytes;
    private bool _isComment;
    private byte _previous;
    private bool _isExceeded;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="IOException">An event is too large, nothing arrives, or the connection ends.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_isExceeded)
        {
            var read = await ReadInTimeAsync(buffer, cancellationToken);
            var allowed = CountAllowed(buffer.Span[..read]);
            _isExceeded = allowed < read;
            // Pass on the events before the one that is too large.
            if (!_isExceeded || allowed > 0)
            {
                return allowed;
            }
        }

        throw new IOException($"An event has more than {maxEventBytes} bytes.");
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    private async ValueTask<int> ReadInTimeAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(MaxSilence, timeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        try
        {
            return await body.ReadAsync(buffer, linked.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"Nothing was received for {MaxSilence.TotalSeconds} s.", exception);
        }
    }

    private int CountAllowed(ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            var value = bytes[i];
            if (value is not ((byte)'\n' or (byte)'\r'))
            {
                if (_lineBytes == 0)
                {
                    _isComment = value == ':';
                }

                if (_lineBytes + (_isComment ? 0 : _eventBytes) == maxEventBytes)
                {
                    return i;
                }

                _lineBytes++;
            }
            else if (value == '\r' || _previous != '\r')
            {
                EndLine();
            }

            _previous = value;
        }

        return bytes.Length;
    }

    private void EndLine()
    {
        // A blank line ends the event.
        if (_lineBytes == 0)
        {
            _eventBytes = 0;
        }
        else if (!_isComment)
        {
            _eventBytes += _lineBytes;
        }

        _lineBytes = 0;
    }
}
