using System.Net.WebSockets;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Node.Paths.Relay;

/// <summary>
/// The bytes between this peer and another one through the relay: each write is a binary WebSocket message, and each
/// read takes what there is. One read and one write may run at the same time.
/// </summary>
internal sealed class RelayStream(WebSocket socket) : Stream
{
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(1);

    private int _isDisposed;

    /// <summary>Why the directory has ended the leg; null while it is open, or if the connection was lost.</summary>
    public RelayClose? End => socket.CloseStatus is { } status ? (RelayClose)status : null;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <returns>0 at the end, which <see cref="End"/> explains, and for an empty buffer once there are bytes.</returns>
    /// <exception cref="IOException">The connection was lost, or what arrived is not a WebSocket message.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (socket.CloseStatus is not null)
        {
            return 0;
        }

        try
        {
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer, cancellationToken);
                if (received.Count > 0 || buffer.IsEmpty || received.MessageType == WebSocketMessageType.Close)
                {
                    return received.Count;
                }
            }
        }
        catch (WebSocketException exception)
        {
            throw new IOException("The connection to the relay was lost.", exception);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <exception cref="IOException">The connection was lost or closed.</exception>
    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer,
        CancellationToken cancellationToken = default
    )
    {
        if (socket.CloseStatus is not null)
        {
            throw new IOException("The relay has closed the connection.");
        }

        try
        {
            await socket.SendAsync(buffer, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
        }
        catch (WebSocketException exception)
        {
            throw new IOException("The connection to the relay was lost.", exception);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Closes the leg: sends a close frame if that is possible at once, and closes the connection.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            using var timeout = new CancellationTokenSource(CloseTimeout);
            try
            {
                if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                {
                    await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, timeout.Token);
                }
            }
            catch (Exception exception)
                when (exception is WebSocketException or OperationCanceledException or InvalidOperationException)
            {
                // The connection is closed without it.
            }

            socket.Dispose();
        }

        await base.DisposeAsync();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            socket.Dispose();
        }

        base.Dispose(disposing);
    }
}
