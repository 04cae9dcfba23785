using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Node.Services.Doctor;

/// <summary>Measures how this machine reaches the directory and its relay, and how far the clocks differ.</summary>
internal sealed class DirectoryCheck(
    IHttpClientFactory clients,
    PeerOptions options,
    DirectoryTime directoryTime,
    DirectoryRegistration registration,
    TimeProvider timeProvider
)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(4);

    // The Date header is cut off to seconds, so on average it is half a second old.
    private static readonly TimeSpan DateAge = TimeSpan.FromMilliseconds(500);

    private readonly DirectoryHttp _http = new(clients, options);

    /// <summary>Asks the directory what it is, twice: the second call shows the round trip.</summary>
    /// <returns>Failures of the network are results.</returns>
    public async Task<DirectoryFacts> ReachDirectoryAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Timeout, timeProvider);
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var info = await AskAsync(bounded.Token);
            var started = timeProvider.GetTimestamp();
            _ = await AskAsync(bounded.Token);
            var roundTrip = timeProvider.GetElapsedTime(started);
            var (state, detail) = registration.Status;
            return new DirectoryFacts(
                state == Model.DirectoryState.Refused ? DirectoryReachState.Refused : DirectoryReachState.Reached,
                roundTrip,
                ClockError(),
                state == Model.DirectoryState.Refused ? detail : null,
                IsOlder: info.Reach is null,
                HasRelay: info.Reach?.Relay ?? false
            );
        }
        catch (DirectoryException exception)
        {
            return new DirectoryFacts(
                exception.Failure == DirectoryFailure.Unreachable
                    ? DirectoryReachState.Unreachable
                    : DirectoryReachState.Refused,
                Detail: exception.Message
            );
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new DirectoryFacts(
                DirectoryReachState.Unreachable,
                Detail: $"The directory at {options.Discovery} did not answer within {Timeout.TotalSeconds} seconds. "
                    + "Check that it is running and that its address is correct."
            );
        }
    }

    /// <summary>Asks the relay for an upgrade that it must refuse, because the token is made up.</summary>
    /// <param name="directory">The result of <see cref="ReachDirectoryAsync"/>.</param>
    public async Task<DoctorRelay> ReachRelayAsync(DirectoryFacts directory, CancellationToken cancellationToken)
    {
        if (!options.Relay)
        {
            return new DoctorRelay(RelayReachState.Disabled);
        }

        if (directory.HasRelay is not { } hasRelay)
        {
            return new DoctorRelay(RelayReachState.DirectoryUnreachable);
        }

        if (!hasRelay)
        {
            return new DoctorRelay(RelayReachState.NotOffered);
        }

        using var limit = new CancellationTokenSource(Timeout, timeProvider);
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var client = clients.CreateClient(DirectoryHttpClient.HttpClientName);
            using var request = Upgrade();
            var started = timeProvider.GetTimestamp();
            using var response = await client.SendAsync(request, bounded.Token);
            var roundTrip = timeProvider.GetElapsedTime(started);
            return
                response.StatusCode == HttpStatusCode.Unauthorized && await IsTokenRefusedAsync(response, bounded.Token)
                ? new DoctorRelay(RelayReachState.Reached, roundTrip)
                : new DoctorRelay(RelayReachState.Blocked);
        }
        catch (Exception exception)
            when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return new DoctorRelay(RelayReachState.Blocked);
        }
    }

    private Task<Protocol.DirectoryApi.DirectoryInfo> AskAsync(CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "directory");
        // Without retries, and past the circuit breaker: the answer is about now.
        request.Options.Set(ResilienceKeys.NowOrNever, true);
        return _http.CallAsync(request, DirectoryJson.Default.DirectoryInfo, cancellationToken);
    }

    private TimeSpan? ClockError() => directoryTime.Now is { } now ? timeProvider.GetUtcNow() - now - DateAge : null;

    // A proxy that does not pass WebSockets on removes these headers, and the relay then answers differently.
    private static HttpRequestMessage Upgrade()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "relay/sessions/doctor")
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Options.Set(ResilienceKeys.NowOrNever, true);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "doctor");
        request.Headers.Connection.Add("Upgrade");
        request.Headers.Upgrade.Add(new ProductHeaderValue("websocket"));
        request.Headers.Add("Sec-WebSocket-Version", "13");
        request.Headers.Add("Sec-WebSocket-Key", Convert.ToBase64String(RandomNumberGenerator.GetBytes(16)));
        request.Headers.Add("Sec-WebSocket-Protocol", RelayProtocol.Subprotocol);
        return request;
    }

    private static async Task<bool> IsTokenRefusedAsync(
        HttpResponseMessage response,
        CancellationToken cancellationToken
    )
    {
        try
        {
            using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("type", out var type)
                && type.ValueKind == JsonValueKind.String
                && type.GetString() == ProblemTypes.SessionTokenUnknown;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
