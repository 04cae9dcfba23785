using System.Text.Json;

namespace P2PChat.Tests.Upgrade;

/// <summary>A reply, a reaction, an edit and a delete, and what the peer that receives them shows.</summary>
/// <param name="Answer">The text of the reply.</param>
internal sealed record SentChanges(string Answer, string Emoji)
{
    /// <summary>Whether a peer shows the reply and the edit.</summary>
    /// <param name="messages">The messages that it shows.</param>
    public bool AreShown(IReadOnlyList<JsonElement> messages)
    {
        // An older build shows the new text of an edit after a prefix.
        var texts = TextsOf(messages);
        return texts.Contains(Answer)
            && texts.Any(text => text.EndsWith($"{Answer}, edited", StringComparison.Ordinal));
    }

    /// <summary>Whether a build that does not know reactions and deletes shows each of them as a message.</summary>
    /// <param name="messages">The messages that it shows.</param>
    public bool AreShownAsText(IReadOnlyList<JsonElement> messages)
    {
        var texts = TextsOf(messages);
        return texts.Contains("deleted a message")
            && texts.Any(text => text.StartsWith($"reacted {Emoji} to \"", StringComparison.Ordinal));
    }

    private static HashSet<string> TextsOf(IReadOnlyList<JsonElement> messages) =>
        [.. messages.Select(message => message.GetProperty("text").GetString()!)];
}
