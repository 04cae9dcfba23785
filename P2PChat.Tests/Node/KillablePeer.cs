using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using P2PChat.Peer.Api;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Peer.Cli;

namespace P2PChat.Tests.Node;

/// <summary>A peer as a process that may be killed and started again on the same data.</summary>
internal sealed class KillablePeer(RestartableDirectory directory, string name, string data) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private PeerProgram? _program;
    private HttpClient? _http;

    public async Task StartAsync()
    {
        if (Directory.Exists(data))
        {
            File.Delete(Path.Combine(data, ApiFiles.AddressFileName));
        }

        _program = PeerProgram.Start(
            [name, "--discovery", directory.Address, "--data", data, "--no-console", "--accept", "all"],
            new Dictionary<string, string>
            {
                ["Peer__ReconnectAfter"] = "00:00:00.200",
                ["Peer__DepositAfter"] = "00:00:00.200",
            }
        );
        await Eventually.True(
            () => File.Exists(Path.Combine(data, ApiFiles.AddressFileName)),
            Patience,
            $"the API of {name} listens: {_program.Errors}"
        );
        var http = new HttpClient
        {
            BaseAddress = new Uri(File.ReadAllText(Path.Combine(data, ApiFiles.AddressFileName)).Trim()),
        };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            File.ReadAllText(Path.Combine(data, ApiToken.FileName))
        );
        _http = http;
    }

    public async Task KillAsync()
    {
        _program!.Signal("KILL");
        _ = await _program.ExitCodeAsync();
        await DisposeAsync();
    }

    public async Task KillAndRestartAsync()
    {
        await KillAsync();
        await StartAsync();
    }

    public async Task<bool> ConnectAsync(string other)
    {
        using var response = await _http!.PostAsJsonAsync(
            "/api/connections",
            new ConnectRequest(other),
            ApiJson.Default.ConnectRequest
        );
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

    /// <param name="path">Path of the file, which is replaced if it exists.</param>
    /// <exception cref="HttpRequestException">No backup was written, perhaps because the peer was killed.</exception>
    /// <exception cref="OperationCanceledException">The same, if the client was disposed first.</exception>
    public async Task BackUpAsync(string path, string passphrase)
    {
        using var response = await _http!.PostAsJsonAsync(
            "/api/backup",
            new BackupRequest(path, passphrase, Force: true),
            ApiJson.Default.BackupRequest
        );
        _ = response.EnsureSuccessStatusCode();
    }

    public async Task<IReadOnlyList<MessageItem>> MessagesAsync(string other) =>
        (
            await _http!.GetFromJsonAsync(
                $"/api/conversations/{other}/messages?limit=1000",
                ApiJson.Default.MessagesResponse
            )
        )!.Messages;

    public async Task<IReadOnlyList<string>> TextsAsync(string other) =>
        [.. (await MessagesAsync(other)).Select(message => message.Text)];

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        if (_program is not null)
        {
            await _program.DisposeAsync();
        }

        (_http, _program) = (null, null);
    }
}
