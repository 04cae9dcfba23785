namespace P2PChat.Node.Model;

/// <summary>The route by which a stored message will be sent, as of now.</summary>
public enum SendRoute
{
    /// <summary>The open link.</summary>
    Link,

    /// <summary>The other peer's mailbox, unless a link opens first.</summary>
    Mailbox,

    /// <summary>The next link, because the other peer accepts no mail from this one.</summary>
    Queue,
}

/// <summary>A message that was stored and will be sent.</summary>
/// <param name="Id">The id in its receipts.</param>
public readonly record struct SentMessage(Guid Id, SendRoute Route);
