using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Rooms;
using static P2PChat.Peer.Api.RoomMapping;

namespace P2PChat.Peer.Api;

/// <summary>The rooms of the peer in this process. Refusals are <see cref="PeerException"/>s.</summary>
internal sealed class LocalRooms(
    RoomService rooms,
    RoomMessageService messages,
    RoomSearchService search,
    RoomLinkService links,
    RoomPictureService pictures,
    RoomMarkService marks,
    RoomInfoService infos
) : IRooms
{
    public Task<RoomsResponse> ListAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(new RoomsResponse([.. rooms.All.Select(room => room.ToContract())]));

    public Task<RoomItem> GetAsync(string room, CancellationToken cancellationToken = default) =>
        Task.FromResult(rooms.Find(Id(room)).ToContract());

    public async Task<RoomItem> CreateAsync(RoomRequest room, CancellationToken cancellationToken = default) =>
        (await rooms.CreateAsync(room.Name, room.History)).ToContract();

    public Task DeleteAsync(string room, CancellationToken cancellationToken = default) => rooms.DeleteAsync(Id(room));

    public Task InviteAsync(string room, string username, CancellationToken cancellationToken = default) =>
        rooms.InviteAsync(Id(room), ContractMapping.ParseUsername(username));

    public async Task<RoomLinkItem> CreateLinkAsync(
        string room,
        NewRoomLinkRequest link,
        string? idempotencyKey = null,
        CancellationToken cancellationToken = default
    ) => (await links.CreateAsync(Id(room), link.Uses, link.Hours, idempotencyKey)).ToContract();

    public Task<RoomLinksResponse> ListLinksAsync(string room, CancellationToken cancellationToken = default) =>
        Task.FromResult(new RoomLinksResponse([.. links.List(Id(room)).Select(link => link.ToContract())]));

    public Task RevokeLinkAsync(string room, string id, CancellationToken cancellationToken = default) =>
        links.RevokeAsync(Id(room), id);

    public Task JoinAsync(string room, CancellationToken cancellationToken = default) => rooms.JoinAsync(Id(room));

    public Task LeaveAsync(string room, CancellationToken cancellationToken = default) => rooms.LeaveAsync(Id(room));

    public Task RemoveAsync(string room, string person, CancellationToken cancellationToken = default) =>
        rooms.RemoveAsync(Id(room), person);

    public Task SetRoleAsync(
        string room,
        string person,
        Client.RoomRole role,
        CancellationToken cancellationToken = default
    ) => rooms.SetRoleAsync(Id(room), person, (Protocol.Rooms.RoomRole)role);

    public Task RenameAsync(string room, string name, CancellationToken cancellationToken = default) =>
        rooms.RenameAsync(Id(room), name);

    public Task SetPictureAsync(
        string room,
        ReadOnlyMemory<byte>? picture,
        CancellationToken cancellationToken = default
    ) => picture is { } bytes ? pictures.SetAsync(Id(room), bytes) : pictures.RemoveAsync(Id(room));

    public Task<PictureFile?> GetPictureAsync(string room, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            pictures.Of(Id(room)) is { } picture ? new PictureFile(picture.Header.MediaType, picture.Bytes) : null
        );

    public Task<RoomMembersResponse> GetMembersAsync(string room, CancellationToken cancellationToken = default) =>
        Task.FromResult(new RoomMembersResponse([.. rooms.MembersOf(Id(room)).Select(member => member.ToContract())]));

    public Task SetNotifyAsync(string room, Client.RoomNotify notify, CancellationToken cancellationToken = default) =>
        rooms.SetNotifyAsync(Id(room), (Node.Model.RoomNotify)notify);

    public async Task<RoomMessageItem> SendAsync(
        string room,
        string text,
        string? replyTo = null,
        string? idempotencyKey = null,
        CancellationToken cancellationToken = default
    ) => (await messages.SendAsync(Id(room), text, ParseOrNull(replyTo), idempotencyKey)).ToContract();

    public Task<RoomMessageItem> GetMessageAsync(
        string room,
        string id,
        CancellationToken cancellationToken = default
    ) => Task.FromResult(messages.FindMessage(Id(room), ParseMessage(id)).ToContract());

    public async Task<RoomMessageItem> ReactAsync(
        string room,
        string id,
        string? emoji,
        CancellationToken cancellationToken = default
    ) => (await messages.ReactAsync(Id(room), ParseMessage(id), emoji)).ToContract();

    public async Task<RoomMessageItem> EditAsync(
        string room,
        string id,
        string text,
        CancellationToken cancellationToken = default
    ) => (await messages.EditAsync(Id(room), ParseMessage(id), text)).ToContract();

    public Task DeleteMessageAsync(string room, string id, CancellationToken cancellationToken = default) =>
        messages.DeleteMessageAsync(Id(room), ParseMessage(id));

    public Task DeleteMessageHereAsync(string room, string id, CancellationToken cancellationToken = default) =>
        marks.DeleteHereAsync(Id(room), ParseMessage(id));

    public Task<RoomMessageInfoResponse> GetMessageInfoAsync(
        string room,
        string id,
        CancellationToken cancellationToken = default
    ) => Task.FromResult(infos.Of(Id(room), ParseMessage(id)).ToContract());

    public Task MarkUnreadAsync(string room, string from, CancellationToken cancellationToken = default) =>
        marks.MarkUnreadAsync(Id(room), ParseMessage(from));

    public Task<RoomMessagesResponse> GetMessagesAsync(
        string room,
        int limit = 50,
        string? after = null,
        string? before = null,
        CancellationToken cancellationToken = default
    )
    {
        var page = messages.Page(Id(room), ParseOrNull(after), ParseOrNull(before), limit);
        return Task.FromResult(
            new RoomMessagesResponse([.. page.Messages.Select(message => message.ToContract())], page.HasMore)
        );
    }

    public Task<RoomSearchResponse> SearchAsync(
        string words,
        int limit = 50,
        long? before = null,
        CancellationToken cancellationToken = default
    ) => Task.FromResult(Search(words, before, limit, cancellationToken));

    /// <summary>Searches conversations, and for the first page also rooms.</summary>
    public SearchResponse SearchAll(
        MessageService conversations,
        string words,
        long? before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var found = conversations.Search(words, before, limit).ToContract();
        return before is null ? found with { Rooms = Search(words, before, limit, cancellationToken) } : found;
    }

    public Task ExportAsync(string room, Stream output, CancellationToken cancellationToken = default) =>
        MessageExport.WriteAsync(Export(room), output, cancellationToken);

    /// <summary>The messages of a room, the oldest first.</summary>
    public IEnumerable<RoomMessageItem> Export(string room) =>
        search.Export(Id(room)).Select(message => message.ToContract());

    public Task MarkReadAsync(string room, string? upTo = null, CancellationToken cancellationToken = default) =>
        messages.MarkReadAsync(Id(room), ParseOrNull(upTo));

    public Task SetTypingAsync(string room, bool active, CancellationToken cancellationToken = default)
    {
        messages.SetTyping(Id(room), active);
        return Task.CompletedTask;
    }

    private RoomSearchResponse Search(string words, long? before, int limit, CancellationToken cancellationToken)
    {
        var page = search.Search(words, before, limit, cancellationToken);
        return new RoomSearchResponse([.. page.Messages.Select(found => found.Message.ToContract())], page.Next);
    }

    // Names are chosen by others, so a program that writes to one room must not reach another by them.
    /// <exception cref="PeerException">It is not the id of a room.</exception>
    public static string Id(string room) =>
        RoomEventId.TryParse(room, out var id)
            ? id.ToString()
            : throw new PeerException(
                PeerError.UnknownRoom,
                "That is not a room id. Such an id has 64 hexadecimal digits; the list of your rooms has the ids."
            );

    private static RoomEventId? ParseOrNull(string? id) => id is null ? null : ParseMessage(id);
}
