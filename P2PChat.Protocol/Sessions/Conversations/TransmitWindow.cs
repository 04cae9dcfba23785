namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>The sequences that were transmitted on the current link and are not acknowledged yet.</summary>
internal sealed class TransmitWindow(ulong next)
{
    private int _bytes;

    /// <summary>The next sequence to transmit; all below it are transmitted.</summary>
    public ulong Next { get; private set; } = next;

    /// <param name="lowest">The lowest unacknowledged sequence.</param>
    public bool HasRoom(ulong lowest) =>
        Next - lowest < ConversationOptions.WindowMessages && _bytes < ConversationOptions.WindowBytes;

    public void Advance(int textBytes)
    {
        Next++;
        _bytes += textBytes;
    }

    /// <summary>Frees the text of a sequence, if it was transmitted.</summary>
    public void Release(ulong sequence, int textBytes)
    {
        if (sequence < Next)
        {
            _bytes -= textBytes;
        }
    }

    /// <summary>Skips sequences that were acknowledged before they were transmitted on this link.</summary>
    public void SkipTo(ulong lowest) => Next = Math.Max(Next, lowest);

    /// <summary>Empties the window, because another link carries the messages now.</summary>
    public void Reset(ulong lowest) => (Next, _bytes) = (lowest, 0);
}
