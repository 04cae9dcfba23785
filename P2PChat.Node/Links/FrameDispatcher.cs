using System.Buffers;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Links;

/// <summary>
/// Parses received bytes into frames, answers Ping, and hands all frames that are not the link's own to its handlers.
/// </summary>
/// <param name="queue">Takes the Pongs.</param>
/// <param name="isClosing">Whether the link has sent its Close, after which frames no longer count.</param>
internal sealed class FrameDispatcher(
    WriteQueue queue,
    BulkLane bulk,
    UnansweredFrames unanswered,
    Func<bool> isClosing
)
{
    private readonly List<IncomingFrame> _frames = [];

    /// <summary>Consumes the complete frames at the start of <paramref name="buffer"/>.</summary>
    /// <param name="isStreamEnd">Whether no bytes follow the buffer.</param>
    /// <returns>The reason of the other side's Close, if the buffer contains one.</returns>
    public CloseReason? Dispatch(ref ReadOnlySequence<byte> buffer, bool isStreamEnd, LinkHandlers handlers)
    {
        try
        {
            var isValid = TryParse(ref buffer, isStreamEnd, out var close);
            // Frames before a Close or an invalid frame count.
            if (_frames.Count > 0)
            {
                handlers.Received(_frames);
            }

            if (!isValid)
            {
                handlers.Failed(CloseReason.BadFrame);
            }

            return close;
        }
        finally
        {
            _frames.Clear();
        }
    }

    private bool TryParse(ref ReadOnlySequence<byte> buffer, bool isStreamEnd, out CloseReason? close)
    {
        close = null;
        try
        {
            while (close is null && !isClosing() && FrameCodec.TryReadIncoming(ref buffer, out var frame))
            {
                close = Sort(frame);
            }

            // A stream must not end inside a frame.
            return close is not null || !isStreamEnd || buffer.IsEmpty;
        }
        catch (FrameException)
        {
            return false;
        }
    }

    /// <returns>The reason, if the frame is a Close.</returns>
    private CloseReason? Sort(IncomingFrame frame)
    {
        switch (frame.BodyCase)
        {
            case Frame.BodyOneofCase.Ping:
                queue.SetPong();
                break;
            case Frame.BodyOneofCase.Pong:
                unanswered.OnPong();
                bulk.OnPong();
                queue.OnPong();
                break;
            case Frame.BodyOneofCase.Ack:
                unanswered.OnAck(frame.Plain!.Ack);
                _frames.Add(frame);
                break;
            case Frame.BodyOneofCase.Close:
                return ReasonOf(frame.Plain!.Close);
            default:
                _frames.Add(frame);
                break;
        }

        return null;
    }

    // ConnectionLost is never sent. A reason from a newer version still ends the link.
    private static CloseReason ReasonOf(Close close) =>
        Enum.IsDefined(close.Reason) && close.Reason != CloseReason.ConnectionLost
            ? close.Reason
            : CloseReason.Unspecified;
}
