using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Mvc;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Storage;
using P2PChat.Peer.Cli;
using P2PChat.Peer.Web.SignIn;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Api;

/// <summary>Console commands for a peer that runs in another process, through its local API.</summary>
public sealed class ApiControl : IPeerControl, IDisposable
{
    private readonly HttpClient _http;

    /// <param name="address">As <see cref="ApiFiles.AddressFileName"/> holds it.</param>
    public ApiControl(Uri address, ApiToken token)
    {
        ArgumentNullException.ThrowIfNull(token);
        // The token is for that very address: it goes neither through a proxy nor after a redirect.
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
        {
            BaseAddress = address,
        };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Text);
    }

    public async Task<PeerStatus> GetStatusAsync(CancellationToken cancellationToken)
    {
        var status = await GetAsync("/api/status", ApiJson.Default.StatusResponse, cancellationToken);
        return new PeerStatus(
            Username.Parse(status.Username),
            PeerId.Parse(status.PeerId),
            status.Endpoint,
            status.Directory.State,
            status.Directory.Detail,
            status.Links,
            status.ProcessId
        )
        {
            Version = status.Version,
        };
    }

    public async Task<IReadOnlyList<PeerView>> ListPeersAsync(CancellationToken cancellationToken)
    {
        var list = await GetAsync("/api/peers", ApiJson.Default.PeersResponse, cancellationToken);
        return
        [
            .. list.Peers.Select(peer => new PeerView(
                Username.Parse(peer.Username),
                PeerId.Parse(peer.PeerId),
                peer.Online,
                peer.LastSeen,
                peer.Relation
            )
            {
                Verified = peer.Verified,
            }),
        ];
    }

    public async Task<IReadOnlyList<PeerRequest>> ListRequestsAsync(CancellationToken cancellationToken)
    {
        var list = await GetAsync("/api/requests", ApiJson.Default.RequestsResponse, cancellationToken);
        return
        [
            .. list.Requests.Select(request => new PeerRequest(
                Username.Parse(request.Username),
                PeerId.Parse(request.PeerId)
            )),
        ];
    }

    public async Task<SignInLink> CreateSignInLinkAsync(CancellationToken cancellationToken)
    {
        using var response = await AskAsync(HttpMethod.Post, "/api/web-links", null, cancellationToken);
        var link = await ReadAsync(response, ApiJson.Default.WebLinkResponse, cancellationToken);
        return new SignInLink(new Uri(link.Url), link.ExpiresAt);
    }

    public Task ConnectAsync(Username name, CancellationToken cancellationToken) =>
        CallAsync(
            HttpMethod.Post,
            "/api/connections",
            Body(new ConnectRequest(name.Value), ApiJson.Default.ConnectRequest),
            cancellationToken
        );

    public Task AcceptAsync(Username name, CancellationToken cancellationToken) =>
        CallAsync(HttpMethod.Post, $"/api/requests/{name}/accept", null, cancellationToken);

    public Task RejectAsync(Username name, CancellationToken cancellationToken) =>
        CallAsync(HttpMethod.Post, $"/api/requests/{name}/reject", null, cancellationToken);

    public Task DisconnectAsync(Username name, CancellationToken cancellationToken) =>
        CallAsync(HttpMethod.Delete, $"/api/connections/{name}", null, cancellationToken);

    public async Task<AcceptedKey> TrustAsync(Username name, string? key, CancellationToken cancellationToken)
    {
        using var body = Body(new TrustRequest(key), ApiJson.Default.TrustRequest);
        using var response = await AskAsync(HttpMethod.Post, $"/api/contacts/{name}/trust", body, cancellationToken);
        var accepted = await ReadAsync(response, ApiJson.Default.TrustResponse, cancellationToken);
        return new AcceptedKey(PeerId.Parse(accepted.PeerId), accepted.Digits);
    }

    public async Task<IReadOnlyList<Contact>> ListContactsAsync(CancellationToken cancellationToken)
    {
        var list = await GetAsync("/api/contacts", ApiJson.Default.ContactsResponse, cancellationToken);
        return
        [
            .. list.Contacts.Select(contact => new Contact(
                Username.Parse(contact.Username),
                contact.PeerId is { } id ? PeerId.Parse(id) : null,
                contact.Nickname,
                contact.Verified,
                contact.Blocked
            )
            {
                OtherKeys = [.. contact.OtherKeys.Select(PeerId.Parse)],
            }),
        ];
    }

    public Task SetNicknameAsync(Username name, string? nickname, CancellationToken cancellationToken) =>
        CallAsync(
            HttpMethod.Put,
            $"/api/contacts/{name}/nickname",
            Body(new NicknameRequest(nickname), ApiJson.Default.NicknameRequest),
            cancellationToken
        );

    public Task BlockAsync(Username name, CancellationToken cancellationToken) =>
        CallAsync(HttpMethod.Put, $"/api/contacts/{name}/block", null, cancellationToken);

    public Task UnblockAsync(Username name, CancellationToken cancellationToken) =>
        CallAsync(HttpMethod.Delete, $"/api/contacts/{name}/block", null, cancellationToken);

    public async Task<Safety> GetSafetyAsync(Username name, CancellationToken cancellationToken)
    {
        var safety = await GetAsync($"/api/contacts/{name}/safety", ApiJson.Default.SafetyResponse, cancellationToken);
        return new Safety(safety.Digits, safety.Qr, safety.Verified);
    }

    public async Task<bool> VerifyAsync(Username name, string digits, CancellationToken cancellationToken)
    {
        using var body = Body(new VerifyRequest(digits), ApiJson.Default.VerifyRequest);
        using var response = await AskAsync(HttpMethod.Post, $"/api/contacts/{name}/verify", body, cancellationToken);
        return (await ReadAsync(response, ApiJson.Default.VerifyResponse, cancellationToken)).Matches;
    }

    public async Task<IReadOnlyList<Setting>> ListSettingsAsync(CancellationToken cancellationToken)
    {
        var list = await GetAsync("/api/settings", ApiJson.Default.SettingsResponse, cancellationToken);
        return
        [
            .. list.Settings.Select(setting => new Setting(
                setting.Name,
                setting.Value,
                setting.Chosen,
                setting.Values,
                setting.Does
            )),
        ];
    }

    public Task SetAsync(string name, string? value, CancellationToken cancellationToken) =>
        CallAsync(
            HttpMethod.Put,
            $"/api/settings/{Uri.EscapeDataString(name)}",
            Body(new SettingRequest(value), ApiJson.Default.SettingRequest),
            cancellationToken
        );

    public Task BackUpAsync(string path, string passphrase, bool force, CancellationToken cancellationToken) =>
        CallAsync(
            HttpMethod.Post,
            "/api/backup",
            Body(new BackupRequest(path, passphrase, force), ApiJson.Default.BackupRequest),
            cancellationToken
        );

    public async Task<SentMessage> SendAsync(Username name, string text, CancellationToken cancellationToken)
    {
        using var body = Body(new SendRequest(text), ApiJson.Default.SendRequest);
        using var response = await AskAsync(
            HttpMethod.Post,
            $"/api/conversations/{name}/messages",
            body,
            cancellationToken
        );
        var sent = await ReadAsync(response, ApiJson.Default.SendResponse, cancellationToken);
        return new SentMessage(sent.Id, sent.Route);
    }

    public async Task<MessagePage> GetHistoryAsync(Username name, int limit, CancellationToken cancellationToken)
    {
        var page = await GetAsync(
            $"/api/conversations/{name}/messages?limit={limit}",
            ApiJson.Default.MessagesResponse,
            cancellationToken
        );
        return new MessagePage(
            [.. page.Messages.Select((message, index) => ReadMessage(message, name, index + 1))],
            page.Next
        );
    }

    public async Task<SearchPage> SearchAsync(string words, int limit, CancellationToken cancellationToken)
    {
        var found = await GetAsync(
            $"/api/search?q={Uri.EscapeDataString(words)}&limit={limit}",
            ApiJson.Default.SearchResponse,
            cancellationToken
        );
        return new SearchPage(
            [.. found.Messages.Select(item => ReadMessage(item.Message, Username.Parse(item.With), 0))],
            found.Next,
            found.Indexing
        );
    }

    public async Task ExportAsync(Username name, Stream output, CancellationToken cancellationToken)
    {
        using var response = await AskAsync(
            HttpMethod.Get,
            $"/api/conversations/{name}/export",
            null,
            cancellationToken
        );
        await response.Content.CopyToAsync(output, cancellationToken);
    }

    public async Task<int> DeleteAsync(Username name, Guid? id, CancellationToken cancellationToken)
    {
        var all = $"/api/conversations/{name}/messages";
        using var response = await AskAsync(
            HttpMethod.Delete,
            id is { } one ? $"{all}/{one}" : all,
            null,
            cancellationToken
        );
        return id is null ? (await ReadAsync(response, ApiJson.Default.DeletedResponse, cancellationToken)).Deleted : 1;
    }

    /// <summary>Listens from now on: when this returns, nothing that happens later is missed.</summary>
    public async Task<IAsyncEnumerable<PeerEvent>> ListenAsync(CancellationToken cancellationToken)
    {
        var response = await AskAsync(HttpMethod.Get, LocalApi.EventsPath, null, cancellationToken);
        return ReadEventsAsync(response, cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private static async IAsyncEnumerable<PeerEvent> ReadEventsAsync(
        HttpResponseMessage response,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var answer = response;
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellationToken))
        {
            // What else happens is not what a command waits for.
            var @event = item.EventType switch
            {
                ApiEventTypes.Connected => new PeerEvent.Connected(
                    Username.Parse(Read(item, ApiJson.Default.NameData).Username)
                ),
                ApiEventTypes.Disconnected when Read(item, ApiJson.Default.DisconnectedData) is var data =>
                    new PeerEvent.Disconnected(Username.Parse(data.Username), data.Reason),
                ApiEventTypes.Receipt when Read(item, ApiJson.Default.ReceiptData) is var data => new PeerEvent.Receipt(
                    Username.Parse(data.Username),
                    data.Id,
                    data.State
                ),
                _ => (PeerEvent?)null,
            };
            if (@event is not null)
            {
                yield return @event;
            }
        }
    }

    private static T Read<T>(SseItem<string> item, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(item.Data, type) ?? throw new JsonException("An event has no data.");

    private static Message ReadMessage(MessageItem item, Username with, long position) =>
        new(item.Id, position, Username.Parse(item.From), with, item.Text, item.SentAt, item.State);

    private async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        using var response = await AskAsync(HttpMethod.Get, path, null, cancellationToken);
        return await ReadAsync(response, type, cancellationToken);
    }

    private async Task CallAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken)
    {
        using (body)
        {
            (await AskAsync(method, path, body, cancellationToken)).Dispose();
        }
    }

    private async Task<HttpResponseMessage> AskAsync(
        HttpMethod method,
        string path,
        HttpContent? body,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw await RefusalAsync(response, cancellationToken);
        }
    }

    // The peer's own sentence: so the same is printed as at its console.
    private static async Task<ApiRefusalException> RefusalAsync(
        HttpResponseMessage response,
        CancellationToken cancellationToken
    )
    {
        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json")
        {
            return new ApiRefusalException(
                $"The peer's API answered {(int)response.StatusCode}: is something else listening at its address?"
            );
        }

        var problem = await response.Content.ReadFromJsonAsync<ProblemDetails>(cancellationToken);
        return new ApiRefusalException(
            response.StatusCode == HttpStatusCode.Unauthorized
                ? "The peer does not take the token in its data directory: start the peer anew."
                : problem?.Detail ?? $"The peer's API answered {(int)response.StatusCode}."
        );
    }

    private static async Task<T> ReadAsync<T>(
        HttpResponseMessage response,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken
    ) =>
        await response.Content.ReadFromJsonAsync(type, cancellationToken)
        ?? throw new JsonException("The peer's API answered nothing.");

    private static JsonContent Body<T>(T value, JsonTypeInfo<T> type) => JsonContent.Create(value, type);
}

/// <summary>The other process refuses. Its message is that peer's own sentence.</summary>
public sealed class ApiRefusalException(string message) : Exception(message);
