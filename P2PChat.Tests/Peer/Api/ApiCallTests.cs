using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Api;

public sealed class ApiCallTests(ApiPeers peers) : IClassFixture<ApiPeers>
{
    [Fact]
    public async Task Status_has_name_key_endpoint_and_directory()
    {
        var status = await peers.Alice.GetJsonAsync("/api/status");

        Assert.Equal("alice", status.GetProperty("username").GetString());
        Assert.True(PeerId.TryParse(status.GetProperty("peerId").GetString(), out _));
        Assert.Matches(@"^.+:\d+$", status.GetProperty("endpoint").GetString());
        Assert.Equal("registered", status.GetProperty("directory").GetProperty("state").GetString());
        Assert.Equal(Environment.ProcessId, status.GetProperty("processId").GetInt32());
        Assert.Matches(@"^\d+\.\d+\.\d+", status.GetProperty("version").GetString());
    }

    [Fact]
    public async Task Peers_connect_chat_and_disconnect()
    {
        await using var carol = await TestPeer.StartAsync("carol", peers.Directory.Url);
        await using var dave = await TestPeer.StartAsync("dave", peers.Directory.Url);
        await carol.RegisteredAsync();
        await dave.RegisteredAsync();
        await using var carols = await EventReader.OpenAsync(carol.Http);
        await using var daves = await EventReader.OpenAsync(dave.Http);

        await carol.PostAsync("/api/connections", new { username = "dave" }, HttpStatusCode.Accepted);
        Assert.Equal($$"""{"username":"carol","peerId":"{{carol.Status.PeerId}}"}""", await daves.NextAsync("request"));
        Assert.Equal(
            "carol",
            (await dave.GetJsonAsync("/api/requests")).GetProperty("requests")[0].GetProperty("username").GetString()
        );
        Assert.Equal("asked", await RelationAsync(carol, "dave"));
        Assert.Equal("asking", await RelationAsync(dave, "carol"));

        await dave.PostAsync("/api/requests/carol/accept", null, HttpStatusCode.NoContent);
        Assert.Equal("""{"username":"dave","path":"direct"}""", await carols.NextAsync("connected"));
        Assert.Equal("""{"username":"carol","path":"direct"}""", await daves.NextAsync("connected"));
        Assert.Equal("connected", await RelationAsync(carol, "dave"));
        Assert.Equal("ourselves", await RelationAsync(carol, "carol"));

        var id = await carol.SendAsync("dave", "hello");
        var message = JsonDocument.Parse(await daves.NextAsync("message")).RootElement;
        Assert.Equal(id, message.GetProperty("id").GetGuid());
        Assert.Equal("carol", message.GetProperty("from").GetString());
        Assert.Equal("hello", message.GetProperty("text").GetString());
        Assert.Equal("received", message.GetProperty("state").GetString());
        // An event with the state "sent" may come first.
        _ = await carols.NextAsync("receipt", data =>
            data == $$"""{"username":"dave","id":"{{id}}","state":"delivered"}"""
        );

        using var deleted = await carol.Http.DeleteAsync(new Uri("/api/connections/dave", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.Equal("""{"username":"dave","reason":"ended-by-us"}""", await carols.NextAsync("disconnected"));
        Assert.Equal("""{"username":"carol","reason":"ended-by-them"}""", await daves.NextAsync("disconnected"));
    }

    [Fact]
    public async Task Rejected_request_raises_an_event()
    {
        await using var erin = await TestPeer.StartAsync("erin", peers.Directory.Url);
        await erin.RegisteredAsync();
        await using var erins = await EventReader.OpenAsync(erin.Http);
        await using var bobs = await EventReader.OpenAsync(peers.Bob.Http);

        await erin.PostAsync("/api/connections", new { username = "bob" }, HttpStatusCode.Accepted);
        _ = await bobs.NextAsync("request");
        await peers.Bob.PostAsync("/api/requests/erin/reject", null, HttpStatusCode.NoContent);

        Assert.Equal("""{"username":"bob","reason":"rejected"}""", await erins.NextAsync("disconnected"));
    }

    [Fact]
    public async Task Messages_are_paged_both_ways_and_an_idempotency_key_sends_once()
    {
        await using var fay = await TestPeer.StartAsync("fay", peers.Directory.Url);
        await using var gus = await TestPeer.StartAsync("gus", peers.Directory.Url);
        await fay.RegisteredAsync();
        await gus.RegisteredAsync();
        await ApiCalls.ConnectAsync(fay, "fay", gus, "gus");

        var first = await fay.SendAsync("gus", "1", idempotencyKey: "once");
        Assert.Equal(first, await fay.SendAsync("gus", "1", idempotencyKey: "once"));
        using (
            var other = new HttpRequestMessage(HttpMethod.Post, "/api/conversations/gus/messages")
            {
                Content = JsonContent.Create(new { text = "another" }),
            }
        )
        {
            other.Headers.Add("Idempotency-Key", "once");
            using var refusal = await fay.Http.SendAsync(other);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, refusal.StatusCode);
            Assert.Contains(
                "urn:p2pchat:problem:idempotency-key-reused",
                await refusal.Content.ReadAsStringAsync(),
                StringComparison.Ordinal
            );
        }

        for (var i = 2; i <= 5; i++)
        {
            _ = await fay.SendAsync("gus", $"{i}");
        }

        Assert.Equal("12345", await TextsAsync("", null));
        Assert.Equal("45", await TextsAsync("?limit=2", null));
        Assert.Equal("123", await TextsAsync("?limit=3&before=", 4));
        Assert.Equal("34", await TextsAsync("?limit=2&after=", 2));
        Assert.Equal("", await TextsAsync("?after=", 5));

        async Task<string> TextsAsync(string query, int? nth)
        {
            const string Path = "/api/conversations/gus/messages";
            if (nth is not null)
            {
                query += (await fay.GetJsonAsync(Path))
                    .GetProperty("messages")[nth.Value - 1]
                    .GetProperty("id")
                    .GetString();
            }

            var page = await fay.GetJsonAsync(Path + query);
            return string.Concat(
                page.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("text").GetString())
            );
        }
    }

