using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using P2PChat.Peer.Api;
using P2PChat.Peer.Chat;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Peer.Console;

namespace P2PChat.Tests.Peer.Chat;

/// <summary>Real processes, the real store, and <c>kill -9</c> while messages flow.</summary>
public sealed class KilledPeerTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Whichever_peer_is_killed_in_the_middle_nothing_is_lost_and_nothing_comes_twice()
    {
        const int Kills = 4;
        const int MessagesAKill = 60;
        using var senders = new TempDirectory();
        using var receivers = new TempDirectory();
        await using var sender = new Killable(directory, "sender", senders.Path);
        await using var receiver = new Killable(directory, "receiver", receivers.Path);
        await receiver.StartAsync();
        await sender.StartAsync();
        await Eventually.True(() => sender.ConnectAsync("receiver"), Patience, "the two are connected");

        var sent = new List<string>();
        for (var kill = 0; kill < Kills; kill++)
        {
            var victim = kill % 2 == 0 ? sender : receiver;
            var killing = Task.CompletedTask;
            for (var i = 0; i < MessagesAKill; i++)
            {
                if (i == MessagesAKill / 2)
                    killing = victim.KillAndRestartAsync();
                var text = $"{kill} {i}";
                sent.Add(text);

                // Asked again with the same key until it is answered: whether the call before was carried out is not known.
                await Eventually.True(() => sender.SendAsync("receiver", text), Patience, $"'{text}' is sent");
            }

            await killing;
        }

        await Eventually.True(
            async () => (await receiver.TextsAsync("sender")).Count >= sent.Count, Patience, "all has arrived");
        Assert.Equal(sent, await receiver.TextsAsync("sender"));
        await Eventually.True(
            async () => (await sender.MessagesAsync("receiver")).All(message => message.State == MessageState.Delivered),
            Patience, "the sender knows");
    }

    /// <summary>A peer as a process that may be killed and started again on the same data.</summary>
    private sealed class Killable(RestartableDirectory directory, string name, string data) : IAsyncDisposable
    {
        private PeerProgram? _program;
        private HttpClient? _http;

        public async Task StartAsync()
        {
            File.Delete(Path.Combine(data, ApiFiles.AddressFileName));
            _program = PeerProgram.Start(
                [name, "--discovery", directory.Address, "--data", data, "--no-console", "--accept", "all"],
                new Dictionary<string, string> { ["Peer__ReconnectAfter"] = "00:00:00.200" });
            await Eventually.True(() => File.Exists(Path.Combine(data, ApiFiles.AddressFileName)), Patience, $"the API of {name} listens: {_program.Errors}");
            var http = new HttpClient { BaseAddress = new Uri(File.ReadAllText(Path.Combine(data, ApiFiles.AddressFileName)).Trim()) };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", File.ReadAllText(Path.Combine(data, ApiToken.FileName)));
            _http = http;
        }

        public async Task KillAndRestartAsync()
        {
            _program!.Signal("KILL");
            _ = await _program.ExitCodeAsync();
            await StartAsync();
        }

        public async Task<bool> ConnectAsync(string other)
        {
            using var response = await _http!.PostAsJsonAsync("/api/connections", new ConnectRequest(other), ApiJson.Default.ConnectRequest);
            return response.StatusCode == HttpStatusCode.Conflict
                && (await response.Content.ReadAsStringAsync()).Contains("already-connected", StringComparison.Ordinal);
        }

        public async Task<bool> SendAsync(string other, string text)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/conversations/{other}/messages")
            {
                Content = JsonContent.Create(new SendRequest(text), ApiJson.Default.SendRequest),
            };
            request.Headers.Add("Idempotency-Key", text);
            using var response = await _http!.SendAsync(request);
            return response.IsSuccessStatusCode;
        }

        public async Task<IReadOnlyList<MessageItem>> MessagesAsync(string other) =>
            (await _http!.GetFromJsonAsync($"/api/conversations/{other}/messages?limit=1000", ApiJson.Default.MessagesResponse))!.Messages;

        public async Task<IReadOnlyList<string>> TextsAsync(string other) => [.. (await MessagesAsync(other)).Select(message => message.Text)];

        public async ValueTask DisposeAsync()
        {
            _http?.Dispose();
            if (_program is not null)
                await _program.DisposeAsync();
        }
    }
}
