using System.Net.Http.Headers;

namespace P2PChat.Tests.Discovery;

/// <summary>Reads the names of signals, and gives up after some seconds of silence.</summary>
internal sealed class SignalReader : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpResponseMessage _response;
    private readonly StreamReader _reader;

    private SignalReader(HttpResponseMessage response, Stream stream)
    {
        _response = response;
        _reader = new StreamReader(stream);
    }

    /// <summary>Returns once the directory listens for it.</summary>
    public static async Task<SignalReader> OpenAsync(DirectoryFixture directory, string name, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/peers/{name}/signals");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var response = await directory.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.True(response.IsSuccessStatusCode, response.IsSuccessStatusCode ? "" : await response.Content.ReadAsStringAsync());
        return new SignalReader(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>Null where the stream has ended.</summary>
    public async Task<string?> NextAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (await _reader.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
                return line["event: ".Length..];
        }

        return null;
    }

    public ValueTask DisposeAsync()
    {
        _reader.Dispose();
        _response.Dispose();
        return ValueTask.CompletedTask;
    }
}
