namespace P2PChat.Peer.Web.Model;

/// <summary>What the script says about the list of messages.</summary>
/// <param name="IsAtEnd">Whether the newest message is in view.</param>
/// <param name="IsInFront">Whether the page is visible and has the focus.</param>
/// <param name="DividerPlace">See <see cref="UnreadDivider.OnPlaced"/>.</param>
public readonly record struct LogPosition(bool IsAtEnd, bool IsInFront, int? DividerPlace);

/// <summary>Tracks the part of a conversation in view, and how many new messages are below. Not thread-safe.</summary>
public sealed class ReadingPosition
{
    private bool _isPageInFront;

    public bool IsAtEnd { get; private set; } = true;

    /// <summary>Messages that have arrived since the user scrolled up.</summary>
    public int NewBelow { get; private set; }

    public string ToEndLabel =>
        NewBelow > 0 ? $"Go to the newest message: {NewBelow} new below" : "Go to the newest message";

    public bool IsNewestSeen => _isPageInFront && IsAtEnd;

    public void Reset(bool isAtEnd, int newBelow = 0) => (IsAtEnd, NewBelow) = (isAtEnd, newBelow);

    /// <param name="isPageInFront">Whether the page is visible and has the focus.</param>
    public void Update(bool isAtEnd, bool isPageInFront)
    {
        (IsAtEnd, _isPageInFront) = (isAtEnd, isPageInFront);
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
