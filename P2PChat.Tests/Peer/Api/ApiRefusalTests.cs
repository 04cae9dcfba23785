using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Api;

public sealed class ApiRefusalTests(ApiPeers peers) : IClassFixture<ApiPeers>
{
    private const string Prefix = "urn:p2pchat:problem:";
    private const string Id = "0198c0a0-0000-7000-8000-000000000000";

    [Theory]
    [InlineData("POST", "/api/connections", "{", 400, "malformed-request")]
    [InlineData("POST", "/api/connections", "", 400, "malformed-request")]
    [InlineData("POST", "/api/connections", "null", 400, "malformed-request")]
    [InlineData("POST", "/api/connections", "[]", 400, "malformed-request")]
    [InlineData("POST", "/api/connections", "{}", 400, "malformed-request")]
    [InlineData("POST", "/api/connections", """{"username":null}""", 400, "malformed-request")]
    [InlineData("POST", "/api/connections", """{"username":7}""", 400, "malformed-request")]
    [InlineData("POST", "/api/connections", """{"username":"bob","more":1}""", 400, "malformed-request")]
    [InlineData("POST", "/api/connections", """{"username":"b!"}""", 400, "invalid-username")]
    [InlineData("POST", "/api/connections", """{"username":"alice"}""", 400, "to-oneself")]
    [InlineData("POST", "/api/connections", """{"username":"nobody"}""", 404, "unknown-peer")]
    [InlineData("POST", "/api/connections", """{"link":"https://x.example/i#1.bob"}""", 400, "bad-invite")]
    [InlineData("POST", "/api/connections", """{"link":"","username":"bob"}""", 400, "malformed-request")]
    [InlineData("POST", "/api/invites", """{"uses":0}""", 400, "cannot-invite")]
    [InlineData("POST", "/api/invites", """{"days":91}""", 400, "cannot-invite")]
    [InlineData("POST", "/api/invites", """{"days":"x"}""", 400, "malformed-request")]
    [InlineData("DELETE", "/api/invites/NOTHING2", null, 404, "unknown-invite")]
    [InlineData("DELETE", "/api/connections/bob", null, 409, "not-connected")]
    [InlineData("DELETE", "/api/connections/b!", null, 400, "invalid-username")]
    [InlineData("POST", "/api/requests/bob/accept", null, 404, "no-request")]
    [InlineData("POST", "/api/requests/bob/reject", null, 404, "no-request")]
    [InlineData("POST", "/api/contacts/bob/trust", null, 409, "nothing-to-trust")]
    [InlineData("POST", "/api/contacts/b!/trust", null, 400, "invalid-username")]
    [InlineData("PUT", "/api/contacts/bob/nickname", """{"nickname":"b"}""", 404, "not-a-contact")]
    [InlineData("PUT", "/api/contacts/bob/nickname", """{"nickname":" "}""", 400, "bad-nickname")]
    [InlineData("PUT", "/api/contacts/bob/nickname", "{}", 400, "malformed-request")]
    [InlineData("PUT", "/api/contacts/nobody/block", null, 404, "unknown-peer")]
    [InlineData("PUT", "/api/contacts/alice/block", null, 400, "to-oneself")]
    [InlineData("DELETE", "/api/contacts/bob/block", null, 404, "not-blocked")]
    [InlineData("GET", "/api/contacts/bob/safety", null, 404, "not-a-contact")]
    [InlineData("POST", "/api/contacts/bob/verify", """{"digits":"12345"}""", 400, "bad-safety-number")]
    [InlineData(
        "POST",
        "/api/contacts/bob/verify",
        """{"digits":"123456789012345678901234567890123456789012345678901234567890"}""",
        404,
        "not-a-contact"
    )]
    [InlineData("POST", "/api/backup", """{"path":"relative","passphrase":"12345678"}""", 400, "bad-backup")]
    [InlineData("POST", "/api/backup", """{"path":"/nowhere/at/all","passphrase":"1234567"}""", 400, "bad-backup")]
    [InlineData("POST", "/api/backup", """{"path":"/nowhere/at/all","passphrase":"12345678"}""", 507, "backup-failed")]
    [InlineData("POST", "/api/conversations/bob/messages", """{"text":"hi"}""", 409, "not-connected")]
    [InlineData("POST", "/api/conversations/alice/messages", """{"text":"hi"}""", 400, "to-oneself")]
    [InlineData("POST", "/api/conversations/b!/messages", """{"text":"hi"}""", 400, "invalid-username")]
    [InlineData("POST", "/api/conversations/bob/messages", """{"text":""}""", 400, "empty-text")]
    [InlineData("POST", "/api/conversations/bob/messages", """{"texts":"hi"}""", 400, "malformed-request")]
    [InlineData("GET", "/api/conversations/bob/messages?limit=0", null, 400, "malformed-request")]
    [InlineData("GET", "/api/conversations/bob/messages?limit=1001", null, 400, "malformed-request")]
    [InlineData("GET", "/api/conversations/bob/messages?limit=many", null, 400, "malformed-request")]
    [InlineData("GET", "/api/conversations/bob/messages?after=yesterday", null, 400, "malformed-request")]
    [InlineData("GET", $"/api/conversations/bob/messages?after={Id}&before={Id}", null, 400, "malformed-request")]
    [InlineData("GET", "/api/conversations/nobody/messages", null, 404, "unknown-peer")]
    [InlineData("GET", $"/api/conversations/bob/messages/{Id}", null, 404, "unknown-message")]
    [InlineData("GET", "/api/conversations/bob/messages/1", null, 400, "malformed-request")]
    [InlineData("PATCH", $"/api/conversations/bob/messages/{Id}", """{"text":""}""", 400, "empty-text")]
    [InlineData("PATCH", $"/api/conversations/bob/messages/{Id}", """{"text":"x"}""", 409, "not-connected")]
    [InlineData("PATCH", $"/api/conversations/bob/messages/{Id}", "{}", 400, "malformed-request")]
    [InlineData("DELETE", $"/api/conversations/bob/messages/{Id}?for=me", null, 400, "malformed-request")]
    [InlineData("DELETE", $"/api/conversations/bob/messages/{Id}?for=everyone", null, 409, "not-connected")]
    [InlineData(
        "DELETE",
        $"/api/conversations/bob/messages/{Id}?for=everyone&yours=false",
        null,
        400,
        "malformed-request"
    )]
    [InlineData("PUT", $"/api/conversations/bob/messages/{Id}/reaction", """{"emoji":"no"}""", 400, "not-an-emoji")]
    [InlineData("PUT", $"/api/conversations/bob/messages/{Id}/reaction", """{"emoji":""}""", 400, "not-an-emoji")]
    [InlineData("PUT", $"/api/conversations/bob/messages/{Id}/reaction", """{"emoji":"👍"}""", 409, "not-connected")]
    [InlineData("PUT", $"/api/conversations/bob/messages/{Id}/reaction", "{}", 400, "malformed-request")]
    [InlineData("DELETE", $"/api/conversations/b!/messages/{Id}/reaction", null, 400, "invalid-username")]
    [InlineData("POST", "/api/conversations/bob/messages", """{"text":"x","replyTo":"1"}""", 400, "malformed-request")]
    [InlineData("GET", "/api/nothing", null, 404, "unknown-route")]
    [InlineData("PUT", "/api/connections", "{}", 405, "method-not-allowed")]
    public async Task Refusal_has_its_own_problem_type(
        string method,
        string path,
        string? body,
        int status,
        string type
    )
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using var response = await peers.Alice.Http.SendAsync(request);

