using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using P2PChat.Client;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Peer.Api;

/// <summary>Pictures of rooms, and messages that are deleted on this peer only, through the local API.</summary>
public sealed class ApiRoomTests(ApiPeers peers) : IClassFixture<ApiPeers>
{
    [Fact]
    public async Task Picture_of_a_room_is_set_sent_and_removed()
    {
        var http = peers.Alice.Http;
        using var alice = new RemotePeer(http);
        var room = await alice.Rooms.CreateAsync(new RoomRequest("Pictures"));
        var path = $"/api/rooms/{room.Id}/picture";
        Assert.False(room.HasPicture);
        Assert.Null(await alice.Rooms.GetPictureAsync(room.Id));
        await RefusedAsync(404, "no-picture", http.GetAsync(path));
        await RefusedAsync(400, "bad-picture", PutAsync([]));
        await RefusedAsync(400, "bad-picture", PutAsync([.. "<svg/>"u8], "image/png"));
        await RefusedAsync(400, "bad-picture", PutAsync(TestPictures.PngOfSize(RoomLimits.TextBytes + 1)));
        await RefusedAsync(400, "bad-picture", PutAsync(TestPictures.Jpeg(9, 9, (0xe1, [.. "Exif\0\0"u8]))));
        await RefusedAsync(404, "unknown-room", http.GetAsync("/api/rooms/Pictures/picture"));

        await alice.Rooms.SetPictureAsync(room.Id, TestPictures.RealPng);

        Assert.True((await alice.Rooms.GetAsync(room.Id)).HasPicture);
        using var response = await http.GetAsync(path);
        Assert.Equal(TestPictures.RealPng, await response.Content.ReadAsByteArrayAsync());
        Assert.Equal("image/png", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(
            $"inline; filename=\"room-{room.Id[..8]}.png\"",
            response.Content.Headers.ContentDisposition!.ToString()
        );
        Assert.Equal(["nosniff"], response.Headers.GetValues("X-Content-Type-Options"));
        Assert.Equal(
            ["default-src 'none'; sandbox; frame-ancestors 'none'"],
            response.Headers.GetValues("Content-Security-Policy")
        );
        using var again = new HttpRequestMessage(HttpMethod.Get, path);
        again.Headers.IfNoneMatch.Add(response.Headers.ETag!);
        using var unchanged = await http.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);

        await alice.Rooms.SetPictureAsync(room.Id, null);
        Assert.Null(await alice.Rooms.GetPictureAsync(room.Id));

        async Task<HttpResponseMessage> PutAsync(byte[] bytes, string type = "application/octet-stream")
        {
            using var content = new ByteArrayContent(bytes);
            content.Headers.ContentType = new MediaTypeHeaderValue(type);
            return await http.PutAsync(path, content);
        }
    }

    [Fact]
    public async Task Message_of_a_room_has_info_and_is_deleted_on_this_peer_only()
    {
        var http = peers.Bob.Http;
        using var bob = new RemotePeer(http);
        var room = (await bob.Rooms.CreateAsync(new RoomRequest("Keeping"))).Id;
        var sent = await bob.Rooms.SendAsync(room, "frist");
        _ = await bob.Rooms.EditAsync(room, sent.Id, "first");

        var info = await bob.Rooms.GetMessageInfoAsync(room, sent.Id);
        Assert.Equal(("first", "frist"), (info.Message.Text, Assert.Single(info.Versions).Text));
        Assert.Equal(MessageChange.Edit, Assert.Single(info.Changes).Change);
        Assert.Equal(
            (null, 0, 0, 0),
            (info.ReceivedAt, info.ReadBy.Count, info.ReceivedBy.Count, info.WaitingFor.Count)
        );
        // Nobody else has written.
        await Assert.ThrowsAsync<PeerApiException>(() => bob.Rooms.MarkUnreadAsync(room, sent.Id));
        var path = $"/api/rooms/{room}/messages/{sent.Id}";
        await RefusedAsync(400, "malformed-request", http.DeleteAsync($"{path}?for=them"));

        await bob.Rooms.DeleteMessageHereAsync(room, sent.Id);

        Assert.Empty((await bob.Rooms.GetMessagesAsync(room)).Messages);
        await RefusedAsync(404, "unknown-message", http.GetAsync($"{path}/info"));
        await RefusedAsync(404, "unknown-message", http.DeleteAsync($"{path}?for=me"));
    }

    private static async Task RefusedAsync(int status, string type, Task<HttpResponseMessage> call)
    {
        using var response = await call;
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(status, (int)response.StatusCode);
        Assert.EndsWith(type, problem.GetProperty("type").GetString(), StringComparison.Ordinal);
    }
}
