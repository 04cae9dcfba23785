using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace P2PChat.AppHost.Commands;

/// <summary>Why a command was not carried out, in a sentence for whoever gave it.</summary>
public sealed class CommandRefusedException(string message) : Exception(message);

/// <summary>A peer's local HTTP API, found by the two files that the peer keeps in its data directory.</summary>
internal sealed class PeerApi : IDisposable
{
    private readonly HttpClient _http;

    private PeerApi(string username, HttpClient http)
    {
        Username = username;
        _http = http;
    }

    public string Username { get; }

    /// <exception cref="CommandRefusedException">The peer is not running.</exception>
    public static async Task<PeerApi> OpenAsync(PeerSettings peer, CancellationToken cancellation)
    {
        try
        {
            var address = await File.ReadAllTextAsync(Path.Combine(peer.DataDirectory, "api-address"), cancellation);
            var token = await File.ReadAllTextAsync(Path.Combine(peer.DataDirectory, "api-token"), cancellation);
            // The token is for that very address: it goes neither through a proxy nor after a redirect.
            var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false })
            {
                BaseAddress = new Uri(address.Trim()),
            };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Trim());
            return new PeerApi(peer.Username, http);
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            throw NotRunning(peer.Username);
        }
    }

    public Task<JsonElement> GetAsync(string path, CancellationToken cancellation) =>
        CallAsync(HttpMethod.Get, path, null, cancellation);

    public Task<JsonElement> PostAsync(string path, object? body, CancellationToken cancellation) =>
        CallAsync(HttpMethod.Post, path, body, cancellation);

    /// <summary>Listens from now on: when this returns, nothing that happens later is missed.</summary>
    public async Task<IAsyncEnumerable<(string Type, JsonElement Data)>> ListenAsync(CancellationToken cancellation) =>
        ReadEventsAsync(await SendAsync(HttpMethod.Get, "/api/events", null, cancellation), cancellation);

    public void Dispose() => _http.Dispose();

    private static async IAsyncEnumerable<(string Type, JsonElement Data)> ReadEventsAsync(
        HttpResponseMessage response,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        using var answer = response;
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellation);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellation))
        {
            yield return (item.EventType, JsonSerializer.Deserialize<JsonElement>(item.Data));
        }
    }

    private async Task<JsonElement> CallAsync(
        HttpMethod method,
        string path,
        object? body,
        CancellationToken cancellation
    )
    {
        using var response = await SendAsync(method, path, body, cancellation);
        return response.StatusCode == HttpStatusCode.NoContent
            ? default
            : await response.Content.ReadFromJsonAsync<JsonElement>(cancellation);
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        object? body,
        CancellationToken cancellation
    )
    {
        using var request = new HttpRequestMessage(method, path)
        {
            Content = body is null ? null : JsonContent.Create(body),
        };
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch (HttpRequestException)
        {
            // A peer that was killed has left its files behind.
            throw NotRunning(Username);
        }

        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw new CommandRefusedException(await SentenceAsync(response, cancellation));
        }
    }

    /// <summary>The peer's own: the same that its console prints.</summary>
    private async Task<string> SentenceAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.Content.Headers.ContentType?.MediaType == "application/problem+json")
        {
            var problem = await response.Content.ReadFromJsonAsync<JsonElement>(cancellation);
            if (problem.TryGetProperty("detail", out var detail))
            {
                return $"{detail}";
            }
        }

        return $"{Username}'s API answered {(int)response.StatusCode}: see its log.";
    }

    private static CommandRefusedException NotRunning(string username) =>
        new($"{username} is not running. Use 'Start'.");
}
