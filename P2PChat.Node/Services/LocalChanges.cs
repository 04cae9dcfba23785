using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Services;

/// <summary>
/// Announces changes made through this peer's own interfaces that are not a <see cref="PeerEvent"/>, so that every open
/// view stays current. Events are raised on any thread.
/// </summary>
public sealed class LocalChanges
{
    /// <summary>Raised after an action on the page, at the console or through the API.</summary>
    public event Action? Changed;

    /// <summary>
    /// Raised after a message, or all messages with a peer if the key is null, were deleted on this side.
    /// </summary>
    public event Action<Username, MessageKey?>? MessagesDeleted;

    /// <summary>
    /// Raised after a message was sent or queued on this side, perhaps twice, on the sender's thread. Handlers must not
    /// block.
    /// </summary>
    public event Action<Message>? MessageSent;

    /// <summary>Raised after this user has sent a message to a room. Handlers must not block.</summary>
    public event Action<RoomMessageView>? RoomMessageSent;

    internal bool HasListeners => Changed is not null || MessageSent is not null;

    internal void Publish() => Changed?.Invoke();

    internal void PublishSent(Message sent)
    {
        MessageSent?.Invoke(sent);
        Publish();
    }

    internal void PublishSent(RoomMessageView sent)
    {
        RoomMessageSent?.Invoke(sent);
        Publish();
    }

    internal void PublishDeleted(Username with, MessageKey? key)
    {
        MessagesDeleted?.Invoke(with, key);
        Publish();
    }
}
