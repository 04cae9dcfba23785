using System.Security.Cryptography;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>Bounds of a conversation's memory, and what else it goes by.</summary>
public sealed record ConversationOptions
{
    /// <summary>Longest text of a message, in bytes of UTF-8.</summary>
    public const int MaxTextBytes = 64 * 1024;

    /// <summary>Messages that may be on their way without an acknowledgement. Part of the protocol: a receiver holds no more.</summary>
    public const int WindowMessages = 1024;

    /// <summary>Bytes of text that may be on their way; a last message may pass it by its own length.</summary>
    public const int WindowBytes = 1024 * 1024;

    /// <summary>Messages that a sender keeps until they are acknowledged.</summary>
    public int OutboxMessages { get; init; } = 4096;

    /// <summary>Bytes of text that a sender keeps until they are acknowledged.</summary>
    public int OutboxBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Delivered messages that are sent again at most to a side that has lost them.</summary>
    public int RecallMessages { get; init; } = WindowMessages;

    /// <summary>How old a message may become before it is given up, see <see cref="OutgoingMessage.AgeAt"/>.</summary>
    public TimeSpan Expiry { get; init; } = TimeSpan.FromDays(14);

    /// <summary>Whether the other side is told what this side's person has read. It may change while a conversation lives.</summary>
    public bool ReadReceipts { get; set; } = true;

    /// <summary>Envelopes that may be held behind a gap at a time; more are brought again later.</summary>
    public int HeldMails { get; init; } = 512;

    /// <summary>Draws what is random in a new epoch, see <see cref="Epochs"/>.</summary>
    public Func<int, int> Draw { get; init; } = RandomNumberGenerator.GetInt32;
}
