using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using P2PChat.Client;
using P2PChat.Protocol.Profiles;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Web;

namespace P2PChat.Tests.Peer.Api;

/// <summary>Display names and pictures through the local API.</summary>
public sealed class ApiProfileTests
{
    [Fact]
    public async Task Picture_is_sent_as_a_picture_and_nothing_else()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        using var bob = new RemotePeer(peers.Bob.Http);
        await bob.SetDisplayNameAsync("Bob Dylan");
        await bob.SetPictureAsync(TestPictures.RealPng);
        using var alice = new RemotePeer(peers.Alice.Http);
        await Eventually.True(
            async () => await alice.GetPictureAsync("bob") is not null,
            PeerUnderTest.Soon,
            "the picture has arrived"
        );

        using var response = await peers.Alice.Http.GetAsync("/api/contacts/bob/picture");
        Assert.Equal(TestPictures.RealPng, await response.Content.ReadAsByteArrayAsync());
        Assert.Equal("image/png", response.Content.Headers.ContentType!.ToString());
        Assert.Equal("inline; filename=\"bob.png\"", response.Content.Headers.ContentDisposition!.ToString());
        Assert.Equal(["nosniff"], response.Headers.GetValues("X-Content-Type-Options"));
        Assert.Equal(
            ["default-src 'none'; sandbox; frame-ancestors 'none'"],
            response.Headers.GetValues("Content-Security-Policy")
        );
        Assert.Equal("no-cache, private", response.Headers.CacheControl!.ToString());
        using var again = new HttpRequestMessage(HttpMethod.Get, "/api/contacts/bob/picture");
        again.Headers.IfNoneMatch.Add(response.Headers.ETag!);
        using var unchanged = await peers.Alice.Http.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);

        var contact = Assert.Single((await alice.ListContactsAsync()).Contacts);
        Assert.Equal(("Bob Dylan", true), (contact.DisplayName, contact.HasPicture));
        Assert.Equal("Bob Dylan", Assert.Single((await alice.ListConversationsAsync()).Conversations).DisplayName);
        var profile = await bob.GetProfileAsync();
        Assert.Equal(("bob", "Bob Dylan", true), (profile.Username, profile.DisplayName, profile.HasPicture));

        await bob.SetPictureAsync(null);
        Assert.Null(await bob.GetPictureAsync());
        await Eventually.True(
            async () => await alice.GetPictureAsync("bob") is null,
            PeerUnderTest.Soon,
            "the picture is gone"
        );
    }

    [Fact]
    public async Task Bad_input_is_refused_and_changes_nothing()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var http = peers.Bob.Http;
        await RefusedAsync(400, "bad-picture", PutAsync([]));
        await RefusedAsync(400, "bad-picture", PutAsync("<svg/>"u8.ToArray(), "image/png"));
        await RefusedAsync(400, "bad-picture", PutAsync(TestPictures.PngOfSize(ProfileRules.MaxPictureBytes + 1)));
        await RefusedAsync(400, "bad-picture", PutAsync(TestPictures.Jpeg(9, 9, (0xe1, "Exif\0\0"u8.ToArray()))));
        await RefusedAsync(400, "bad-display-name", http.PutAsJsonAsync("/api/profile", new ProfileRequest("a\nb")));
        using var empty = await http.PutAsJsonAsync("/api/profile", new { });
        Assert.Equal(HttpStatusCode.BadRequest, empty.StatusCode);
        await RefusedAsync(404, "no-picture", http.GetAsync("/api/profile/picture"));
        await RefusedAsync(404, "no-picture", http.GetAsync("/api/contacts/alice/picture"));
        await RefusedAsync(404, "no-picture", http.GetAsync("/api/contacts/nobody/picture"));
        await RefusedAsync(400, "invalid-username", http.GetAsync("/api/contacts/No%20Name/picture"));
        Assert.Equal(0, (await http.GetFromJsonAsync<JsonElement>("/api/profile")).GetProperty("version").GetInt64());

        using var stranger = peers.Bob.NewClient();
        foreach (var path in new[] { "/api/profile", "/api/profile/picture", "/api/contacts/alice/picture" })
        {
            using var response = await stranger.GetAsync(path);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        }

        async Task<HttpResponseMessage> PutAsync(byte[] bytes, string type = "application/octet-stream")
        {
            using var content = new ByteArrayContent(bytes);
            content.Headers.ContentType = new MediaTypeHeaderValue(type);
            return await http.PutAsync("/api/profile/picture", content);
        }
    }

    private static async Task RefusedAsync(int status, string type, Task<HttpResponseMessage> call)
    {
        using var response = await call;
        Assert.Equal(status, (int)response.StatusCode);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.EndsWith(type, problem.GetProperty("type").GetString(), StringComparison.Ordinal);
    }
}
