using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Links;

/// <summary>
/// The written frames that the other side must answer: messages by an Ack, a Ping by a Pong. Thread-safe.
/// </summary>
internal sealed class UnansweredFrames(TimeProvider timeProvider)
{
    // Nothing arrives while the largest message crosses a slow line. Each message gets an Ack, so more bytes in flight
    // allow no longer silence.
    private const double BytesPerSecond = 32 * 1024;
    private const long LargestMessage = ConversationOptions.MaxTextBytes;

    // Nobody waits for a profile, so it may take as long as on a line that carries hardly more than text.
    private const double ProfileBytesPerSecond = 4 * 1024;

    private readonly Lock _gate = new();
    private (ulong Epoch, ulong Sequence)? _message;
    private bool _ping;
    private long _since;
    private long _bytes;
    private int _profileBytes;

    /// <summary>Whether nothing shows yet that the other side has received the last profile.</summary>
    public bool HasProfile
    {
        get
        {
            lock (_gate)
            {
                return _profileBytes > 0;
            }
        }
    }

    /// <summary>
    /// When the oldest of them was written, and the time that the first answer may take because of the bytes before it;
    /// null if all are answered.
    /// </summary>
    /// <remarks>An answer to some of them counts as a new start for the rest.</remarks>
    public (long Since, TimeSpan Transfer)? Current
    {
        get
        {
            lock (_gate)
            {
                return IsNone
                    ? null
                    : (
                        _since,
                        TimeSpan.FromSeconds(
                            Math.Min(_bytes, LargestMessage) / BytesPerSecond + _profileBytes / ProfileBytesPerSecond
                        )
                    );
            }
        }
    }

    /// <summary>Whether a Ping is unanswered.</summary>
    public bool HasPing
    {
        get
        {
            lock (_gate)
            {
                return _ping;
            }
        }
    }

    /// <param name="message">The last message in the write; null if there is none.</param>
    /// <param name="bytes">Size of the write.</param>
    public void OnWriting(OutgoingFrame? message, bool ping, int bytes)
    {
        if (message is null && !ping)
        {
            return;
        }

        lock (_gate)
        {
            if (IsNone)
            {
                Restart();
            }

            _ping |= ping;
            _bytes += bytes;
            if (message is { } last)
            {
                _message = (last.Epoch, last.Sequence);
            }
        }
    }

    /// <summary>Records that a profile is about to be written, and behind it the only unanswered Ping.</summary>
    public void OnWritingProfile(int bytes)
    {
        lock (_gate)
        {
            _profileBytes = bytes;
        }
    }

    public void OnPong()
    {
        lock (_gate)
        {
            (_ping, _profileBytes) = (false, 0);
            Restart();
        }
    }

    public void OnAck(Ack ack)
    {
        lock (_gate)
        {
            // In another epoch, the messages have been numbered again.
            if (_message is { } last && (ack.Epoch != last.Epoch || ack.Next > last.Sequence))
            {
                _message = null;
            }

            Restart();
        }
    }

    private bool IsNone => _message is null && !_ping;

    private void Restart() => (_since, _bytes) = (timeProvider.GetTimestamp(), IsNone ? 0 : _bytes);
}
