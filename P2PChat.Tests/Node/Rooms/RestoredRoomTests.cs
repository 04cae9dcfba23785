using P2PChat.Node.Identity;
using P2PChat.Node.Model;

namespace P2PChat.Tests.Node.Rooms;

/// <summary>What the user can do in a room that was restored and has not caught up.</summary>
public sealed class RestoredRoomTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    private const string Room = "back";

    [Fact]
    public async Task Restored_room_waits_with_what_is_new_only()
    {
        using var data = new TempDirectory();
        Task<PeerUnderTest> StartAsync() =>
            PeerUnderTest.StartAsync(directory, "res", options =>
                (options.Ephemeral, options.Data) = (false, data.Path)
            );

        RoomMessageView sent;
        await using (var before = await StartAsync())
        {
            _ = await before.Rooms.CreateAsync(Room, history: 0);
            sent = await before.RoomMessages.SendAsync(Room, "once", idempotencyKey: "k");
        }

        using (var opened = DataDirectory.Open(data.Path))
        {
            RestoredMarker.Write(opened, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow);
        }

        await using var res = await StartAsync();

        var refusal = await Assert.ThrowsAsync<PeerException>(() => res.RoomMessages.SendAsync(Room, "new"));
        Assert.Equal(PeerError.NotAllowedInRoom, refusal.Error);
        await Assert.ThrowsAsync<PeerException>(() => res.Rooms.RenameAsync(Room, "new"));
        Assert.Equal(sent.Id, (await res.RoomMessages.SendAsync(Room, "once", idempotencyKey: "k")).Id);
        await res.Rooms.DeleteAsync(Room);
        Assert.Empty(res.Rooms.All);
    }
}
