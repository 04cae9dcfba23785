namespace P2PChat.Peer.Chat;

/// <summary>How a message that is kept goes out, as things stand at that moment.</summary>
public enum SendRoute
{
    /// <summary>The two are connected: over their link.</summary>
    Link,

    /// <summary>They are not: by the other peer's mailbox, unless a link comes first.</summary>
    Mailbox,

    /// <summary>They are not, and the other peer takes no mail from this one: when there is a link.</summary>
    Queue,
}

/// <param name="Id">Its receipts name it.</param>
public readonly record struct SentMessage(Guid Id, SendRoute Route);