        await IsProblemAsync(response, status, type);
    }

    [Fact]
    public async Task Body_that_is_not_json_is_refused()
    {
        using var body = new StringContent("username=bob", Encoding.UTF8, "text/plain");
        using var response = await peers.Alice.Http.PostAsync(new Uri("/api/connections", UriKind.Relative), body);

        await IsProblemAsync(response, 415, "unsupported-media-type");
    }

    [Theory]
    [InlineData(64 * 1024 + 1)]
    [InlineData(1024 * 1024)]
    public async Task Too_long_text_is_refused(int length)
    {
        using var response = await peers.Alice.Http.PostAsJsonAsync(
            new Uri("/api/conversations/bob/messages", UriKind.Relative),
            new { text = new string('x', length) }
        );

        await IsProblemAsync(response, 413, "too-large");
    }

    [Fact]
    public async Task Too_long_edit_is_refused()
    {
        using var response = await peers.Alice.Http.PatchAsJsonAsync(
            new Uri($"/api/conversations/bob/messages/{Guid.CreateVersion7()}", UriKind.Relative),
            new { text = new string('x', (64 * 1024) - 7) }
        );

        await IsProblemAsync(response, 413, "too-large");
    }

    [Fact]
    public async Task Longest_text_is_accepted_even_if_every_byte_is_escaped()
    {
        var escaped = string.Concat(Enumerable.Repeat("\\u0001", 64 * 1024));
        using var body = new StringContent($$"""{"text":"{{escaped}}"}""", Encoding.UTF8, "application/json");
        using var response = await peers.Alice.Http.PostAsync(
            new Uri("/api/conversations/bob/messages", UriKind.Relative),
            body
        );

        await IsProblemAsync(response, 409, "not-connected");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(129)]
    public async Task Idempotency_key_of_invalid_length_is_refused(int length)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/conversations/bob/messages")
        {
            Content = JsonContent.Create(new { text = "hi" }),
        };
        request.Headers.Add("Idempotency-Key", new string('k', length));
        using var response = await peers.Alice.Http.SendAsync(request);

        await IsProblemAsync(response, 400, "malformed-request");
    }

    [Fact]
    public async Task Second_request_and_request_to_a_connected_peer_are_refused()
    {
        await using var carol = await TestPeer.StartAsync("carol", peers.Directory.Url);
        await carol.RegisteredAsync();
        await using var bobs = await EventReader.OpenAsync(peers.Bob.Http);
        await using var carols = await EventReader.OpenAsync(carol.Http);

        using var first = await ConnectAsync(carol, "bob");
        _ = await bobs.NextAsync("request");
        using var second = await ConnectAsync(carol, "bob");
        await IsProblemAsync(second, 409, "already-asked");

        await peers.Bob.PostAsync("/api/requests/carol/accept", null, System.Net.HttpStatusCode.NoContent);
        _ = await carols.NextAsync("connected");
        using var third = await ConnectAsync(carol, "bob");
        await IsProblemAsync(third, 409, "already-connected");
    }

    [Fact]
    public async Task Offline_peer_is_not_reported_as_unknown()
    {
        // Otherwise the request would wait in its request box.
        var gone = await TestPeer.StartAsync("gone", peers.Directory.Url, null, ("Accept", "none"));
        await gone.RegisteredAsync();
        await gone.DisposeAsync();

        using var response = await ConnectAsync(peers.Alice, "gone");

        await IsProblemAsync(response, 409, "peer-offline");
    }

    [Fact]
    public async Task Peer_without_a_directory_is_alive_but_not_healthy()
    {
        await using var lonely = await TestPeer.StartAsync("lonely", $"http://127.0.0.1:{LoopbackPort.Next()}");
        await Eventually.True(
            async () =>
                (await lonely.GetJsonAsync("/api/status")).GetProperty("directory").GetProperty("state").GetString()
                == "unreachable",
            within: TimeSpan.FromSeconds(30),
            "the status shows that the directory is unreachable"
        );

        using var list = await lonely.Http.GetAsync(new Uri("/api/peers", UriKind.Relative));
        await IsProblemAsync(list, 503, "directory-unavailable");
        Assert.NotNull(list.Headers.RetryAfter);
        using var health = await lonely.Http.GetAsync(new Uri("/health", UriKind.Relative));
        Assert.Equal(503, (int)health.StatusCode);
        using var alive = await lonely.Http.GetAsync(new Uri("/alive", UriKind.Relative));
        Assert.Equal(200, (int)alive.StatusCode);
    }

    [Fact]
    public async Task Too_many_calls_and_streams_are_refused_with_retry_after()
    {
        await using var small = await TestPeer.StartAsync(
            "small",
            peers.Directory.Url,
            settings: [("ApiCallsPerSecond", "1"), ("ApiStreams", "1")]
        );

        await using var stream = await EventReader.OpenAsync(small.Http);
        using var secondStream = await small.Http.GetAsync(new Uri("/api/events", UriKind.Relative));
        await IsProblemAsync(secondStream, 429, "too-many-requests");

        var answers = new List<HttpResponseMessage>();
        for (var i = 0; i < 10; i++)
        {
            answers.Add(await small.Http.GetAsync(new Uri("/api/status", UriKind.Relative)));
        }

        var refused = answers.Find(answer => !answer.IsSuccessStatusCode);
        Assert.NotNull(refused);
        await IsProblemAsync(refused, 429, "too-many-requests");
        Assert.NotNull(refused.Headers.RetryAfter);
        using var health = await small.Http.GetAsync(new Uri("/alive", UriKind.Relative));
        Assert.Equal(200, (int)health.StatusCode);
        answers.ForEach(answer => answer.Dispose());
    }

    internal static async Task IsProblemAsync(HttpResponseMessage response, int status, string type)
    {
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(Prefix + type, problem.GetProperty("type").GetString());
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        Assert.EndsWith(".", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    private static Task<HttpResponseMessage> ConnectAsync(TestPeer peer, string name) =>
        peer.Http.PostAsJsonAsync(new Uri("/api/connections", UriKind.Relative), new { username = name });
}
