using System.Net.Http.Headers;
using System.Text.Json;
using static P2PChat.Client.ApiRequests;

namespace P2PChat.Client;

/// <summary>A peer in another process, called through its local API. Thread-safe.</summary>
/// <remarks>
/// Besides <see cref="PeerApiException"/>, calls throw <see cref="HttpRequestException"/> or <see cref="IOException"/>
/// if the peer does not answer, and <see cref="JsonException"/> if it answers something else. A peer may take 45 s to
/// answer, and longer only for backups and for reading, uploading and saving files.
/// </remarks>
public sealed class RemotePeer : RemoteFiles, IPeer, IDisposable
{
    /// <param name="address">The API's base address.</param>
    public RemotePeer(Uri address, string token)
        : base(ClientOf(address, token)) { }

    /// <param name="http">
    /// Has the base address, and sends the token. Its own time limit applies as well, also to long calls.
    /// </param>
    public RemotePeer(HttpClient http)
        : base(http) { }

    /// <summary>Opens the peer that runs on a data directory.</summary>
    /// <returns>Null if no peer runs there. A peer that was killed leaves its address behind, so calls may still
    /// fail.</returns>
    /// <exception cref="IOException">The directory cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The directory belongs to another user.</exception>
    public static RemotePeer? Open(string dataDirectory) =>
        ApiFileNames.Read(dataDirectory, ApiFileNames.Token) is { Length: > 0 } token
        && Uri.TryCreate(ApiFileNames.Read(dataDirectory, ApiFileNames.Address), UriKind.Absolute, out var address)
            ? new RemotePeer(address, token)
            : null;

    public IRooms Rooms => new RoomCalls(Api);

    public Task<StatusResponse> GetStatusAsync(CancellationToken cancellationToken = default) =>
        Api.GetAsync("/api/status", ApiJson.Default.StatusResponse, cancellationToken);

    public Task<PeersResponse> ListPeersAsync(CancellationToken cancellationToken = default) =>
        Api.GetAsync("/api/peers", ApiJson.Default.PeersResponse, cancellationToken);

    public Task<RequestsResponse> ListRequestsAsync(CancellationToken cancellationToken = default) =>
        Api.GetAsync("/api/requests", ApiJson.Default.RequestsResponse, cancellationToken);

    public Task<WebLinkResponse> CreateWebLinkAsync(CancellationToken cancellationToken = default) =>
        Api.CallAsync(HttpMethod.Post, "/api/web-links", null, ApiJson.Default.WebLinkResponse, cancellationToken);

    public Task<ConnectResponse> ConnectAsync(string username, CancellationToken cancellationToken = default) =>
        ConnectAsync(new ConnectRequest(username), cancellationToken);

    public Task<ConnectResponse> ConnectByInviteAsync(string link, CancellationToken cancellationToken = default) =>
        ConnectAsync(new ConnectRequest(Link: link), cancellationToken);

    public Task<InviteItem> CreateInviteAsync(
        InviteRequest invite,
        string? idempotencyKey = null,
        CancellationToken cancellationToken = default
    ) =>
        Api.CallAsync(
            HttpMethod.Post,
            "/api/invites",
            Body(invite, ApiJson.Default.InviteRequest),
            ApiJson.Default.InviteItem,
            cancellationToken,
            Header(IdempotencyKeyHeader, idempotencyKey)
        );

    public Task<InvitesResponse> ListInvitesAsync(CancellationToken cancellationToken = default) =>
        Api.GetAsync("/api/invites", ApiJson.Default.InvitesResponse, cancellationToken);

    public Task RevokeInviteAsync(string id, CancellationToken cancellationToken = default) =>
        Api.CallAsync(HttpMethod.Delete, $"/api/invites/{Segment(id)}", null, cancellationToken);

    public Task AcceptAsync(string username, CancellationToken cancellationToken = default) =>
        Api.CallAsync(HttpMethod.Post, $"/api/requests/{Segment(username)}/accept", null, cancellationToken);

    public Task RejectAsync(string username, CancellationToken cancellationToken = default) =>
        Api.CallAsync(HttpMethod.Post, $"/api/requests/{Segment(username)}/reject", null, cancellationToken);

    public Task DisconnectAsync(string username, CancellationToken cancellationToken = default) =>
        Api.CallAsync(HttpMethod.Delete, $"/api/connections/{Segment(username)}", null, cancellationToken);

    public Task<DoctorResponse> DoctorAsync(string? username = null, CancellationToken cancellationToken = default) =>
        Api.GetAsync(
            "/api/doctor" + (username is null ? "" : $"?username={Segment(username)}"),
            ApiJson.Default.DoctorResponse,
            cancellationToken
        );

