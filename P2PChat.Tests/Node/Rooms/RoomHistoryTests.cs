using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Protocol.Rooms;

namespace P2PChat.Tests.Node.Rooms;

/// <summary>What a newcomer is told of messages from before its join.</summary>
public sealed class RoomHistoryTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Changes_of_a_message_from_before_the_join_are_published()
    {
        await using var group = await RoomGroup.StartAsync(directory, "hal", "ivy");
        var (hal, ivy) = (group[0], group[1]);
        _ = await hal.Rooms.CreateAsync("past", history: 10);
        var old = await hal.RoomMessages.SendAsync("past", "pineapple");
        await group.EnterAsync("past", ivy);
        await group.AgreesAsync(1);
        _ = await hal.RoomMessages.SendAsync("past", "as I said", replyTo: old.Id);
        var reply = await ivy.Expect<PeerEvent.RoomMessageReceived>();
        Assert.Equal("pineapple", reply.Message.ReplyTo!.Text);

        _ = await hal.RoomMessages.ReactAsync("past", old.Id, "👍");
        var reacted = await ivy.Expect<PeerEvent.RoomMessageChanged>();
        _ = await hal.RoomMessages.DeleteMessageAsync("past", old.Id);
        var deleted = await ivy.Expect<PeerEvent.RoomMessageChanged>();

        Assert.Equal((old.Id, "👍"), (reacted.Message.Id, Assert.Single(reacted.Message.Reactions).Emoji));
        Assert.Equal((old.Id, true, ""), (deleted.Message.Id, deleted.Message.IsRemoved, deleted.Message.Text));
        // The user was never told of the message.
        Assert.False(reacted.Notifies || deleted.Notifies);
        Assert.All(KeptBy(ivy).OfType<PeerEvent.RoomMessageReceived>(), kept =>
            Assert.Null(kept.Message.ReplyTo?.Text)
        );
    }

    [Fact]
    public async Task Messages_from_before_the_join_do_not_hide_unread_ones()
    {
        const int away = 7;
        await using var group = await RoomGroup.StartAsync(directory, "jon", "kim");
        var (jon, kim) = (group[0], group[1]);
        var room = (await jon.Rooms.CreateAsync("burst", history: 0)).Id;
        var member = await ForgedMember.JoinAsync(jon, room, away, "lou");
        var log = member.PeerLog;
        var joined = log.Membership.Heads.Single().Event.Id;
        await group.EnterAsync("burst", kim);
        await Eventually.True(
            () => jon.Rooms.Find("burst").Members == 3,
            PeerUnderTest.Soon,
            "jon knows that kim has joined"
        );
        _ = await jon.RoomMessages.SendAsync("burst", "unread");
        await group.AgreesAsync(1);

        RoomEventId? previous = null;
        for (var i = 0; i < 5; i++)
        {
            RoomEventId[] parents = previous is { } last ? [last] : [];
            var message = RoomForgery.Message(log, away, $"from before {i}", parents, [joined], previous);
            await MixedRoom.ForgeAsync(kim, "burst", machine =>
            {
                machine.Receive(member.Id, message, DateTimeOffset.UnixEpoch);
                return null;
            });
            previous = message.Id;
        }

        Assert.Equal("from before 4", group.TextsAt(kim)[^1]);
        Assert.Equal(1, kim.Rooms.Find("burst").Unread);
    }

    private static List<PeerEvent> KeptBy(PeerUnderTest peer)
    {
        using var listener = peer.Services.GetRequiredService<EventLog>().Listen(0)!;
        List<PeerEvent> kept = [];
        while (listener.Reader.TryRead(out var numbered))
        {
            kept.Add(numbered.Event);
        }

        return kept;
    }
}
