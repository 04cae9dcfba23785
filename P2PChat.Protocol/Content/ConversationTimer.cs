namespace P2PChat.Protocol.Content;

/// <summary>A timer that one side has set.</summary>
/// <param name="Id">The id of its message.</param>
public readonly record struct SetTimer(Guid Id, MessageContent.Timer Content);

/// <summary>
/// The timer of a conversation: the last one of each side, and which of the two counts. Both sides get the same result,
/// although each has its own order of messages (docs/protocol.md, section 21).
/// </summary>
/// <param name="Ours">The last timer that this side has sent; null if none.</param>
/// <param name="Theirs">The last timer that this side has received; null if none.</param>
public readonly record struct ConversationTimer(SetTimer? Ours, SetTimer? Theirs)
{
    /// <summary>How many seconds messages stay after reading; 0 if they do not disappear.</summary>
    public uint Seconds => Current?.Content.Seconds ?? 0;

    /// <summary>Whether any side has ever set a timer.</summary>
    public bool IsSet => Current is not null;

    /// <summary>The timer that counts; null if none was ever set.</summary>
    public SetTimer? Current =>
        (Ours, Theirs) switch
        {
            (null, var theirs) => theirs,
            (var ours, null) => ours,
            ({ } ours, { } theirs) when theirs.Content.After == ours.Id => theirs,
            ({ } ours, { } theirs) when ours.Content.After == theirs.Id => ours,
            // Both were set without knowing of the other.
            ({ } ours, { } theirs) => Compare(ours.Id, theirs.Id) > 0 ? ours : theirs,
        };

    /// <summary>The content with which this side sets a timer.</summary>
    /// <param name="seconds">0 to turn it off.</param>
    public MessageContent.Timer Set(uint seconds) => new(seconds, Theirs?.Id);

    /// <summary>The timer after a message of this side.</summary>
    public ConversationTimer Sent(Guid id, MessageContent? content) =>
        content is MessageContent.Timer timer ? this with { Ours = new SetTimer(id, timer) } : this;

    /// <summary>The timer after a message of the other side.</summary>
    public ConversationTimer Received(Guid id, MessageContent? content) =>
        content is MessageContent.Timer timer ? this with { Theirs = new SetTimer(id, timer) } : this;

    // In network order, as on the wire: for UUIDv7 by time.
    private static int Compare(Guid one, Guid other) =>
        one.ToByteArray(bigEndian: true).AsSpan().SequenceCompareTo(other.ToByteArray(bigEndian: true));
}
