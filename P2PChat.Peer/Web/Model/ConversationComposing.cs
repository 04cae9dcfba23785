using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Web.Model;

/// <inheritdoc/>
internal sealed class ConversationComposing(Username with, MessageService messages) : Composing<Message>
{
    /// <param name="key">The message that was deleted on this side; null for all.</param>
    /// <returns>A note for the user; null for none.</returns>
    public string? OnDeleted(MessageKey? key) =>
        Subject is { Message: var message } && (key is null || key == MessageKey.Of(message)) ? End() : null;

    protected override bool AreSame(Message one, Message other) => MessageKey.Of(one) == MessageKey.Of(other);

    protected override bool IsRemoved(Message message) => message.IsRemoved;

    protected override Task<Message> SendNewAsync(string text) => messages.SendAsync(with, text);

    protected override Task<Message> ReplyAsync(Message to, string text) =>
        messages.ReplyAsync(with, text, to.Id, isToOurs: MessageKey.Of(to).IsOwn);

    protected override Task EditAsync(Message message, string text) => messages.EditAsync(with, message.Id, text);
}
