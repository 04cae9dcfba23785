using P2PChat.Node.Model;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Rooms;

/// <summary>Rooms between real peers that are all contacts of each other.</summary>
public sealed class RoomTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Message_reaches_all_members_in_one_order()
    {
        await using var group = await RoomGroup.StartAsync(directory, "ann", "ben", "cyd");
        var (ann, ben, cyd) = (group[0], group[1], group[2]);
        await group.OpenAsync("Hiking trip");

        foreach (var number in Enumerable.Range(1, 20))
        {
            await Task.WhenAll(
                group.All.Select(peer => peer.RoomMessages.SendAsync("#hiking-trip", $"{peer.Name} {number}"))
            );
        }

        await group.AgreesAsync(60);
        Assert.Equal(["ann", "ben", "cyd"], ben.Rooms.MembersOf("hiking-trip").Select(one => one.Person.Shown).Order());
        Assert.Equal(
            ann.Id,
            Assert.Single(cyd.Rooms.MembersOf("hiking-trip"), one => one.Role == RoomRole.Owner).Person.Key
        );
        Assert.Equal(RoomStanding.Joined, ann.Rooms.Find("hiking-trip").Standing);
    }

    [Fact]
    public async Task Replies_reactions_edits_and_deletes_reach_all_members()
    {
        await using var group = await RoomGroup.StartAsync(directory, "ada", "bob", "cleo");
        var (ada, bob, cleo) = (group[0], group[1], group[2]);
        await group.OpenAsync("talk");
        var question = await ada.RoomMessages.SendAsync("talk", "a question for @bob");
        await group.AgreesAsync(1);

        var received = await bob.Expect<PeerEvent.RoomMessageReceived>();
        Assert.True(received.Message.MentionsUser && received.Notifies);
        Assert.Equal((1, 1), (bob.Rooms.Find("talk").Unread, bob.Rooms.Find("talk").Mentions));
        Assert.Equal(0, cleo.Rooms.Find("talk").Mentions);
        _ = await bob.RoomMessages.SendAsync("talk", "an answer", question.Id);
        _ = await cleo.RoomMessages.ReactAsync("talk", question.Id, "👍");
        _ = await ada.RoomMessages.EditAsync("talk", question.Id, "a better question");
        await group.AgreesAsync(2);
        var reply = cleo.RoomMessages.Page("talk", null, null, 10).Messages[1];
        Assert.Equal((question.Id, "a better question"), (reply.ReplyTo!.Id, reply.ReplyTo.Text));
        Assert.Equal("👍", Assert.Single(bob.RoomMessages.FindMessage("talk", question.Id).Reactions).Emoji);

        _ = await ada.RoomMessages.DeleteMessageAsync("talk", question.Id);
        await Eventually.True(
            () => group.All.All(peer => peer.RoomMessages.FindMessage("talk", question.Id).IsRemoved),
            PeerUnderTest.Soon,
            "the message is deleted"
        );
        await Assert.ThrowsAsync<PeerException>(() => cleo.RoomMessages.EditAsync("talk", reply.Id, "mine"));
        await Assert.ThrowsAsync<PeerException>(() => ada.RoomMessages.DeleteMessageAsync("talk", reply.Id));
    }

    [Fact]
    public async Task Removed_member_gets_nothing_more()
    {
        await using var group = await RoomGroup.StartAsync(directory, "abe", "bea", "cat");
        var (abe, bea, cat) = (group[0], group[1], group[2]);
        await group.OpenAsync("club");
        await Assert.ThrowsAsync<PeerException>(() => bea.Rooms.RemoveAsync("club", "cat"));

        await abe.Rooms.RemoveAsync("club", "cat");
        await Eventually.True(
            () => cat.Rooms.Find("club").Standing == RoomStanding.Left,
            PeerUnderTest.Soon,
            "the member knows of the removal"
        );
        _ = await bea.RoomMessages.SendAsync("club", "without cat");
        await group.AgreesAsync(1, abe, bea);

        Assert.Empty(cat.RoomMessages.Page("club", null, null, 10).Messages);
        await Assert.ThrowsAsync<PeerException>(() => cat.RoomMessages.SendAsync("club", "hello?"));
        await cat.Rooms.DeleteAsync("club");
        Assert.Empty(cat.Rooms.All);
    }

    [Fact]
    public async Task Newcomer_gets_the_last_messages()
    {
        await using var group = await RoomGroup.StartAsync(directory, "alf", "bo-", "cim");
        var (alf, bo, cim) = (group[0], group[1], group[2]);
        _ = await alf.Rooms.CreateAsync("late", history: 2);
        await group.EnterAsync("late", bo);
        foreach (var text in new[] { "one", "two", "three" })
        {
            _ = await bo.RoomMessages.SendAsync("late", text);
        }

        await group.AgreesAsync(3, alf, bo);
        await group.EnterAsync("late", cim);

        await Eventually.True(
            () =>
                cim
                    .RoomMessages.Page("late", null, null, 10)
                    .Messages.Select(one => one.Text)
                    .SequenceEqual(["two", "three"]),
            PeerUnderTest.Soon,
            "the newcomer has the last two"
        );
        Assert.Equal(0, cim.Rooms.Find("late").Unread);
        var three = cim.RoomMessages.Page("late", null, null, 1).Messages.Single().Id;
        var refusal = await Assert.ThrowsAsync<PeerException>(() => cim.RoomMarks.MarkUnreadAsync("late", three));
        Assert.StartsWith("That message is from before you joined", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Owner_and_moderator_change_the_room_at_once()
    {
        await using var group = await RoomGroup.StartAsync(directory, "axl", "bud", "cox");
        var (axl, bud, cox) = (group[0], group[1], group[2]);
        await group.OpenAsync("duel");
        await axl.Rooms.SetRoleAsync("duel", "bud", RoomRole.Moderator);
        await axl.Rooms.SetRoleAsync("duel", "cox", RoomRole.Moderator);
        await Eventually.True(
            () =>
                new[] { bud, cox }.All(peer =>
                    peer.Rooms.MembersOf("duel").Count(member => member.Role == RoomRole.Moderator) == 2
                ),
            PeerUnderTest.Soon,
            "both know that both are moderators"
        );

        // Neither outranks the other.
        await Assert.ThrowsAsync<PeerException>(() => bud.Rooms.RemoveAsync("duel", "cox"));
        await Assert.ThrowsAsync<PeerException>(() => cox.Rooms.RemoveAsync("duel", "bud"));
        await Task.WhenAll(axl.Rooms.RemoveAsync("duel", "bud"), cox.Rooms.RenameAsync("duel", "duels"));

        await Eventually.True(
            () => new[] { axl, cox }.All(peer => peer.Rooms.All[0] is { Name: "duels", Members: 2 }),
            PeerUnderTest.Soon,
            "both changes count"
        );
        var removed = await cox.Expect<PeerEvent.RoomChanged>(one => one.Change?.Kind == RoomChangeKind.Removed);
        Assert.Equal((bud.Id, axl.Id), (removed.Change!.Who.Key, removed.Change.By!.Key));
    }

    [Fact]
    public async Task Typing_and_read_marks_reach_members_unless_turned_off()
    {
        await using var group = await RoomGroup.StartAsync(directory, "dan", "eli");
        var (dan, eli) = (group[0], group[1]);
        await group.OpenAsync("signs");
        var message = await dan.RoomMessages.SendAsync("signs", "hello");
        await group.AgreesAsync(1);

        eli.RoomMessages.SetTyping("signs", active: true);
        Assert.True((await dan.Expect<PeerEvent.RoomTyping>()).Active);
        await eli.RoomMessages.MarkReadAsync("signs", message.Id);
        Assert.Equal(message.Id, (await dan.Expect<PeerEvent.RoomRead>()).UpTo);

        eli.Settings.Set("typing", "off");
        eli.RoomMessages.SetTyping("signs", active: false);
        _ = await eli.RoomMessages.SendAsync("signs", "after");
        await group.AgreesAsync(2);
        Assert.DoesNotContain(dan.Rest(), one => one is PeerEvent.RoomTyping);
    }

    [Fact]
    public async Task Last_of_two_read_marks_within_a_second_is_shown()
    {
        await using var group = await RoomGroup.StartAsync(directory, "dix", "ela");
        var (dix, ela) = (group[0], group[1]);
        await group.OpenAsync("fast");
        var first = await dix.RoomMessages.SendAsync("fast", "one");
        var second = await dix.RoomMessages.SendAsync("fast", "two");
        await group.AgreesAsync(2);

        await ela.RoomMessages.MarkReadAsync("fast", first.Id);
        await ela.RoomMessages.MarkReadAsync("fast", second.Id);

        Assert.Equal(first.Id, (await dix.Expect<PeerEvent.RoomRead>()).UpTo);
        Assert.Equal(second.Id, (await dix.Expect<PeerEvent.RoomRead>()).UpTo);
    }

    [Fact]
    public async Task Read_marks_end_with_the_17th_member()
    {
        await using var group = await RoomGroup.StartAsync(directory, "dot", "eva");
        var (dot, eva) = (group[0], group[1]);
        await group.OpenAsync("crowd");
        var room = dot.Rooms.Find("crowd").Id;
        foreach (var number in Enumerable.Range(1, RoomLimits.ReadMarks - 2))
        {
            _ = await ForgedMember.JoinAsync(dot, room, number, $"member{number}");
        }

        var first = await dot.RoomMessages.SendAsync("crowd", "to 16 members");
        await group.AgreesAsync(1);
        Assert.Equal(16, eva.Rooms.Find("crowd").Members);
        await eva.RoomMessages.MarkReadAsync("crowd", upTo: null);
        Assert.Equal(first.Id, (await dot.Expect<PeerEvent.RoomRead>()).UpTo);

        _ = await ForgedMember.JoinAsync(dot, room, RoomLimits.ReadMarks, "member16");
        _ = await dot.RoomMessages.SendAsync("crowd", "to 17 members");
        await group.AgreesAsync(2);
        Assert.Equal(17, eva.Rooms.Find("crowd").Members);
        await eva.RoomMessages.MarkReadAsync("crowd", upTo: null);
        // Signals arrive in order.
        eva.RoomMessages.SetTyping("crowd", active: true);
        _ = await dot.Expect<PeerEvent.RoomTyping>();
        Assert.Equal(first.Id, dot.RoomMessages.ReadBy("crowd")[eva.Id]);
    }

    [Fact]
    public async Task Older_mark_does_not_make_messages_unread()
    {
        await using var group = await RoomGroup.StartAsync(directory, "fay", "gil");
        var (fay, gil) = (group[0], group[1]);
        await group.OpenAsync("marks");
        var first = await fay.RoomMessages.SendAsync("marks", "first");
        _ = await fay.RoomMessages.SendAsync("marks", "second");
        await group.AgreesAsync(2);

        await gil.RoomMessages.MarkReadAsync("marks", upTo: null);
        await gil.RoomMessages.MarkReadAsync("marks", first.Id);

        Assert.Equal(0, gil.Rooms.Find("marks").Unread);
    }

    [Fact]
    public async Task Message_of_a_blocked_member_comes_by_others_and_is_collapsed()
    {
        await using var group = await RoomGroup.StartAsync(directory, "jan", "kim", "leo");
        var (jan, kim, leo) = (group[0], group[1], group[2]);
        await group.OpenAsync("blocks");
        await kim.Contacts.BlockAsync(jan.Name, CancellationToken.None);
        _ = await jan.RoomMessages.SendAsync("blocks", "from jan");
        await group.AgreesAsync(1, jan, leo);
        Assert.Empty(group.TextsAt(kim));

        _ = await leo.RoomMessages.SendAsync("blocks", "from leo");

        await group.AgreesAsync(2);
        var collapsed = kim.RoomMessages.Page("blocks", null, null, 10).Messages[0];
        Assert.Equal((true, jan.Id), (collapsed.IsCollapsed, collapsed.From.Key));
        Assert.Equal(1, kim.Rooms.Find("blocks").Unread);
        var received = kim.Rest().OfType<PeerEvent.RoomMessageReceived>();
        Assert.False(received.Single(one => one.Message.IsCollapsed).Notifies);
    }

    [Fact]
    public async Task Only_mentions_notify_if_the_user_wants_that()
    {
        await using var group = await RoomGroup.StartAsync(directory, "moe", "nia");
        var (moe, nia) = (group[0], group[1]);
        await group.OpenAsync("quiet");
        await nia.Rooms.SetNotifyAsync("quiet", RoomNotify.Mentions);

        _ = await moe.RoomMessages.SendAsync("quiet", "nobody in particular");
        _ = await moe.RoomMessages.SendAsync("quiet", "you, @nia");

        Assert.False((await nia.Expect<PeerEvent.RoomMessageReceived>()).Notifies);
        Assert.True((await nia.Expect<PeerEvent.RoomMessageReceived>()).Notifies);
    }
}
