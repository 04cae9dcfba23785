using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using P2PChat.Node.Model;
using Polly;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Sends calls to the directory and reads the answers. Every failure is a <see cref="DirectoryException"/>.
/// </summary>
/// <param name="clientName">Name of the HTTP client.</param>
internal sealed class DirectoryHttp(
    IHttpClientFactory clients,
    PeerOptions options,
    string clientName = DirectoryHttpClient.HttpClientName
)
{
    // Far more than any problem that a directory reports.
    private const int MaxFailureBytes = 64 * 1024;

    public async Task<T> CallAsync<T>(
        HttpRequestMessage request,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken
    ) => (await CallForStatusAsync(request, type, cancellationToken)).Answer;

    /// <summary>Makes a call, and also returns the status of the successful answer.</summary>
    public async Task<(T Answer, HttpStatusCode Status)> CallForStatusAsync<T>(
        HttpRequestMessage request,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken
    )
    {
        using (request)
        using (var response = await SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken))
        {
            if (!response.IsSuccessStatusCode)
            {
                throw await ReadFailureAsync(request, response, cancellationToken);
            }

            try
            {
                // Read bytes, because JSON is UTF-8 whatever character set the answer claims.
                var answer = JsonSerializer.Deserialize(
                    await response.Content.ReadAsByteArrayAsync(cancellationToken),
                    type
                );
                return answer is not null && DirectoryAnswers.IsComplete(answer)
                    ? (answer, response.StatusCode)
                    : throw NotADirectory();
            }
            catch (JsonException exception)
            {
                throw NotADirectory(exception);
            }
        }
    }

    /// <summary>Makes a call whose answer has no content.</summary>
    public async Task CallAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using (request)
        using (var response = await SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken))
        {
            if (!response.IsSuccessStatusCode)
            {
                throw await ReadFailureAsync(request, response, cancellationToken);
            }
        }
    }

    /// <summary>Makes a call whose answer is a stream. The caller disposes it.</summary>
    public async Task<HttpResponseMessage> OpenAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw await ReadFailureAsync(request, response, cancellationToken);
        }
    }

    /// <summary>Makes a call that turns its connection into something else (RFC 9110, section 7.8).</summary>
    /// <returns>The connection. The caller disposes it.</returns>
    public async Task<Stream> UpgradeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode == HttpStatusCode.SwitchingProtocols)
        {
            // Disposing the stream closes the connection; the response holds nothing else.
            return await response.Content.ReadAsStreamAsync(cancellationToken);
        }

        using (response)
        {
            throw response.IsSuccessStatusCode
                ? NotADirectory()
                : await ReadFailureAsync(request, response, cancellationToken);
        }
    }

    public static DirectoryException NotADirectory(Exception? cause = null) =>
        new(
            DirectoryFailure.Refused,
            "The server at the directory's address is not a P2PChat directory. Check the address.",
            cause
        );

    private async Task<DirectoryException> ReadFailureAsync(
        HttpRequestMessage request,
        HttpResponseMessage response,
        CancellationToken cancellationToken
    )
    {
        DirectoryException failure;
        try
        {
            await response.Content.LoadIntoBufferAsync(MaxFailureBytes, cancellationToken);
            failure = await DirectoryProblem.ReadAsync(response, cancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            // The answer has broken off, or is no directory's.
            return Unreachable(exception);
        }

        // A member's lease stands for the join token, so this refusal says that the lease has ended. If the membership
        // has ended too, so does the next registration.
        return
            failure.Failure == DirectoryFailure.NotAdmitted
            && request.Headers.Authorization is not null
            && string.IsNullOrEmpty(options.JoinToken)
            ? DirectoryProblem.LeaseGone(failure)
            : failure;
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        HttpCompletionOption completion,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await clients.CreateClient(clientName).SendAsync(request, completion, cancellationToken);
        }
        catch (Exception exception)
            when (exception
                    is HttpRequestException
                        or ExecutionRejectedException
                        or TaskCanceledException { InnerException: TimeoutException }
            )
        {
            throw Unreachable(exception);
        }
    }

    private DirectoryException Unreachable(Exception cause) =>
        new(
            DirectoryFailure.Unreachable,
            cause is HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError }
                ? $"The proxy refused the connection to the directory at {options.Discovery}. "
                    + "Check HTTPS_PROXY, or add the directory to NO_PROXY."
                : $"The directory at {options.Discovery} cannot be reached. "
                    + "Check that it is running and that its address is correct.",
            cause
        );
}
