using System.Net.ServerSentEvents;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Passes on a body of server-sent events until an event is too large or nothing comes for 45 seconds.
/// <see cref="SseParser{T}"/> buffers a line, and all the data of an event, without a limit.
/// </summary>
/// <param name="body">The body to read.</param>
/// <param name="maxEvent">
/// Bytes in all lines of one event, without the line ends. A comment counts by itself because the parser drops it.
/// </param>
/// <param name="clock">Measures the silence.</param>
internal sealed class LimitedEventStream(Stream body, int maxEvent, TimeProvider clock) : Stream
{
    // Three of the directory's heartbeats.
    private static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(45);

    private int _event;
    private int _line;
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

    /// <exception cref="IOException">An event is too large, nothing comes, or the connection ends.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_isExceeded)
        {
            var read = await ReadInTimeAsync(buffer, cancellationToken);
            var allowed = CountAllowed(buffer.Span[..read]);
            _isExceeded = allowed < read;
            // The events before the one that is too large are still passed on.
            if (!_isExceeded || allowed > 0)
            {
                return allowed;
            }
        }

        throw new IOException($"An event has more than {maxEvent} bytes.");
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
        using var silence = new CancellationTokenSource(MaxSilence, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        try
        {
            return await body.ReadAsync(buffer, either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"Nothing was received for {MaxSilence.TotalSeconds} s.", e);
        }
    }

    private int CountAllowed(ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            var value = bytes[i];
            if (value is not ((byte)'\n' or (byte)'\r'))
            {
                if (_line == 0)
                {
                    _isComment = value == ':';
                }

                if (_line + (_isComment ? 0 : _event) == maxEvent)
                {
                    return i;
                }

                _line++;
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
        if (_line == 0)
        {
            _event = 0;
        }
        else if (!_isComment)
        {
            _event += _line;
        }

        _line = 0;
    }
}
