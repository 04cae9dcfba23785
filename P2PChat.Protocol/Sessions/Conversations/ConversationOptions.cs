using System.Security.Cryptography;
using P2PChat.Protocol.Content;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>Limits and settings of a conversation.</summary>
public sealed record ConversationOptions
{
    /// <summary>Maximum length of a message's text, in bytes of UTF-8.</summary>
    public const int MaxTextBytes = 64 * 1024;

    /// <summary>Maximum length of the new text of an edit: less by <see cref="FallbackText.EditPrefix"/>.</summary>
    public static int MaxEditBytes { get; } = MaxTextBytes - FallbackText.EditPrefix.Length;

    /// <summary>
    /// Maximum number of messages in flight. Part of the protocol, because a receiver holds no more behind a gap.
    /// </summary>
    public const int WindowMessages = 1024;

    /// <summary>Maximum number of bytes of text in flight. The last message may exceed it.</summary>
    public const int WindowBytes = 1024 * 1024;

    /// <summary>
    /// Maximum number of unacknowledged messages that a sender keeps. The last sixteenth is reserved for deletes, so
    /// that a full outbox never keeps a text that its sender wants deleted.
    /// </summary>
    public int OutboxMessages { get; init; } = 4096;

    /// <summary>Maximum number of bytes of unacknowledged text that a sender keeps.</summary>
    public int OutboxBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Maximum number of delivered messages that are sent again to a side that has lost them.</summary>
    public int RecallMessages { get; init; } = WindowMessages;

    /// <summary>Age at which a message is abandoned, see <see cref="OutgoingMessage.AgeAt"/>.</summary>
    public TimeSpan Expiry { get; init; } = TimeSpan.FromDays(14);

    /// <summary>Whether to send read receipts. May change at any time.</summary>
    public bool ReadReceipts { get; set; } = true;

    /// <summary>
    /// Maximum number of envelopes that are held behind a gap. The rest stay in the mailbox and are fetched again.
    /// </summary>
    public int HeldMails { get; init; } = 512;

    /// <summary>Draws the random part of new epochs, see <see cref="Epochs"/>.</summary>
    public Func<int, int> Draw { get; init; } = RandomNumberGenerator.GetInt32;
}
