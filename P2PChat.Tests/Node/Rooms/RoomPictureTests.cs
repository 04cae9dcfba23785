using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Rooms;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Protocol.Rooms;

namespace P2PChat.Tests.Node.Rooms;

/// <summary>Pictures of rooms between real peers.</summary>
public sealed class RoomPictureTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Picture_reaches_members_and_newcomers()
    {
        await using var group = await RoomGroup.StartAsync(directory, "pia", "quin", "rob");
        var (pia, quin, rob) = (group[0], group[1], group[2]);
        _ = await pia.Rooms.CreateAsync("art", history: 0);
        await group.EnterAsync("art", quin);
        await Eventually.True(() => pia.Rooms.Find("art").Members == 2, PeerUnderTest.Soon, "quin has joined");
        Assert.Null(pia.RoomPictures.Of("art"));

        await pia.RoomPictures.SetAsync("art", TestPictures.RealPng);
        await ShowsAsync(quin, TestPictures.RealPng);
        var told = await quin.Expect<PeerEvent.RoomChanged>(one => one.Change?.Kind == RoomChangeKind.Picture);
        Assert.Equal((pia.Id, true), (told.Change!.By!.Key, told.Room.Picture is not null));
        await group.EnterAsync("art", rob);
        await ShowsAsync(rob, TestPictures.RealPng);

        await RefusedAsync(PeerError.NotAllowedInRoom, () => quin.RoomPictures.SetAsync("art", TestPictures.Png(8, 8)));
        await RefusedAsync(PeerError.NotAllowedInRoom, () => quin.RoomPictures.RemoveAsync("art"));
        await RefusedAsync(PeerError.BadPicture, () => pia.RoomPictures.SetAsync("art", "<svg/>"u8.ToArray()));
        await RefusedAsync(PeerError.BadPicture, () =>
            pia.RoomPictures.SetAsync("art", TestPictures.PngOfSize(RoomLimits.TextBytes + 1))
        );
        Assert.Equal(TestPictures.RealPng, pia.RoomPictures.Of("art")!.Bytes.ToArray());
        var setBy = pia.Rooms.Find("art").Picture;
        await pia.RoomPictures.SetAsync("art", TestPictures.RealPng);
        Assert.Equal(setBy, pia.Rooms.Find("art").Picture);

        await pia.RoomPictures.RemoveAsync("art");
        await ShowsAsync(quin, null);
        await ShowsAsync(rob, null);
        Assert.True(quin.RoomHistory.Newest("art", 10).Notices[^1][^1].RemovesPicture);
    }

    [Fact]
    public async Task Full_room_takes_no_picture_and_lets_the_last_one_be_removed()
    {
        await using var uma = await PeerUnderTest.StartAsync(directory, "uma");
        _ = await uma.Rooms.CreateAsync("full", history: 0);
        await uma.RoomPictures.SetAsync("full", TestPictures.RealPng);
        var commands = uma.Services.GetRequiredService<RoomCommands>();

        await FillAsync(RoomQuota.InvitedRoomBytes / 2);
        var refused = await Assert.ThrowsAsync<PeerException>(() =>
            uma.RoomPictures.SetAsync("full", TestPictures.Png(8, 8))
        );
        Assert.StartsWith("This room takes no more pictures, because", refused.Message, StringComparison.Ordinal);
        Assert.True(commands.Read("full", RoomQuota.MayInvite));

        await FillAsync(RoomQuota.InvitedRoomBytes);
        Assert.False(commands.Read("full", RoomQuota.MayInvite));
        await uma.RoomPictures.RemoveAsync("full");
        Assert.Null(uma.RoomPictures.Of("full"));

        // What hostile moderators have set, only counted.
        Task FillAsync(long bytes) => commands.ChangeAsync("full", host =>
            {
                while (host.Sizes.Membership < bytes)
                {
                    var picture = new byte[RoomLimits.TextBytes - 1024];
                    BitConverter.TryWriteBytes(picture, host.Sizes.Membership);
                    host.Sizes.Set(RoomForgery.Picture(host.Machine.Log, 7, picture));
                }

                return null;
            });
    }

    [Fact]
    public async Task Pictures_of_hostile_moderators_are_not_shown()
    {
        await using var group = await RoomGroup.StartAsync(directory, "sia", "ted");
        var (sia, ted) = (group[0], group[1]);
        await group.OpenAsync("trap");
        await sia.RoomPictures.SetAsync("trap", TestPictures.RealPng);
        await ShowsAsync(ted, TestPictures.RealPng, "trap");
        var hostile = RoomKeys.IdOf(7);

        await MixedRoom.ForgeAsync(sia, "trap", machine => machine.Invite(hostile));
        await ReceiveAsync(log => RoomForgery.Membership(log, 7, RoomEventKind.Join, HeadsOf(log)));
        await sia.Rooms.SetRoleAsync("trap", hostile.ToString(), RoomRole.Moderator);
        await ReceiveAsync(log => RoomForgery.Picture(log, 7, [.. "<svg onload='alert(1)'/>"u8]));
        // An event of the owner that names it, so that the others ask for it.
        await sia.Rooms.RenameAsync("trap", "sprung");
        await Eventually.True(() => ted.Rooms.All[0].Name == "sprung", PeerUnderTest.Soon, "ted knows the new name");

        Assert.Null(ted.RoomPictures.Of("sprung"));
        Assert.Null(ted.Rooms.Find("sprung").Picture);
        await sia.RoomPictures.SetAsync("sprung", TestPictures.RealPng);
        await ShowsAsync(ted, TestPictures.RealPng, "sprung");

        Task ReceiveAsync(Func<RoomLog, RoomEvent> forge) => MixedRoom.ForgeAsync(sia, "trap", machine =>
            {
                machine.Receive(hostile, forge(machine.Log), DateTimeOffset.UnixEpoch);
                return null;
            });
    }

    private static IEnumerable<RoomEventId> HeadsOf(RoomLog log) => log.Membership.Heads.Select(head => head.Event.Id);

    private static Task ShowsAsync(PeerUnderTest peer, byte[]? picture, string room = "art") =>
        Eventually.True(
            () =>
                peer.Rooms.All.Any(one => one.Name == room)
                && peer.RoomPictures.Of(room)?.Bytes.ToArray() is var shown
                && (picture is null ? shown is null : shown is not null && shown.SequenceEqual(picture)),
            PeerUnderTest.Soon,
            $"{peer.Name} shows {(picture is null ? "no picture" : "the picture")}"
        );

    private static async Task RefusedAsync(PeerError error, Func<Task> act) =>
        Assert.Equal(error, (await Assert.ThrowsAsync<PeerException>(act)).Error);
}
