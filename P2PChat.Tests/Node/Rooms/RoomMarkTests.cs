using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Rooms;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node.Mailbox;
using P2PChat.Tests.Protocol.Rooms;

namespace P2PChat.Tests.Node.Rooms;

/// <summary>What the user changes about a room on one peer only, and what is known about messages.</summary>
public sealed class RoomMarkTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Message_is_deleted_here_for_good_and_kept_by_others()
    {
        using var data = new TempDirectory();
        await using var una = await PeerUnderTest.StartAsync(directory, "una");
        var vic = await StartAsync("vic", data);
        await una.ConnectAsync(vic);
        var room = (await una.Rooms.CreateAsync("wipe", history: 0)).Id;
        await una.Rooms.InviteAsync("wipe", vic.Name);
        await RoomGroup.InvitedAsync("wipe", vic);
        await vic.Rooms.JoinAsync("wipe");
        await Eventually.True(() => una.Rooms.Find("wipe").Members == 2, PeerUnderTest.Soon, "vic has joined");
        var first = await una.RoomMessages.SendAsync("wipe", "pineapple");
        _ = await una.RoomMessages.EditAsync("wipe", first.Id, "pineapple and mango");
        _ = await una.RoomMessages.SendAsync("wipe", "next", replyTo: first.Id);
        await Eventually.True(() => TextsAt(vic).Count() == 2, PeerUnderTest.Soon, "both have arrived");
        await vic.RoomMessages.MarkReadAsync("wipe", first.Id);

        await vic.RoomMarks.DeleteHereAsync("wipe", first.Id);

        Assert.Equal(["next"], TextsAt(vic));
        Assert.Equal(1, vic.Rooms.Find("wipe").Unread);
        Assert.Null(vic.RoomMessages.Page("wipe", null, null, 10).Messages[0].ReplyTo!.Text);
        Assert.Empty(vic.RoomSearch.Search("pineapple", null, 10).Messages);
        Assert.Equal(["pineapple and mango", "next"], TextsAt(una));
        Assert.Equal(first.Id, Assert.Single(vic.Rest().OfType<PeerEvent.RoomReordered>()).Deleted);
        Assert.DoesNotContain("pineapple", string.Join(' ', await BodiesAsync(vic)), StringComparison.Ordinal);
        await Assert.ThrowsAsync<PeerException>(() => vic.RoomMarks.DeleteHereAsync("wipe", first.Id));
        Assert.Throws<PeerException>(() => vic.RoomInfos.Of("wipe", first.Id));

        await vic.DisposeAsync();
        vic = await StartAsync("vic", data);
        Assert.Equal(["next"], TextsAt(vic));
        Assert.Equal(1, vic.Rooms.Find("wipe").Unread);
        await vic.DisposeAsync();

        IEnumerable<string> TextsAt(PeerUnderTest peer) =>
            peer.RoomMessages.Page(room.ToString(), null, null, 10).Messages.Select(message => message.Text);
    }

    [Fact]
    public async Task Messages_are_marked_as_unread_and_read_again()
    {
        await using var group = await RoomGroup.StartAsync(directory, "wes", "xan");
        var (wes, xan) = (group[0], group[1]);
        await group.OpenAsync("again");
        var first = await wes.RoomMessages.SendAsync("again", "one");
        var second = await wes.RoomMessages.SendAsync("again", "two");
        await group.AgreesAsync(2);
        var own = await xan.RoomMessages.SendAsync("again", "mine");
        await group.AgreesAsync(3);
        Assert.Equal(0, xan.Rooms.Find("again").Unread);

        // One that has come late counts once.
        await ChangeAsync(host => host.Late.Add(second.Id));
        Assert.Equal(1, xan.Rooms.Find("again").Unread);
        await xan.RoomMarks.MarkUnreadAsync("again", first.Id);
        Assert.Equal(2, xan.Rooms.Find("again").Unread);
        Assert.Equal(first.Id, xan.RoomHistory.FirstUnread("again"));
        // Those before it stay unread.
        await xan.RoomMarks.MarkUnreadAsync("again", second.Id);
        Assert.Equal(2, xan.Rooms.Find("again").Unread);
        await xan.RoomMessages.MarkReadAsync("again", upTo: null);
        // Nobody else has written after it.
        var refusal = await Assert.ThrowsAsync<PeerException>(() => xan.RoomMarks.MarkUnreadAsync("again", own.Id));
        Assert.StartsWith("Neither that message nor a later one", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(0, xan.Rooms.Find("again").Unread);
        await xan.RoomMarks.MarkUnreadAsync("again", first.Id);

        await xan.RoomMarks.DeleteHereAsync("again", first.Id);
        Assert.Equal(1, xan.Rooms.Find("again").Unread);
        await xan.RoomMessages.MarkReadAsync("again", upTo: null);
        Assert.Equal(0, xan.Rooms.Find("again").Unread);

        await xan.RoomMarks.DeleteHereAsync("again", own.Id);
        await ChangeAsync(host => host.ReadBy[wes.Id] = own.Id);
        var mark = Assert.Single(xan.RoomHistory.Newest("again", 10).ReadBy);
        Assert.Equal((wes.Id, second.Id), (mark.By.Key, mark.UpTo));

        Task ChangeAsync(Action<RoomHost> change) =>
            xan
                .Services.GetRequiredService<RoomCommands>()
                .ChangeAsync("again", host =>
                {
                    change(host);
                    return null;
                });
    }

    [Fact]
    public async Task Info_says_who_has_a_message_and_what_it_said_before()
    {
        await using var group = await RoomGroup.StartAsync(directory, "yan", "zoe", "abi");
        var (yan, zoe, abi) = (group[0], group[1], group[2]);
        await group.OpenAsync("info");
        await abi.StopAsync();
        var sent = await yan.RoomMessages.SendAsync("info", "teh text");
        _ = await yan.RoomMessages.EditAsync("info", sent.Id, "the text");
        await group.AgreesAsync(1, yan, zoe);

        var info = yan.RoomInfos.Of("info", sent.Id);
        Assert.Equal([abi.Id], info.WaitingFor.Select(person => person.Key).Except([zoe.Id]));
        Assert.Empty(info.ReadBy);
        await Eventually.True(
            () => yan.RoomInfos.Of("info", sent.Id).ReceivedBy.Any(person => person.Key == zoe.Id),
            PeerUnderTest.Soon,
            "zoe has acknowledged it"
        );
        _ = await zoe.RoomMessages.ReactAsync("info", sent.Id, "👍");
        await zoe.RoomMessages.MarkReadAsync("info", upTo: null);
        await Eventually.True(
            () => yan.RoomInfos.Of("info", sent.Id).ReadBy.Any(person => person.Key == zoe.Id),
            PeerUnderTest.Soon,
            "zoe has read it"
        );
        await Eventually.True(
            () => yan.RoomInfos.Of("info", sent.Id).Changes.Count == 2,
            PeerUnderTest.Soon,
            "the reaction has arrived"
        );
        await Eventually.True(
            () => yan.RoomInfos.Of("info", sent.Id).WaitingFor.Count == 1,
            PeerUnderTest.Soon,
            "zoe has acknowledged it"
        );

        info = yan.RoomInfos.Of("info", sent.Id);
        Assert.Equal(("the text", "teh text"), (info.Message.Text, Assert.Single(info.Versions).Text));
        Assert.Equal([MessageChange.Reaction, MessageChange.Edit], info.Changes.Select(change => change.Change));
        Assert.Equal([zoe.Id, yan.Id], info.Changes.Select(change => change.From.Key));
        Assert.Null(info.ReceivedAt);
        Assert.Empty(info.ReceivedBy);
        Assert.Equal([abi.Id], info.WaitingFor.Select(person => person.Key));
        var received = zoe.RoomInfos.Of("info", sent.Id);
        Assert.NotNull(received.ReceivedAt);
        Assert.Empty(received.WaitingFor);

        _ = await yan.RoomMessages.DeleteMessageAsync("info", sent.Id);
        var deleted = yan.RoomInfos.Of("info", sent.Id);
        Assert.True(deleted.Message.IsRemoved);
        Assert.Equal(sent.SentAt!.Value, deleted.Message.SentAt!.Value, TimeSpan.FromMinutes(1));
        Assert.Equal(MessageChange.Delete, deleted.Changes[0].Change);
    }

    [Fact]
    public async Task Fork_is_reported_until_the_user_closes_the_notice()
    {
        using var data = new TempDirectory();
        var ben = await StartAsync("ben-", data);
        _ = await ben.Rooms.CreateAsync("fork", history: 0);
        var liar = RoomKeys.IdOf(7);
        await MixedRoom.ForgeAsync(ben, "fork", machine => machine.Invite(liar));
        await ReceiveAsync(log => RoomForgery.Membership(log, 7, RoomEventKind.Join, HeadsOf(log)));
        Assert.Empty(ben.RoomMarks.ForksOf("fork"));
        await ReceiveAsync(log => RoomForgery.Message(log, 7, "one", [], HeadsOf(log), previous: null));
        await ReceiveAsync(log => RoomForgery.Message(log, 7, "other", [], HeadsOf(log), previous: null));
        Assert.Equal(liar, Assert.Single(ben.RoomMarks.ForksOf("fork")).Key);

        await ben.DisposeAsync();
        ben = await StartAsync("ben-", data);
        Assert.Equal(liar, Assert.Single(ben.RoomMarks.ForksOf("fork")).Key);
        await ben.RoomMarks.CloseForkAsync("fork", liar);
        Assert.Empty(ben.RoomMarks.ForksOf("fork"));

        await ben.DisposeAsync();
        ben = await StartAsync("ben-", data);
        Assert.Empty(ben.RoomMarks.ForksOf("fork"));
        await ben.Rooms.RemoveAsync("fork", liar.ToString());
        await ben.Rooms.DeleteAsync("fork");
        await ben.DisposeAsync();

        Task ReceiveAsync(Func<RoomLog, RoomEvent> forge) => MixedRoom.ForgeAsync(ben, "fork", machine =>
            {
                machine.Receive(liar, forge(machine.Log), DateTimeOffset.UnixEpoch);
                return null;
            });
    }

    private static IEnumerable<RoomEventId> HeadsOf(RoomLog log) => log.Membership.Heads.Select(head => head.Event.Id);

    private Task<PeerUnderTest> StartAsync(string name, TempDirectory data) =>
        PeerUnderTest.StartAsync(directory, name, options => (options.Ephemeral, options.Data) = (false, data.Path));

    private static async Task<IReadOnlyList<string>> BodiesAsync(PeerUnderTest peer)
    {
        IReadOnlyList<string> bodies = [];
        await MailPeers
            .StoreOf(peer)
            .Writer.CallAsync(connection =>
                bodies = connection.List("SELECT CAST(body AS TEXT) FROM room_events WHERE body IS NOT NULL", row =>
                    row.GetString(0)
                )
            );
        return bodies;
    }
}
