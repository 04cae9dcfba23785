namespace P2PChat.Peer.Web.Model;

/// <summary>Tracks the part of a conversation in view, and how many new messages are below. Not thread-safe.</summary>
internal sealed class ReadingPosition
{
    private bool _isPageVisible;

    public bool IsAtEnd { get; private set; } = true;

    /// <summary>Messages that have arrived since the user scrolled up.</summary>
    public int NewBelow { get; private set; }

    public bool IsNewestSeen => _isPageVisible && IsAtEnd;

    public void Reset(bool isAtEnd) => (IsAtEnd, NewBelow) = (isAtEnd, 0);

    public void Update(bool isAtEnd, bool isPageVisible)
    {
        (IsAtEnd, _isPageVisible) = (isAtEnd, isPageVisible);
        if (isAtEnd)
        {
            ClearNewBelow();
        }
    }

    public void CountNewMessage()
    {
        if (!IsAtEnd)
        {
            NewBelow++;
        }
    }

    public void ClearNewBelow() => NewBelow = 0;
}
