namespace P2PChat.Peer.Chat;

/// <summary>What to do with a request.</summary>
internal enum Answer
{
    Accept,
    Reject,

    /// <summary>Too many requests wait for the person.</summary>
    Busy,
    AskThePerson,
}

/// <summary>Who may connect without being asked for, and how many may wait for the person. Thread-safe.</summary>
internal sealed class RequestPolicy(PeerOptions options)
{
    private int _open;

    /// <param name="known">Whether the two have accepted each other before.</param>
    /// <returns>For each <see cref="Answer.AskThePerson"/> there must be one <see cref="Answered"/>.</returns>
    public Answer Decide(bool known)
    {
        if (options.Bot == BotKind.Echo)
            return Answer.Accept;
        return options.Accept switch
        {
            AcceptMode.All => Answer.Accept,
            AcceptMode.None => Answer.Reject,
            _ when known => Answer.Accept,
            AcceptMode.Contacts => Answer.Reject,
            _ => TryOpen() ? Answer.AskThePerson : Answer.Busy,
        };
    }

    /// <summary>The person has answered, or cannot any more.</summary>
    public void Answered() => Interlocked.Decrement(ref _open);

    private bool TryOpen()
    {
        if (Interlocked.Increment(ref _open) <= options.MaxRequests)
            return true;
        Interlocked.Decrement(ref _open);
        return false;
    }
}
