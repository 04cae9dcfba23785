using P2PChat.Node.Model;
using P2PChat.Protocol.Content;

namespace P2PChat.Peer.Web.Model;

/// <summary>Disappearing messages in words.</summary>
internal static class TimerText
{
    /// <summary>The times that a user is offered, in seconds.</summary>
    public static IReadOnlyList<uint> Presets { get; } =
    [5 * 60, 60 * 60, 8 * 60 * 60, 24 * 60 * 60, 7 * 24 * 60 * 60, 28 * 24 * 60 * 60];

    /// <summary>What is shown instead of a message without a text.</summary>
    public static string Removed(bool hasDisappeared) =>
        hasDisappeared ? "This message has disappeared." : "This message was deleted.";

    /// <summary>The line of the history that says that the timer was set.</summary>
    /// <param name="sender">The other person's name; null for this user.</param>
    public static string Line(Message line, string? sender) =>
        $"{sender ?? "You"} {FallbackText.Of(new MessageContent.Timer(line.Timer ?? 0, After: null), "")}";

    /// <summary>When a message disappears.</summary>
    public static string Of(Message message) => $"Disappears {Later(message)}";

    /// <summary>When a message disappears, from its reading or delivery.</summary>
    public static string Later(Message message) =>
        $"{TimerRules.Describe(message.ExpiresAfter)} after "
        + (message.From == message.With ? "you have read it" : "its delivery");
}