    public Task<ContactsResponse> ListContactsAsync(CancellationToken cancellationToken = default) =>
        Api.GetAsync("/api/contacts", ApiJson.Default.ContactsResponse, cancellationToken);

    public Task<TrustResponse> TrustAsync(
        string username,
        string? peerId,
        CancellationToken cancellationToken = default
    ) =>
        Api.CallAsync(
            HttpMethod.Post,
            Contact(username, "trust"),
            Body(new TrustRequest(peerId), ApiJson.Default.TrustRequest),
            ApiJson.Default.TrustResponse,
            cancellationToken
        );

    public Task SetNicknameAsync(string username, string? nickname, CancellationToken cancellationToken = default) =>
        Api.CallAsync(
            HttpMethod.Put,
            Contact(username, "nickname"),
            Body(new NicknameRequest(nickname), ApiJson.Default.NicknameRequest),
            cancellationToken
        );

    public Task BlockAsync(string username, CancellationToken cancellationToken = default) =>
        Api.CallAsync(HttpMethod.Put, Contact(username, "block"), null, cancellationToken);

    public Task UnblockAsync(string username, CancellationToken cancellationToken = default) =>
        Api.CallAsync(HttpMethod.Delete, Contact(username, "block"), null, cancellationToken);

    public Task<SafetyResponse> GetSafetyAsync(string username, CancellationToken cancellationToken = default) =>
        Api.GetAsync(Contact(username, "safety"), ApiJson.Default.SafetyResponse, cancellationToken);

    public Task<VerifyResponse> VerifyAsync(
        string username,
        string digits,
        CancellationToken cancellationToken = default
    ) =>
        Api.CallAsync(
            HttpMethod.Post,
            Contact(username, "verify"),
            Body(new VerifyRequest(digits), ApiJson.Default.VerifyRequest),
            ApiJson.Default.VerifyResponse,
            cancellationToken
        );

    public Task<ProfileResponse> GetProfileAsync(CancellationToken cancellationToken = default) =>
        Profiles.GetAsync(cancellationToken);

    public Task SetDisplayNameAsync(string? displayName, CancellationToken cancellationToken = default) =>
        Profiles.SetNameAsync(displayName, cancellationToken);

    public Task SetPictureAsync(ReadOnlyMemory<byte>? picture, CancellationToken cancellationToken = default) =>
        Profiles.SetPictureAsync(picture, cancellationToken);

    public Task<PictureFile?> GetPictureAsync(string? username = null, CancellationToken cancellationToken = default) =>
        Profiles.GetPictureAsync(username, cancellationToken);

    public Task<SettingsResponse> ListSettingsAsync(CancellationToken cancellationToken = default) =>
        Api.GetAsync("/api/settings", ApiJson.Default.SettingsResponse, cancellationToken);

    public Task SetAsync(string name, string? value, CancellationToken cancellationToken = default) =>
        Api.CallAsync(
            HttpMethod.Put,
            $"/api/settings/{Segment(name)}",
            Body(new SettingRequest(value), ApiJson.Default.SettingRequest),
            cancellationToken
        );

    public Task SetPresenceAsync(bool away, CancellationToken cancellationToken = default) =>
        Api.CallAsync(
            HttpMethod.Post,
            "/api/presence",
            Body(new PresenceRequest(away), ApiJson.Default.PresenceRequest),
            cancellationToken
        );

    public Task BackUpAsync(BackupRequest backup, CancellationToken cancellationToken = default) =>
        Api.CallAsync(
            HttpMethod.Post,
            "/api/backup",
            Body(backup, ApiJson.Default.BackupRequest),
            cancellationToken,
            isLong: true
        );

    public Task<SendResponse> SendAsync(
        string username,
        string text,
        string? idempotencyKey = null,
        CancellationToken cancellationToken = default
    ) => Conversation(username).SendAsync(new SendRequest(text), idempotencyKey, cancellationToken);

    public Task<SendResponse> ReplyAsync(
        string username,
        Guid replyTo,
        string text,
        string? idempotencyKey = null,
        bool? yours = null,
        CancellationToken cancellationToken = default
    ) => Conversation(username).SendAsync(new SendRequest(text, replyTo, yours), idempotencyKey, cancellationToken);

    public Task<MessageItem> ReactAsync(
        string username,
        Guid id,
        string? emoji,
        bool? yours = null,
        CancellationToken cancellationToken = default
    ) => Conversation(username).ReactAsync(id, emoji, yours, cancellationToken);

    public Task<MessageItem> EditMessageAsync(
        string username,
        Guid id,
        string text,
        CancellationToken cancellationToken = default
    ) => Conversation(username).EditAsync(id, text, cancellationToken);

