using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Upgrade;

/// <summary>A peer whose program is replaced. It uses only the API that every build has.</summary>
internal sealed class UpgradingPeer(string username, Uri directory, string dataRoot) : IAsyncDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private readonly string _data = Path.Combine(dataRoot, username);
    private readonly int _port = LoopbackPort.Next();
    private readonly int _api = LoopbackPort.Next();
    private HttpClient? _http;
    private ProductProcess? _process;

    public string Username { get; } = username;

    public string Output => _process?.Output ?? "";

    public HttpClient Http => _http ?? throw new InvalidOperationException($"{Username} was never started.");

    /// <summary>Starts the program and waits for the registration.</summary>
    public async Task StartAsync(Build build)
    {
        var address = new Uri($"http://127.0.0.1:{_api}");
        _process = await ProductProcess.StartAsync(
            build.Peer,
            address,
            Username,
            $"{_port}",
            "--discovery",
            $"{directory}",
            "--data",
            _data,
            "--api",
            $"{_api}",
            "--advertise",
            $"127.0.0.1:{_port}",
            "--accept",
            "all",
            "--no-console"
        );
        if (_http is null)
        {
            _http = new HttpClient { BaseAddress = address };
            var token = await File.ReadAllTextAsync(Path.Combine(_data, "api-token"));
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Trim());
        }
    }

    /// <summary>SIGTERM.</summary>
    public async Task EndAsync()
    {
        Assert.Equal(0, await _process!.EndAsync());
        await _process.DisposeAsync();
    }

    /// <summary><c>kill -9</c>.</summary>
    public async Task KillAsync() => await _process!.DisposeAsync();

    /// <summary>Connects to the other peer, unless they have reconnected automatically.</summary>
    public Task ConnectAsync(UpgradingPeer other) =>
        Eventually.True(
            async () =>
            {
                if (await RelationAsync(other) == "connected")
                {
                    return true;
                }

                using var answer = await Http.PostAsJsonAsync("/api/connections", new { username = other.Username });
                return await RelationAsync(other) == "connected";
            },
            Soon,
            $"{Username} and {other.Username} are connected"
        );

    public async Task<string> PeerIdAsync() =>
        (await Http.GetFromJsonAsync<JsonElement>("/api/status")).GetProperty("peerId").GetString()!;

    public async Task<string> DirectoryAsync() =>
        (await Http.GetFromJsonAsync<JsonElement>("/api/status"))
            .GetProperty("directory")
            .GetProperty("state")
            .GetString()!;

    /// <summary>
    /// Sends a message. Returns false if the peer is not connected or not running. Another call with the same text
    /// sends no second message.
    /// </summary>
    public async Task<bool> TrySendAsync(UpgradingPeer to, string text)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/conversations/{to.Username}/messages")
            {
                Content = JsonContent.Create(new { text }),
            };
            request.Headers.Add("Idempotency-Key", text);
            using var answer = await Http.SendAsync(request);
            Assert.Contains(answer.StatusCode, (HttpStatusCode[])[HttpStatusCode.Accepted, HttpStatusCode.Conflict]);
            return answer.StatusCode == HttpStatusCode.Accepted;
        }
        catch (Exception exception)
            when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Sends a reply, a reaction, an edit and a deletion for everyone. Not every older build can.</summary>
    /// <param name="answer">The text of the reply, and part of the edited text.</param>
    public async Task<SentChanges> ChangeMessagesAsync(UpgradingPeer with, string answer, string emoji)
    {
        var messages = $"/api/conversations/{with.Username}/messages";
        var theirs = (await MessagesAsync(with, after: null)).First(message =>
            message.GetProperty("from").GetString() == with.Username
        );
        var target = theirs.GetProperty("id").GetGuid();
        _ = await SendAsync(new { text = answer, replyTo = target });
        await DoneAsync(Http.PutAsJsonAsync($"{messages}/{target}/reaction", new { emoji }));
        var edited = await SendAsync(new { text = "before" });
        await DoneAsync(Http.PatchAsJsonAsync($"{messages}/{edited}", new { text = $"{answer}, edited" }));
        var deleted = await SendAsync(new { text = "deleted soon" });
        await DoneAsync(Http.DeleteAsync(new Uri($"{messages}/{deleted}?for=everyone", UriKind.Relative)));
        return new SentChanges(answer, emoji);

        async Task<Guid> SendAsync(object body)
        {
            using var answered = await Http.PostAsJsonAsync(messages, body);
            Assert.Equal(HttpStatusCode.Accepted, answered.StatusCode);
            return (await answered.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
        }

        static async Task DoneAsync(Task<HttpResponseMessage> request)
        {
            using var answered = await request;
            Assert.True(answered.IsSuccessStatusCode, $"{answered.StatusCode}");
        }
    }

    /// <summary>Whether the present build has a call, by its path in the OpenAPI document.</summary>
    public async Task<bool> HasCallAsync(string path) =>
        (await Http.GetFromJsonAsync<JsonElement>("/openapi/v1.json")).GetProperty("paths").TryGetProperty(path, out _);

    public async Task SetTimerAsync(UpgradingPeer with, TimeSpan timer)
    {
        using var answered = await Http.PutAsJsonAsync(
            $"/api/conversations/{with.Username}/timer",
            new { seconds = (long)timer.TotalSeconds }
        );
        Assert.True(answered.IsSuccessStatusCode, $"{answered.StatusCode}");
    }

    /// <returns>Whether this peer knows that the other can receive files.</returns>
    public async Task<bool> TryOfferAsync(UpgradingPeer to, string path)
    {
        using var answered = await Http.PostAsJsonAsync($"/api/conversations/{to.Username}/files", new { path });
        Assert.Contains(answered.StatusCode, (HttpStatusCode[])[HttpStatusCode.Accepted, HttpStatusCode.Conflict]);
        return answered.StatusCode == HttpStatusCode.Accepted;
    }

    /// <summary>Returns the names of the files that others have offered.</summary>
    public async Task<IReadOnlyList<string>> OfferedAsync() =>
        [
            .. (await Http.GetFromJsonAsync<JsonElement>("/api/transfers"))
                .GetProperty("files")
                .EnumerateArray()
                .Where(file => !file.GetProperty("yours").GetBoolean())
                .Select(file => file.GetProperty("name").GetString()!),
        ];

    /// <summary>Returns the messages of both sides after the given one; none while the peer is not running.</summary>
    public async Task<IReadOnlyList<JsonElement>> MessagesAsync(UpgradingPeer with, Guid? after)
    {
        try
        {
            var page = await Http.GetFromJsonAsync<JsonElement>(
                $"/api/conversations/{with.Username}/messages?limit=1000{(after is null ? "" : $"&after={after}")}"
            );
            return [.. page.GetProperty("messages").EnumerateArray()];
        }
        catch (Exception exception)
            when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            return [];
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _http?.Dispose();
    }

    private async Task<string> RelationAsync(UpgradingPeer other)
    {
        var peers = await Http.GetFromJsonAsync<JsonElement>("/api/peers");
        return peers
            .GetProperty("peers")
            .EnumerateArray()
            .Single(peer => peer.GetProperty("username").GetString() == other.Username)
            .GetProperty("relation")
            .GetString()!;
    }
}
