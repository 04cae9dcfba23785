using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Rooms;
using static P2PChat.Peer.Api.RoomMapping;

namespace P2PChat.Peer.Api;

/// <summary>The rooms of the peer in this process. Refusals are <see cref="PeerException"/>s.</summary>
internal sealed class LocalRooms(RoomService rooms, RoomMessageService messages) : IRooms
{
    public Task<RoomsResponse> ListAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(new RoomsResponse([.. rooms.All.Select(room => room.ToContract())]));

    public Task<RoomItem> GetAsync(string room, CancellationToken cancellationToken = default) =>
        Task.FromResult(rooms.Find(room).ToContract());

    public async Task<RoomItem> CreateAsync(RoomRequest room, CancellationToken cancellationToken = default) =>
        (await rooms.CreateAsync(room.Name, room.History)).ToContract();

    public Task DeleteAsync(string room, CancellationToken cancellationToken = default) => rooms.DeleteAsync(room);

    public Task InviteAsync(string room, string username, CancellationToken cancellationToken = default) =>
        rooms.InviteAsync(room, ContractMapping.ParseUsername(username));

    public Task JoinAsync(string room, CancellationToken cancellationToken = default) => rooms.JoinAsync(room);

    public Task LeaveAsync(string room, CancellationToken cancellationToken = default) => rooms.LeaveAsync(room);

    public Task RemoveAsync(string room, string person, CancellationToken cancellationToken = default) =>
        rooms.RemoveAsync(room, person);

    public Task SetRoleAsync(
        string room,
        string person,
        Client.RoomRole role,
        CancellationToken cancellationToken = default
    ) => rooms.SetRoleAsync(room, person, (Protocol.Rooms.RoomRole)role);

    public Task RenameAsync(string room, string name, CancellationToken cancellationToken = default) =>
        rooms.RenameAsync(room, name);

    public Task<RoomMembersResponse> GetMembersAsync(string room, CancellationToken cancellationToken = default) =>
        Task.FromResult(new RoomMembersResponse([.. rooms.MembersOf(room).Select(member => member.ToContract())]));

    public Task SetNotifyAsync(string room, Client.RoomNotify notify, CancellationToken cancellationToken = default) =>
        rooms.SetNotifyAsync(room, (Node.Model.RoomNotify)notify);

    public async Task<RoomMessageItem> SendAsync(
        string room,
        string text,
        string? replyTo = null,
        CancellationToken cancellationToken = default
    ) => (await messages.SendAsync(room, text, ParseOrNull(replyTo))).ToContract();

    public async Task<RoomMessageItem> ReactAsync(
        string room,
        string id,
        string? emoji,
        CancellationToken cancellationToken = default
    ) => (await messages.ReactAsync(room, ParseMessage(id), emoji)).ToContract();

    public async Task<RoomMessageItem> EditAsync(
        string room,
        string id,
        string text,
        CancellationToken cancellationToken = default
    ) => (await messages.EditAsync(room, ParseMessage(id), text)).ToContract();

    public Task DeleteMessageAsync(string room, string id, CancellationToken cancellationToken = default) =>
        messages.DeleteMessageAsync(room, ParseMessage(id));

    public Task<RoomMessagesResponse> GetMessagesAsync(
        string room,
        int limit = 50,
        string? after = null,
        string? before = null,
        CancellationToken cancellationToken = default
    )
    {
        var page = messages.Page(room, ParseOrNull(after), ParseOrNull(before), limit);
        return Task.FromResult(
            new RoomMessagesResponse([.. page.Messages.Select(message => message.ToContract())], page.HasMore)
        );
    }

    public Task MarkReadAsync(string room, string? upTo = null, CancellationToken cancellationToken = default) =>
        messages.MarkReadAsync(room, ParseOrNull(upTo));

    public Task SetTypingAsync(string room, bool active, CancellationToken cancellationToken = default)
    {
        messages.SetTyping(room, active);
        return Task.CompletedTask;
    }

    private static RoomEventId? ParseOrNull(string? id) => id is null ? null : ParseMessage(id);
}