    public Task<MessageInfoResponse> GetMessageAsync(
        string username,
        Guid id,
        bool? yours = null,
        CancellationToken cancellationToken = default
    ) => Conversation(username).GetAsync(id, yours, cancellationToken);

    public Task<MessagesResponse> GetMessagesAsync(
        string username,
        int limit = 50,
        Guid? after = null,
        Guid? before = null,
        bool? yours = null,
        CancellationToken cancellationToken = default
    ) => Conversation(username).GetAsync(limit, after, before, yours, cancellationToken);

    public Task<SearchResponse> SearchAsync(
        string words,
        int limit = 50,
        long? before = null,
        CancellationToken cancellationToken = default
    ) =>
        Api.GetAsync(
            $"/api/search?q={Uri.EscapeDataString(words)}&limit={Number(limit)}{Query("before", before)}",
            ApiJson.Default.SearchResponse,
            cancellationToken
        );

    public Task ExportAsync(string username, Stream output, CancellationToken cancellationToken = default) =>
        Conversation(username).ExportAsync(output, cancellationToken);

    public Task DeleteMessageAsync(
        string username,
        Guid id,
        bool? yours = null,
        CancellationToken cancellationToken = default
    ) => Conversation(username).DeleteAsync(id, yours, cancellationToken);

    public Task DeleteMessageForEveryoneAsync(
        string username,
        Guid id,
        CancellationToken cancellationToken = default
    ) => Conversation(username).DeleteForEveryoneAsync(id, cancellationToken);

    public Task<DeletedResponse> DeleteMessagesAsync(string username, CancellationToken cancellationToken = default) =>
        Conversation(username).DeleteAllAsync(cancellationToken);

    public Task MarkReadAsync(string username, Guid? upTo = null, CancellationToken cancellationToken = default) =>
        Conversation(username).MarkReadAsync(upTo, cancellationToken);

    public Task<ConversationsResponse> ListConversationsAsync(CancellationToken cancellationToken = default) =>
        Api.GetAsync("/api/conversations", ApiJson.Default.ConversationsResponse, cancellationToken);

    public Task<ConversationItem> MarkConversationAsync(
        string username,
        MarksRequest marks,
        CancellationToken cancellationToken = default
    ) => Conversation(username).MarkAsync(marks, cancellationToken);

    public Task<TimerResponse> GetTimerAsync(string username, CancellationToken cancellationToken = default) =>
        Conversation(username).GetTimerAsync(cancellationToken);

    public Task<TimerResponse> SetTimerAsync(
        string username,
        long seconds,
        CancellationToken cancellationToken = default
    ) => Conversation(username).SetTimerAsync(seconds, cancellationToken);

    public Task SetTypingAsync(string username, bool active, CancellationToken cancellationToken = default) =>
        Conversation(username).SetTypingAsync(active, cancellationToken);

    public Task<TraceResponse> TraceAsync(
        string username,
        string text,
        CancellationToken cancellationToken = default
    ) =>
        Api.CallAsync(
            HttpMethod.Post,
            "/api/traces",
            Body(new TraceRequest(username, text), ApiJson.Default.TraceRequest),
            ApiJson.Default.TraceResponse,
            cancellationToken
        );

    async Task<IAsyncEnumerable<ApiEvent>> IPeer.ListenAsync(CancellationToken cancellationToken) =>
        await ListenAsync(lastEventId: null, cancellationToken);

    /// <summary>Subscribes to events. Nothing that happens after this returns is missed.</summary>
    /// <param name="lastEventId">The event to resume after; null for events from now on.</param>
    /// <param name="cancellationToken">Also ends the subscription.</param>
    public Task<EventSubscription> ListenAsync(
        string? lastEventId = null,
        CancellationToken cancellationToken = default
    ) => EventSubscription.OpenAsync(Api, lastEventId, cancellationToken);

    public void Dispose() => Api.Dispose();

    private static HttpClient ClientOf(Uri address, string token)
    {
        // Only this address may see the token: no proxy, and no redirect.
        var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
        {
            BaseAddress = address,
            // Each call has a limit of its own.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    private ProfileCalls Profiles => new(Api);

    private Task<ConnectResponse> ConnectAsync(ConnectRequest request, CancellationToken cancellationToken) =>
        Api.CallAsync(
            HttpMethod.Post,
            "/api/connections",
            Body(request, ApiJson.Default.ConnectRequest),
            ApiJson.Default.ConnectResponse,
            cancellationToken
        );

    private ConversationCalls Conversation(string username) => new(Api, username);
}
