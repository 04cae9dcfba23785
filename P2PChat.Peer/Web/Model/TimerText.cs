using P2PChat.Node.Model;
using P2PChat.Protocol.Content;

namespace P2PChat.Peer.Web.Model;

/// <summary>Disappearing messages in words.</summary>
internal static class TimerText
{
    /// <summary>The line of the history that says that the timer was set.</summary>
    /// <param name="sender">The other person's name; null for this user.</param>
    public static string Line(Message line, string? sender) =>
        $"{sender ?? "You"} {FallbackText.Of(new MessageContent.Timer(line.Timer ?? 0, After: null), "")}";

    /// <summary>When a message disappears.</summary>
    public static string Of(Message message) =>
        $"Disappears {TimerRules.Describe(message.ExpiresAfter)} after "
        + (message.From == message.With ? "you have read it" : "its delivery");
}
