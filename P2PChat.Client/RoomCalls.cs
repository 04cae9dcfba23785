using static P2PChat.Client.ApiRequests;

namespace P2PChat.Client;

/// <summary>The API's calls about rooms.</summary>
internal sealed class RoomCalls(ApiCaller api) : IRooms
{
    public Task<RoomsResponse> ListAsync(CancellationToken cancellationToken = default) =>
        api.GetAsync("/api/rooms", ApiJson.Default.RoomsResponse, cancellationToken);

    public Task<RoomItem> GetAsync(string room, CancellationToken cancellationToken = default) =>
        api.GetAsync(Path(room), ApiJson.Default.RoomItem, cancellationToken);

    public Task<RoomItem> CreateAsync(RoomRequest room, CancellationToken cancellationToken = default) =>
        api.CallAsync(
            HttpMethod.Post,
            "/api/rooms",
            Body(room, ApiJson.Default.RoomRequest),
            ApiJson.Default.RoomItem,
            cancellationToken
        );

    public Task DeleteAsync(string room, CancellationToken cancellationToken = default) =>
        api.CallAsync(HttpMethod.Delete, Path(room), null, cancellationToken);

    public Task InviteAsync(string room, string username, CancellationToken cancellationToken = default) =>
        api.CallAsync(
            HttpMethod.Post,
            $"{Path(room)}/invites",
            Body(new RoomInviteRequest(username), ApiJson.Default.RoomInviteRequest),
            cancellationToken
        );

    public Task<RoomLinkItem> CreateLinkAsync(
        string room,
        NewRoomLinkRequest link,
        string? idempotencyKey = null,
        CancellationToken cancellationToken = default
    ) =>
        api.CallAsync(
            HttpMethod.Post,
            $"{Path(room)}/links",
            Body(link, ApiJson.Default.NewRoomLinkRequest),
            ApiJson.Default.RoomLinkItem,
            cancellationToken,
            Header(IdempotencyKeyHeader, idempotencyKey)
        );

    public Task<RoomLinksResponse> ListLinksAsync(string room, CancellationToken cancellationToken = default) =>
        api.GetAsync($"{Path(room)}/links", ApiJson.Default.RoomLinksResponse, cancellationToken);

    public Task RevokeLinkAsync(string room, string id, CancellationToken cancellationToken = default) =>
        api.CallAsync(HttpMethod.Delete, $"{Path(room)}/links/{Segment(id)}", null, cancellationToken);

    public Task JoinAsync(string room, CancellationToken cancellationToken = default) =>
        api.CallAsync(HttpMethod.Post, $"{Path(room)}/join", null, cancellationToken);

    public Task LeaveAsync(string room, CancellationToken cancellationToken = default) =>
        api.CallAsync(HttpMethod.Post, $"{Path(room)}/leave", null, cancellationToken);

    public Task RemoveAsync(string room, string person, CancellationToken cancellationToken = default) =>
        api.CallAsync(HttpMethod.Delete, Member(room, person), null, cancellationToken);

    public Task SetRoleAsync(
        string room,
        string person,
        RoomRole role,
        CancellationToken cancellationToken = default
    ) =>
        api.CallAsync(
            HttpMethod.Put,
            $"{Member(room, person)}/role",
            Body(new RoomRoleRequest(role), ApiJson.Default.RoomRoleRequest),
            cancellationToken
        );

    public Task RenameAsync(string room, string name, CancellationToken cancellationToken = default) =>
        api.CallAsync(
            HttpMethod.Put,
            $"{Path(room)}/name",
            Body(new RoomNameRequest(name), ApiJson.Default.RoomNameRequest),
            cancellationToken
        );

    public Task SetPictureAsync(
        string room,
        ReadOnlyMemory<byte>? picture,
        CancellationToken cancellationToken = default
    ) => api.SetPictureAsync($"{Path(room)}/picture", picture, cancellationToken);

    public Task<PictureFile?> GetPictureAsync(string room, CancellationToken cancellationToken = default) =>
        api.GetPictureAsync($"{Path(room)}/picture", cancellationToken);

    public Task<RoomMembersResponse> GetMembersAsync(string room, CancellationToken cancellationToken = default) =>
        api.GetAsync($"{Path(room)}/members", ApiJson.Default.RoomMembersResponse, cancellationToken);

    public Task SetNotifyAsync(string room, RoomNotify notify, CancellationToken cancellationToken = default) =>
        api.CallAsync(
            HttpMethod.Put,
            $"{Path(room)}/notify",
            Body(new RoomNotifyRequest(notify), ApiJson.Default.RoomNotifyRequest),
            cancellationToken
        );

