using System.Buffers;
using P2PChat.Node.Diagnostics;

namespace P2PChat.Node.Links;

/// <summary>Writes the frames of a queue to a stream, many small ones at once.</summary>
/// <param name="dueChanged">Called when a write has started its timeout.</param>
internal sealed class FrameWriter(
    Stream stream,
    WriteQueue queue,
    UnansweredFrames unanswered,
    LinkTimeouts timeouts,
    PeerMetrics metrics,
    Action dueChanged
)
{
    private const int MaxWriteBytes = 32 * 1024;
    private const int MaxKeptBuffer = 64 * 1024;

    /// <summary>Writes until the queue has ended.</summary>
    public async Task RunAsync()
    {
        var buffer = new ArrayBufferWriter<byte>();
        var hasMore = true;
        while (hasMore)
        {
            await queue.WaitAsync();
            hasMore = queue.Drain(buffer, MaxWriteBytes, unanswered);
            if (buffer.WrittenCount == 0)
            {
                continue;
            }

            timeouts.OnWriteStarted();
            dueChanged();
            await stream.WriteAsync(buffer.WrittenMemory);
            timeouts.OnWriteCompleted();
            metrics.BytesSent(buffer.WrittenCount);
            if (buffer.Capacity <= MaxKeptBuffer)
            {
                buffer.ResetWrittenCount();
            }
            else
            {
                buffer = new ArrayBufferWriter<byte>();
            }
        }
    }
}
