using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace P2PChat.Client;

/// <summary>Sends calls, and turns problem details into exceptions.</summary>
internal sealed class ApiCaller(HttpClient http) : IDisposable
{
    // Enough for a peer that waits for the directory.
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(45);

    public Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) =>
        CallAsync(HttpMethod.Get, path, body: null, type, cancellationToken);

    public async Task CallAsync(
        HttpMethod method,
        string path,
        HttpContent? body,
        CancellationToken cancellationToken,
        bool isLong = false
    ) => (await SendAsync(method, path, body, cancellationToken, isLong: isLong)).Dispose();

    public async Task<T> CallAsync<T>(
        HttpMethod method,
        string path,
        HttpContent? body,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken,
        (string Name, string Value)? header = null,
        bool isLong = false
    )
    {
        using var response = await SendAsync(method, path, body, cancellationToken, header, isLong);
        return await LimitAsync(limited => response.Content.ReadFromJsonAsync(type, limited), isLong, cancellationToken)
            ?? throw new JsonException("The peer's API returned an empty answer.");
    }

    /// <param name="body">Disposed by this call.</param>
    /// <param name="isLong">Whether the peer may take as long as it needs, such as for a backup.</param>
    /// <returns>A successful response whose content has not been read yet.</returns>
    /// <exception cref="HttpRequestException">The peer does not answer, or not in time.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        HttpContent? body,
        CancellationToken cancellationToken,
        (string Name, string Value)? header = null,
        bool isLong = false
    )
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        if (header is var (name, value))
        {
            request.Headers.Add(name, value);
        }

        var response = await LimitAsync(
            limited => http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limited),
            isLong,
            cancellationToken
        );
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw await LimitAsync(limited => RefusalAsync(response, limited), isLong: false, cancellationToken);
        }
    }

    public void Dispose() => http.Dispose();

    // A suspended peer keeps its connections open, and never answers.
    private static async Task<T> LimitAsync<T>(
        Func<CancellationToken, Task<T>> call,
        bool isLong,
        CancellationToken cancellationToken
    )
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (!isLong)
        {
            limited.CancelAfter(AnswerTime);
        }

        try
        {
            return await call(limited.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException(
                "The peer does not answer. It may be suspended or very busy.",
                new TimeoutException(exception.Message, exception)
            );
        }
    }

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