    [Fact]
    public async Task Messages_are_marked_as_read_found_exported_and_deleted()
    {
        await using var hal = await TestPeer.StartAsync("hal", peers.Directory.Url);
        await using var ida = await TestPeer.StartAsync("ida", peers.Directory.Url);
        await hal.RegisteredAsync();
        await ida.RegisteredAsync();
        await ApiCalls.ConnectAsync(hal, "hal", ida, "ida");
        await using var hals = await EventReader.OpenAsync(hal.Http);
        await using var idas = await EventReader.OpenAsync(ida.Http);
        var id = await hal.SendAsync("ida", "open the doors");
        _ = await hals.NextAsync("receipt", data => data.Contains("\"delivered\"", StringComparison.Ordinal));
        _ = await idas.NextAsync("message");

        await ida.PostAsync("/api/conversations/hal/read", new { upTo = id }, HttpStatusCode.NoContent);
        Assert.Equal($$"""{"username":"ida","id":"{{id}}","state":"read"}""", await hals.NextAsync("receipt"));
        Assert.Equal(
            1,
            await UnreadAsync(
                new
                {
                    unreadFrom = id,
                    muted = true,
                    pinned = true,
                }
            )
        );
        var listed = (await ida.GetJsonAsync("/api/conversations")).GetProperty("conversations").GetRawText();
        Assert.StartsWith(
            """[{"username":"hal","unread":1,"waiting":0,"pinned":true,"archived":false,"muted":true,"lastAt":""",
            listed,
            StringComparison.Ordinal
        );
        await ida.PostAsync("/api/conversations/hal/read", new { upTo = id }, HttpStatusCode.NoContent);
        Assert.Equal(0, await UnreadAsync(new { muted = false }));
        _ = await MarkAsync("hal", new { unreadFrom = Guid.NewGuid() }, HttpStatusCode.NotFound);
        _ = await MarkAsync("nobody", new { archived = true }, HttpStatusCode.NotFound);
        _ = await MarkAsync("hal", new { acceptFiles = "maybe" }, HttpStatusCode.BadRequest);
        var marked = await MarkAsync("hal", new { acceptFiles = "off" }, HttpStatusCode.OK);
        Assert.Equal("off", marked.GetProperty("acceptFiles").GetString());
        await ida.PostAsync("/api/conversations/hal/typing", new { active = true }, HttpStatusCode.NoContent);
        Assert.Equal("""{"username":"ida","active":true}""", await hals.NextAsync("typing"));
        await ida.PostAsync("/api/presence", new { away = true }, HttpStatusCode.NoContent);
        Assert.Equal("""{"username":"ida","away":true}""", await hals.NextAsync("presence"));

        var found = (await ida.GetJsonAsync("/api/search?q=doo")).GetProperty("messages")[0];
        Assert.Equal(
            ("hal", id),
            (found.GetProperty("with").GetString(), found.GetProperty("message").GetProperty("id").GetGuid())
        );
        var lines = (await ida.Http.GetStringAsync(new Uri("/api/conversations/hal/export", UriKind.Relative))).Split(
            '\n',
            StringSplitOptions.RemoveEmptyEntries
        );
        Assert.Equal(
            "open the doors",
            JsonDocument.Parse(Assert.Single(lines)).RootElement.GetProperty("text").GetString()
        );

        using var deleted = await ida.Http.DeleteAsync(
            new Uri($"/api/conversations/hal/messages/{id}", UriKind.Relative)
        );
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        using var again = await ida.Http.DeleteAsync(
            new Uri($"/api/conversations/hal/messages/{id}", UriKind.Relative)
        );
        Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
        Assert.Equal(0, (await ida.GetJsonAsync("/api/search?q=doors")).GetProperty("messages").GetArrayLength());

        async Task<int> UnreadAsync(object marks) =>
            (await MarkAsync("hal", marks, HttpStatusCode.OK)).GetProperty("unread").GetInt32();

        async Task<JsonElement> MarkAsync(string with, object marks, HttpStatusCode expected)
        {
            using var answer = await ida.Http.PutAsJsonAsync(
                new Uri($"/api/conversations/{with}/marks", UriKind.Relative),
                marks
            );
            Assert.Equal(expected, answer.StatusCode);
            return await answer.Content.ReadFromJsonAsync<JsonElement>();
        }
    }

