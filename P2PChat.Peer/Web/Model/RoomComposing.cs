using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Peer.Web.Model;

/// <inheritdoc/>
internal sealed class RoomComposing(string room, RoomMessageService messages) : Composing<RoomMessageView>
{
    /// <param name="id">The message that was deleted on this peer.</param>
    /// <returns>A note for the user; null for none.</returns>
    public string? OnDeleted(RoomEventId id) => Subject?.Message.Id == id ? End() : null;

    protected override bool AreSame(RoomMessageView one, RoomMessageView other) => one.Id == other.Id;

    protected override bool IsRemoved(RoomMessageView message) => message.IsRemoved;

    protected override Task<RoomMessageView> SendNewAsync(string text) => messages.SendAsync(room, text);

    protected override Task<RoomMessageView> ReplyAsync(RoomMessageView to, string text) =>
        messages.SendAsync(room, text, to.Id);

    protected override Task EditAsync(RoomMessageView message, string text) =>
        messages.EditAsync(room, message.Id, text);
}
