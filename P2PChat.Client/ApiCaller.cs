using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace P2PChat.Client;

/// <summary>Sends calls, and turns problem details into exceptions.</summary>
internal sealed class ApiCaller(HttpClient http) : IDisposable
{
    public Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        CallAsync(HttpMethod.Get, path, body: null, type, cancellationToken);

    public async Task CallAsync(
        HttpMethod method,
        string path,
        HttpContent? body,
        CancellationToken cancellationToken
    ) => (await SendAsync(method, path, body, cancellationToken)).Dispose();

    public async Task<T> CallAsync<T>(
        HttpMethod method,
        string path,
        HttpContent? body,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken,
        (string Name, string Value)? header = null
    )
    {
        using var response = await SendAsync(method, path, body, cancellationToken, header);
        return await response.Content.ReadFromJsonAsync(type, cancellationToken)
            ?? throw new JsonException("The peer's API returned an empty answer.");
    }

    /// <param name="body">Disposed by this call.</param>
    /// <returns>A successful response whose content has not been read yet.</returns>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        HttpContent? body,
        CancellationToken cancellationToken,
        (string Name, string Value)? header = null
    )
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        if (header is var (name, value))
        {
            request.Headers.Add(name, value);
        }

        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw await RefusalAsync(response, cancellationToken);
        }
    }

    public void Dispose() => http.Dispose();

    private static async Task<PeerApiException> RefusalAsync(
        HttpResponseMessage response,
        CancellationToken cancellationToken
    )
    {
        var problem =
            response.Content.Headers.ContentType?.MediaType == "application/problem+json"
                ? await response.Content.ReadFromJsonAsync(ApiJson.Default.ApiProblem, cancellationToken)
                : null;
        var sentence =
            problem is null
                ? $"The peer's API answered {(int)response.StatusCode}. Perhaps another program listens there."
            : response.StatusCode == HttpStatusCode.Unauthorized
                ? "The peer does not accept the token in its data directory. Restart the peer."
            : problem.Detail ?? $"The peer's API answered {(int)response.StatusCode}.";
        return new PeerApiException(sentence) { Type = problem?.Type, Status = response.StatusCode };
    }
}
