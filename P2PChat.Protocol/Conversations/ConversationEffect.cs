using P2PChat.Protocol.Frames;

namespace P2PChat.Protocol.Conversations;

/// <summary>What <see cref="Conversation"/> wants done, in order.</summary>
public abstract record ConversationEffect
{
    private ConversationEffect()
    {
    }

    /// <summary>Write the frame to the link.</summary>
    public sealed record Transmit(int Link, Frame Frame) : ConversationEffect;

    /// <summary>Write this Ack to the link before anything else; a later one replaces it.</summary>
    public sealed record Acknowledge(int Link, Ack Ack) : ConversationEffect;

    /// <summary>A message has come, in order and once.</summary>
    public sealed record Deliver(IncomingMessage Message) : ConversationEffect;

    /// <summary>The other side has taken the message.</summary>
    public sealed record Delivered(OutgoingMessage Message) : ConversationEffect;

    /// <summary>The other side's Resume came on this link: it lives.</summary>
    public sealed record Resumed(int Link) : ConversationEffect;

    /// <summary>What came on this link breaks the protocol: end it.</summary>
    public sealed record Violation(int Link) : ConversationEffect;
}