    public Task<RoomMessageItem> SendAsync(
        string room,
        string text,
        string? replyTo = null,
        string? idempotencyKey = null,
        CancellationToken cancellationToken = default
    ) =>
        api.CallAsync(
            HttpMethod.Post,
            $"{Path(room)}/messages",
            Body(new RoomSendRequest(text, replyTo), ApiJson.Default.RoomSendRequest),
            ApiJson.Default.RoomMessageItem,
            cancellationToken,
            Header(IdempotencyKeyHeader, idempotencyKey)
        );

    public Task<RoomMessageItem> ReactAsync(
        string room,
        string id,
        string? emoji,
        CancellationToken cancellationToken = default
    ) =>
        api.CallAsync(
            emoji is null ? HttpMethod.Delete : HttpMethod.Put,
            $"{Message(room, id)}/reaction",
            emoji is null ? null : Body(new ReactionRequest(emoji), ApiJson.Default.ReactionRequest),
            ApiJson.Default.RoomMessageItem,
            cancellationToken
        );

    public Task<RoomMessageItem> EditAsync(
        string room,
        string id,
        string text,
        CancellationToken cancellationToken = default
    ) =>
        api.CallAsync(
            HttpMethod.Patch,
            Message(room, id),
            Body(new EditRequest(text), ApiJson.Default.EditRequest),
            ApiJson.Default.RoomMessageItem,
            cancellationToken
        );

    public Task DeleteMessageAsync(string room, string id, CancellationToken cancellationToken = default) =>
        api.CallAsync(HttpMethod.Delete, Message(room, id), null, cancellationToken);

    public Task DeleteMessageHereAsync(string room, string id, CancellationToken cancellationToken = default) =>
        api.CallAsync(HttpMethod.Delete, $"{Message(room, id)}?for=me", null, cancellationToken);

    public Task<RoomMessageInfoResponse> GetMessageInfoAsync(
        string room,
        string id,
        CancellationToken cancellationToken = default
    ) => api.GetAsync($"{Message(room, id)}/info", ApiJson.Default.RoomMessageInfoResponse, cancellationToken);

    public Task MarkUnreadAsync(string room, string from, CancellationToken cancellationToken = default) =>
        api.CallAsync(
            HttpMethod.Post,
            $"{Path(room)}/unread",
            Body(new RoomUnreadRequest(from), ApiJson.Default.RoomUnreadRequest),
            cancellationToken
        );

    public Task<RoomMessagesResponse> GetMessagesAsync(
        string room,
        int limit = 50,
        string? after = null,
        string? before = null,
        CancellationToken cancellationToken = default
    ) =>
        api.GetAsync(
            $"{Path(room)}/messages?limit={Number(limit)}"
                + (after is null ? "" : $"&after={Segment(after)}")
                + (before is null ? "" : $"&before={Segment(before)}"),
            ApiJson.Default.RoomMessagesResponse,
            cancellationToken
        );

    public Task<RoomSearchResponse> SearchAsync(
        string words,
        int limit = 50,
        long? before = null,
        CancellationToken cancellationToken = default
    ) =>
        api.GetAsync(
            $"/api/rooms/search?q={Uri.EscapeDataString(words)}&limit={Number(limit)}{Query("before", before)}",
            ApiJson.Default.RoomSearchResponse,
            cancellationToken
        );

    public async Task ExportAsync(string room, Stream output, CancellationToken cancellationToken = default)
    {
        using var response = await api.SendAsync(HttpMethod.Get, $"{Path(room)}/export", null, cancellationToken);
        await response.Content.CopyToAsync(output, cancellationToken);
    }

    public Task<RoomMessageItem> GetMessageAsync(
        string room,
        string id,
        CancellationToken cancellationToken = default
    ) => api.GetAsync(Message(room, id), ApiJson.Default.RoomMessageItem, cancellationToken);

    public Task MarkReadAsync(string room, string? upTo = null, CancellationToken cancellationToken = default) =>
        api.CallAsync(
            HttpMethod.Post,
            $"{Path(room)}/read",
            Body(new RoomReadRequest(upTo), ApiJson.Default.RoomReadRequest),
            cancellationToken
        );

    public Task SetTypingAsync(string room, bool active, CancellationToken cancellationToken = default) =>
        api.CallAsync(
            HttpMethod.Post,
            $"{Path(room)}/typing",
            Body(new TypingRequest(active), ApiJson.Default.TypingRequest),
            cancellationToken
        );

    private static string Path(string room) => $"/api/rooms/{Segment(room)}";

    private static string Member(string room, string person) => $"{Path(room)}/members/{Segment(person)}";

    private static string Message(string room, string id) => $"{Path(room)}/messages/{Segment(id)}";
}
