using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;

namespace P2PChat.Tests.Node.DirectoryClient;

/// <summary>Answers that end, or do not, where a stream was expected.</summary>
public sealed class DirectoryHttpTests : IDisposable
{
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly HttpClient _client = new();

    public DirectoryHttpTests()
    {
        _server.Start();
        _client.BaseAddress = new Uri($"http://{_server.LocalEndpoint}/");
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    [Theory]
    [InlineData(1000, 1)]
    [InlineData(10_000_000, 10_000_000)]
    public async Task Failure_that_breaks_off_or_is_too_long_is_unreachable(int announced, int sent)
    {
        var http = new DirectoryHttp(new Clients(_client), new PeerOptions());
        var answering = AnswerAsync(announced, sent);

        var exception = await Assert.ThrowsAsync<DirectoryException>(() =>
            http.OpenAsync(new HttpRequestMessage(HttpMethod.Get, "files"), CancellationToken.None)
        );

        Assert.Equal(DirectoryFailure.Unreachable, exception.Failure);
        await answering;
    }

    private async Task AnswerAsync(int announced, int sent)
    {
        using var connection = await _server.AcceptTcpClientAsync();
        var stream = connection.GetStream();
        var buffer = new byte[4096];
        _ = await stream.ReadAsync(buffer);
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 502 Bad Gateway\r\nContent-Length: {announced}\r\n\r\n"
        );
        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
            await stream.WriteAsync(new byte[sent]);
        }
        catch (IOException)
        {
            // The client has closed the connection.
        }
    }

    private sealed class Clients(HttpClient client) : IHttpClientFactory
    {
        public HttpClient CreateClient(string name) => client;
    }
}
