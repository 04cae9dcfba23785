using P2PChat.Tests.Node;

namespace P2PChat.Tests.Web;

/// <summary>Handles hosts and cookies as a browser does, without rendering.</summary>
internal sealed class PlainBrowser(string host) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private readonly TestPeer? _peer;
    private string? _cookieName;

    public PlainBrowser(TestPeer peer, string host)
        : this(host) => (_peer, Address) = (peer, peer.Address);

    /// <summary>The address to connect to, regardless of the host header.</summary>
    public Uri Address { get; set; } = new("http://127.0.0.1");

    /// <summary>The value of the session cookie; empty before sign-in.</summary>
    public string Secret { get; set; } = "";

    public string CookieName => _cookieName ?? throw new InvalidOperationException("This browser has not signed in.");

    public string Origin => $"http://{host}:{Address.Port}";

    /// <summary>Signs in by a new link.</summary>
    /// <returns>The whole Set-Cookie header.</returns>
    public async Task<string> SignInAsync(TestPeer? peer = null)
    {
        using var response = await GetAsync((await SignInTests.LinkAsync(peer ?? _peer!)).PathAndQuery);
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}");
        return SessionCookie(response)!;
    }

    public async Task<HttpResponseMessage> GetAsync(string path, bool follows)
    {
        var response = await GetAsync(path);
        while (follows && response.Headers.Location is { } location)
        {
            response.Dispose();
            response = await GetAsync(location.OriginalString);
        }

        return response;
    }

    public Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, path, headers);

    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(method, new Uri(Address, path));
        request.Headers.Host = $"{host}:{Address.Port}";
        if (Secret.Length > 0)
        {
            request.Headers.Add("Cookie", $"{_cookieName}={Secret}");
        }

        foreach (var (name, value) in headers)
        {
            if (name == "Host")
            {
                request.Headers.Host = value;
            }
            else
            {
                Assert.True(request.Headers.TryAddWithoutValidation(name, value));
            }
        }

        var response = await _http.SendAsync(request);
        if (SessionCookie(response) is { } cookie)
        {
            (_cookieName, Secret) = (cookie.Split('=')[0], cookie.Split('=')[1].Split(';')[0]);
        }

        return response;
    }

    private static string? SessionCookie(HttpResponseMessage response) =>
        response.Headers.TryGetValues("Set-Cookie", out var cookies)
            ? cookies.SingleOrDefault(cookie =>
                cookie.StartsWith("p2pchat-", StringComparison.Ordinal)
                && !cookie.Split('=')[0].EndsWith("-form", StringComparison.Ordinal)
            )
            : null;

    public void Dispose() => _http.Dispose();
}