    [Fact]
    public async Task OpenApi_document_lists_every_call()
    {
        var document = await peers.Alice.GetJsonAsync("/openapi/v1.json");

        var calls = document
            .GetProperty("paths")
            .EnumerateObject()
            .SelectMany(path =>
                path.Value.EnumerateObject().Select(method => $"{method.Name.ToUpperInvariant()} {path.Name}")
            );
        Assert.Equal(
            [
                "DELETE /api/connections/{username}",
                "DELETE /api/contacts/{username}/block",
                "DELETE /api/conversations/{username}/messages",
                "DELETE /api/conversations/{username}/messages/{id}",
                "DELETE /api/conversations/{username}/messages/{id}/reaction",
                "DELETE /api/invites/{id}",
                "DELETE /api/profile/picture",
                "DELETE /api/rooms/{room}",
                "DELETE /api/rooms/{room}/links/{id}",
                "DELETE /api/rooms/{room}/members/{person}",
                "DELETE /api/rooms/{room}/messages/{id}",
                "DELETE /api/rooms/{room}/messages/{id}/reaction",
                "DELETE /api/rooms/{room}/picture",
                "DELETE /api/uploads/{id}",
                "GET /api/contacts",
                "GET /api/contacts/{username}/picture",
                "GET /api/contacts/{username}/safety",
                "GET /api/conversations",
                "GET /api/conversations/{username}/export",
                "GET /api/conversations/{username}/files/{id}",
                "GET /api/conversations/{username}/files/{id}/media",
                "GET /api/conversations/{username}/files/{id}/preview",
                "GET /api/conversations/{username}/messages",
                "GET /api/conversations/{username}/messages/{id}",
                "GET /api/conversations/{username}/timer",
                "GET /api/doctor",
                "GET /api/events",
                "GET /api/invites",
                "GET /api/peers",
                "GET /api/profile",
                "GET /api/profile/picture",
                "GET /api/requests",
                "GET /api/rooms",
                "GET /api/rooms/search",
                "GET /api/rooms/{room}",
                "GET /api/rooms/{room}/export",
                "GET /api/rooms/{room}/links",
                "GET /api/rooms/{room}/members",
                "GET /api/rooms/{room}/messages",
                "GET /api/rooms/{room}/messages/{id}",
                "GET /api/rooms/{room}/messages/{id}/info",
                "GET /api/rooms/{room}/picture",
                "GET /api/search",
                "GET /api/settings",
                "GET /api/status",
                "GET /api/transfers",
                "PATCH /api/conversations/{username}/messages/{id}",
                "PATCH /api/rooms/{room}/messages/{id}",
                "POST /api/backup",
                "POST /api/connections",
                "POST /api/contacts/{username}/trust",
                "POST /api/contacts/{username}/verify",
                "POST /api/conversations/{username}/files",
                "POST /api/conversations/{username}/files/{id}/accept",
                "POST /api/conversations/{username}/files/{id}/cancel",
                "POST /api/conversations/{username}/files/{id}/pause",
                "POST /api/conversations/{username}/files/{id}/save",
                "POST /api/conversations/{username}/messages",
                "POST /api/conversations/{username}/read",
                "POST /api/conversations/{username}/typing",
                "POST /api/invites",
                "POST /api/presence",
                "POST /api/requests/{username}/accept",
                "POST /api/requests/{username}/reject",
                "POST /api/rooms",
                "POST /api/rooms/{room}/invites",
                "POST /api/rooms/{room}/join",
                "POST /api/rooms/{room}/leave",
                "POST /api/rooms/{room}/links",
                "POST /api/rooms/{room}/messages",
                "POST /api/rooms/{room}/read",
                "POST /api/rooms/{room}/typing",
                "POST /api/rooms/{room}/unread",
                "POST /api/traces",
                "POST /api/uploads",
                "POST /api/web-links",
                "PUT /api/contacts/{username}/block",
                "PUT /api/contacts/{username}/nickname",
                "PUT /api/conversations/{username}/marks",
                "PUT /api/conversations/{username}/messages/{id}/reaction",
                "PUT /api/conversations/{username}/timer",
                "PUT /api/profile",
                "PUT /api/profile/picture",
                "PUT /api/rooms/{room}/members/{person}/role",
                "PUT /api/rooms/{room}/messages/{id}/reaction",
                "PUT /api/rooms/{room}/name",
                "PUT /api/rooms/{room}/notify",
                "PUT /api/rooms/{room}/picture",
                "PUT /api/settings/{name}",
            ],
            calls.Order(StringComparer.Ordinal)
        );
    }

    private static async Task<string?> RelationAsync(TestPeer peer, string name)
    {
        var list = await peer.GetJsonAsync("/api/peers");
        return list.GetProperty("peers")
            .EnumerateArray()
            .Single(item => item.GetProperty("username").GetString() == name)
            .GetProperty("relation")
            .GetString();
    }
}
