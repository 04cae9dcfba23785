using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <summary>This user's reaction to a message.</summary>
internal static class OwnReaction
{
    /// <summary>Sets it, or removes it if it is the same. The changed message follows as an event.</summary>
    /// <exception cref="PeerException">See <see cref="MessageService.ReactAsync"/>.</exception>
    public static Task ToggleAsync(MessageService messages, Message message, Username self, string emoji)
    {
        var current = message.Reactions.FirstOrDefault(reaction => reaction.From == self)?.Emoji;
        return messages.ReactAsync(
            message.With,
            message.Id,
            current == emoji ? null : emoji,
            MessageKey.Of(message).IsOwn
        );
    }
}
