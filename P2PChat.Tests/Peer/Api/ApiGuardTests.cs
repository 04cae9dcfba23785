using System.Net.Http.Headers;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Api;

public sealed class ApiGuardTests(ApiPeers peers) : IClassFixture<ApiPeers>
{
    [Theory]
    [InlineData(null)]
    [InlineData("Bearer")]
    [InlineData("Bearer wrong")]
    [InlineData("Basic TOKEN")]
    [InlineData("TOKEN")]
    [InlineData("Bearer TOKENx")]
    public async Task Call_without_the_token_is_refused(string? authorization)
    {
        foreach (var path in (string[])["/api/status", "/api/events", "/api/nothing", "/openapi/v1.json", "/api"])
        {
            using var http = peers.Alice.NewClient();
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (authorization is not null)
            {
                Assert.True(
                    request.Headers.TryAddWithoutValidation(
                        "Authorization",
                        authorization.Replace("TOKEN", Token, StringComparison.Ordinal)
                    )
                );
            }

            using var response = await http.SendAsync(request);

            await ApiRefusalTests.IsProblemAsync(response, 401, "api-token-required");
            Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
        }
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    public async Task Probes_need_no_token_and_no_host_name(string path)
    {
        using var http = peers.Alice.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Host = "10.0.0.7";

        using var response = await http.SendAsync(request);

        Assert.Equal(200, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:PORT")]
    [InlineData("localhost.evil.example")]
    [InlineData("127.0.0.1.nip.io")]
    [InlineData("notlocalhost")]
    [InlineData("10.0.0.7")]
    [InlineData("0.0.0.0:PORT")]
    public async Task Foreign_host_name_is_refused(string host)
    {
        using var response = await GetAsync(host, origin: null);

        await ApiRefusalTests.IsProblemAsync(response, 403, "foreign-host");
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("LOCALHOST:PORT")]
    [InlineData("127.0.0.1:PORT")]
    [InlineData("[::1]:PORT")]
    [InlineData("alice.localhost:PORT")]
    public async Task Loopback_host_name_is_accepted(string host)
    {
        using var response = await GetAsync(host, origin: null);

        Assert.Equal(200, (int)response.StatusCode);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData("http://localhost:1")]
    [InlineData("https://localhost:PORT")]
    [InlineData("http://127.0.0.1:PORT")]
    [InlineData("http://localhost:PORT.evil.example")]
    public async Task Foreign_web_page_is_refused(string origin)
    {
        using var response = await GetAsync("localhost:PORT", origin);

        await ApiRefusalTests.IsProblemAsync(response, 403, "foreign-host");
    }

    [Fact]
    public async Task Own_web_page_is_accepted()
    {
        using var response = await GetAsync("localhost:PORT", "http://localhost:PORT");

        Assert.Equal(200, (int)response.StatusCode);
    }

    [Fact]
    public async Task Token_is_private_and_survives_a_restart()
    {
        var data = Directory.CreateTempSubdirectory("p2pchat-token-");
        try
        {
            string first;
            await using (await TestPeer.StartAsync("token1", peers.Directory.Url, data.FullName))
            {
                first = await File.ReadAllTextAsync(Path.Combine(data.FullName, "api-token"));
                Assert.Matches("^[A-Za-z0-9_-]{43}$", first);
                if (!OperatingSystem.IsWindows())
                {
                    Assert.Equal(
                        UnixFileMode.UserRead | UnixFileMode.UserWrite,
                        File.GetUnixFileMode(Path.Combine(data.FullName, "api-token"))
                    );
                }

                Assert.StartsWith(
                    "http://127.0.0.1:",
                    await File.ReadAllTextAsync(Path.Combine(data.FullName, "api-address")),
                    StringComparison.Ordinal
                );
            }

            Assert.False(File.Exists(Path.Combine(data.FullName, "api-address")));
            await using (await TestPeer.StartAsync("token1", peers.Directory.Url, data.FullName))
            {
                Assert.Equal(first, await File.ReadAllTextAsync(Path.Combine(data.FullName, "api-token")));
            }
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }

    private string Token => File.ReadAllText(Path.Combine(peers.Alice.Data, "api-token"));

    private async Task<HttpResponseMessage> GetAsync(string host, string? origin)
    {
        using var http = peers.Alice.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/status");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        request.Headers.Host = WithPort(host);
        if (origin is not null)
        {
            request.Headers.Add("Origin", WithPort(origin));
        }

        return await http.SendAsync(request);
    }

    private string WithPort(string text) =>
        text.Replace("PORT", $"{peers.Alice.Address.Port}", StringComparison.Ordinal);
}
