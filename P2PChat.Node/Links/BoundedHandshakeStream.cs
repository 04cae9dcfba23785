namespace P2PChat.Node.Links;

/// <summary>
/// A stream that reads at most <paramref name="limit"/> bytes before <see cref="Lift"/>, because a TLS handshake, such
/// as one with a long certificate chain, costs processor time before the sender is known.
/// </summary>
/// <param name="inner">Disposed with this.</param>
internal sealed class BoundedHandshakeStream(Stream inner, int limit) : Stream
{
    private int _left = limit;
    private bool _lifted;

    /// <summary>Whether a read failed because the limit was reached.</summary>
    public bool IsExceeded { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Removes the limit after the handshake. Call it while no read is in progress.</summary>
    public void Lift() => _lifted = true;

    /// <exception cref="IOException">The handshake has more bytes than the limit.</exception>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _lifted || buffer.IsEmpty
            ? inner.ReadAsync(buffer, cancellationToken)
            : ReadBoundedAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(buffer, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    // SslStream reads only asynchronously.
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override void Flush() => inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    // SslStream reads ahead. Stop at the limit, so that a frame right after the handshake does not exceed it.
    private async ValueTask<int> ReadBoundedAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_left == 0)
        {
            IsExceeded = true;
            throw new IOException("The TLS handshake has too many bytes.");
        }

        var read = await inner.ReadAsync(buffer[..Math.Min(buffer.Length, _left)], cancellationToken);
        _left -= read;
        return read;
    }
}
