namespace P2PChat.Node.Model;

/// <summary>How a stored message would go out at that moment.</summary>
public enum SendRoute
{
    /// <summary>Over the open link.</summary>
    Link,

    /// <summary>By the other peer's mailbox, unless a link opens first.</summary>
    Mailbox,

    /// <summary>Over the next link, because the other peer accepts no mail from this one.</summary>
    Queue,
}

/// <param name="Id">Its receipts name it.</param>
public readonly record struct SentMessage(Guid Id, SendRoute Route);
