namespace P2PChat.Node.Model;

/// <summary>Names a message of a conversation. Both sides choose ids, so one id alone may name two messages.</summary>
public readonly record struct MessageKey(bool IsOwn, Guid Id)
{
    private const string Own = "own-";
    private const string Theirs = "theirs-";

    public static MessageKey Of(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new(message.From != message.With, message.Id);
    }

    /// <summary>Parses what <see cref="ToString"/> returns.</summary>
    public static MessageKey? TryParse(string? text)
    {
        var (isOwn, id) = text switch
        {
            null => (false, ""),
            _ when text.StartsWith(Own, StringComparison.Ordinal) => (true, text[Own.Length..]),
            _ when text.StartsWith(Theirs, StringComparison.Ordinal) => (false, text[Theirs.Length..]),
            _ => (false, ""),
        };
        return Guid.TryParse(id, out var parsed) ? new MessageKey(isOwn, parsed) : null;
    }

    public override string ToString() => $"{(IsOwn ? Own : Theirs)}{Id}";
}
