using static P2PChat.Client.ApiRequests;

namespace P2PChat.Client;

/// <summary>The API's calls about one conversation: its messages and its marks.</summary>
internal sealed class ConversationCalls(ApiCaller api, string username)
{
    private readonly string _path = $"/api/conversations/{Segment(username)}";

    public Task<SendResponse> SendAsync(
        SendRequest message,
        string? idempotencyKey,
        CancellationToken cancellationToken
    ) =>
        api.CallAsync(
            HttpMethod.Post,
            $"{_path}/messages",
            Body(message, ApiJson.Default.SendRequest),
            ApiJson.Default.SendResponse,
            cancellationToken,
            Header(IdempotencyKeyHeader, idempotencyKey)
        );

    /// <param name="emoji">Null to remove the reaction.</param>
    public Task<MessageItem> ReactAsync(Guid id, string? emoji, bool? yours, CancellationToken cancellationToken) =>
        api.CallAsync(
            emoji is null ? HttpMethod.Delete : HttpMethod.Put,
            $"{_path}/messages/{id}/reaction{Side(yours, '?')}",
            emoji is null ? null : Body(new ReactionRequest(emoji), ApiJson.Default.ReactionRequest),
            ApiJson.Default.MessageItem,
            cancellationToken
        );

    public Task<MessageItem> EditAsync(Guid id, string text, CancellationToken cancellationToken) =>
        api.CallAsync(
            HttpMethod.Patch,
            $"{_path}/messages/{id}",
            Body(new EditRequest(text), ApiJson.Default.EditRequest),
            ApiJson.Default.MessageItem,
            cancellationToken
        );

    public Task<MessageInfoResponse> GetAsync(Guid id, bool? yours, CancellationToken cancellationToken) =>
        api.GetAsync(
            $"{_path}/messages/{id}{Side(yours, '?')}",
            ApiJson.Default.MessageInfoResponse,
            cancellationToken
        );

    public Task<MessagesResponse> GetAsync(
        int limit,
        Guid? after,
        Guid? before,
        bool? yours,
        CancellationToken cancellationToken
    ) =>
        api.GetAsync(
            $"{_path}/messages?limit={Number(limit)}{Query("after", after)}{Query("before", before)}{Side(yours, '&')}",
            ApiJson.Default.MessagesResponse,
            cancellationToken
        );

    public async Task ExportAsync(Stream output, CancellationToken cancellationToken)
    {
        using var response = await api.SendAsync(HttpMethod.Get, $"{_path}/export", null, cancellationToken);
        await response.Content.CopyToAsync(output, cancellationToken);
    }

    public Task DeleteAsync(Guid id, bool? yours, CancellationToken cancellationToken) =>
        api.CallAsync(HttpMethod.Delete, $"{_path}/messages/{id}{Side(yours, '?')}", null, cancellationToken);

    public Task DeleteForEveryoneAsync(Guid id, CancellationToken cancellationToken) =>
        api.CallAsync(HttpMethod.Delete, $"{_path}/messages/{id}?for=everyone", null, cancellationToken);

    public Task<DeletedResponse> DeleteAllAsync(CancellationToken cancellationToken) =>
        api.CallAsync(HttpMethod.Delete, $"{_path}/messages", null, ApiJson.Default.DeletedResponse, cancellationToken);

    public Task MarkReadAsync(Guid? upTo, CancellationToken cancellationToken) =>
        api.CallAsync(
            HttpMethod.Post,
            $"{_path}/read",
            Body(new ReadRequest(upTo), ApiJson.Default.ReadRequest),
            cancellationToken
        );

    public Task<ConversationItem> MarkAsync(MarksRequest marks, CancellationToken cancellationToken) =>
        api.CallAsync(
            HttpMethod.Put,
            $"{_path}/marks",
            Body(marks, ApiJson.Default.MarksRequest),
            ApiJson.Default.ConversationItem,
            cancellationToken
        );

    public Task<TimerResponse> GetTimerAsync(CancellationToken cancellationToken) =>
        api.GetAsync($"{_path}/timer", ApiJson.Default.TimerResponse, cancellationToken);

    public Task<TimerResponse> SetTimerAsync(long seconds, CancellationToken cancellationToken) =>
        api.CallAsync(
            HttpMethod.Put,
            $"{_path}/timer",
            Body(new TimerRequest(seconds), ApiJson.Default.TimerRequest),
            ApiJson.Default.TimerResponse,
            cancellationToken
        );

    public Task SetTypingAsync(bool active, CancellationToken cancellationToken) =>
        api.CallAsync(
            HttpMethod.Post,
            $"{_path}/typing",
            Body(new TypingRequest(active), ApiJson.Default.TypingRequest),
            cancellationToken
        );
}
