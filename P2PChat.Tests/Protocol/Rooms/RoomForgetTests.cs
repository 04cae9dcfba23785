using P2PChat.Protocol.Rooms;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>Messages that the user deletes on one peer only, and what is known about messages.</summary>
public sealed class RoomForgetTests
{
    private const int Owner = 0;

    [Fact]
    public void Forgotten_message_stays_away_on_one_peer_only()
    {
        var room = new RoomScene(members: 3);
        room.Say(1, "one");
        room.Settle();
        var id = room[1].LastOwnMessage!.Value;
        room.Say(2, "two");
        room.Settle();

        Assert.True(room[Owner].Forget(id));
        Assert.False(room[Owner].Forget(id));

        Assert.Equal(["two"], Shown(room[Owner]));
        Assert.Equal(["one", "two"], Shown(room[2]));
        Assert.Null(room[Owner].Log.Find(id)!.Body);
        // Again with its body, as an answer to somebody else's question would bring it.
        room[Owner].Receive(RoomKeys.IdOf(2), room[2].Log.Find(id)!, room.Now);
        var restored = new RoomMachine(RoomKeys.Of(Owner), room.Snapshot(Owner));
        restored.Reachable(RoomKeys.IdOf(2), room.Now);
        restored.Tick(room.Now + RoomLimits.AskAgain);
        List<RoomEffect> effects = [];
        _ = restored.TakeEffects(ref effects);
        Assert.Equal(["two"], Shown(restored));
        Assert.Null(room[Owner].Log.Find(id)!.Body);
        Assert.DoesNotContain(effects, effect => effect is RoomEffect.Ask or RoomEffect.Show);
        room.AssertAgree(Owner, 1, 2);
    }

    [Fact]
    public void Edits_of_a_forgotten_message_are_forgotten_too()
    {
        var room = new RoomScene(members: 2);
        room.Say(1, "first");
        var id = room[1].LastOwnMessage!.Value;
        room.Say(1, "second", new RoomContent.Edit(id));
        room.Settle();

        Assert.True(room[Owner].Forget(id));
        room.Say(1, "third", new RoomContent.Edit(id));
        room.Settle();

        Assert.Empty(Shown(room[Owner]));
        Assert.Equal([(Owner, new RoomEffect.Hide(id))], room.Effects.Where(one => one.Effect is RoomEffect.Hide));
        var texts = room[Owner].Log.Order.Select(one => RoomMessage.Of(room[Owner].Log.Find(one)!)?.Text);
        Assert.All(texts, Assert.Null);
        Assert.Equal(3, room.Snapshot(Owner).Forgotten.Count);
        Assert.Equal(3, room.Effects.Count(one => one is (Owner, RoomEffect.Store { Change: RoomChange.Forgotten })));
    }

    [Fact]
    public void Forgotten_message_is_not_shown_when_its_author_comes_back()
    {
        // A removal that has not seen the message, and that of the owner which makes it void.
        var room = new RoomScene(members: 4);
        Assert.Null(room[Owner].SetRole(RoomKeys.IdOf(2), RoomRole.Moderator));
        room.Settle();
        room.Split(Owner);
        room.Split(2);
        room.Say(1, "one");
        room.Settle();
        var id = room[1].LastOwnMessage!.Value;
        Assert.True(room[3].Forget(id));
        Assert.Null(room[2].Remove(RoomKeys.IdOf(1)));
        Assert.Null(room[Owner].Remove(RoomKeys.IdOf(2)));
        _ = room.Partitions.Remove((2, 3));
        room.Settle();
        Assert.Equal(MessageStatus.AfterRemoval, room[3].Log.StatusOf(id));

        room.Heal();

        Assert.Equal(MessageStatus.Counts, room[3].Log.StatusOf(id));
        Assert.Contains(id, room[Owner].Timeline.Shown);
        Assert.DoesNotContain(id, room[3].Timeline.Shown);
        Assert.DoesNotContain(room.Effects, one =>
            one is (3, RoomEffect.Store { Change: RoomChange.Shown { Id: var shown } }) && shown == id
        );
        Assert.Single(room.Effects, one => one is (3, RoomEffect.Show { Id: var shown }) && shown == id);
    }

    [Fact]
    public void Forgotten_message_that_its_author_deletes_is_erased_elsewhere()
    {
        var room = new RoomScene(members: 2);
        room.Say(1, "first");
        var id = room[1].LastOwnMessage!.Value;
        room.Say(1, "second", new RoomContent.Edit(id));
        var edit = room[1].LastOwnMessage!.Value;
        room.Settle();
        Assert.True(room[Owner].Forget(id));
        room.Settle();
        Assert.Empty(Erased());
        Assert.True(room[Owner].Log.IsOnlyForgotten(id));

        room.Say(1, "deleted a message", new RoomContent.Delete(id));
        room.Settle();

        Assert.Equal([id, edit], Erased());
        Assert.False(room[Owner].Log.IsOnlyForgotten(id));
        Assert.False(new RoomMachine(RoomKeys.Of(Owner), room.Snapshot(Owner)).Log.IsOnlyForgotten(id));
        Assert.Empty(Shown(room[Owner]));

        IEnumerable<RoomEventId> Erased() =>
            room
                .Effects.Where(one => one.Member == Owner)
                .Select(one => (one.Effect as RoomEffect.Store)?.Change)
                .OfType<RoomChange.BodyChanged>()
                .Where(change => change.Event.Body is null)
                .Select(change => change.Event.Id);
    }

    [Fact]
    public void Versions_and_changes_of_a_message_are_known()
    {
        var room = new RoomScene(members: 3);
        room.Say(1, "first");
        var id = room[1].LastOwnMessage!.Value;
        foreach (var number in Enumerable.Range(1, 25))
        {
            room.Say(1, $"edit {number}", new RoomContent.Edit(id));
        }

        room.Settle();
        room.Say(2, "👍", new RoomContent.Reaction(id, "👍"));
        room.Settle();
        // They do nothing, and leave place for those that do.
        foreach (var number in Enumerable.Range(1, 50))
        {
            room.Say(2, $"not mine {number}", new RoomContent.Edit(id));
        }

        room.Settle();

        var timeline = room[Owner].Timeline;
        var versions = timeline.VersionsOf(id).Select(one => one.Text).ToList();
        Assert.Equal(["first", .. Enumerable.Range(5, 20).Select(number => $"edit {number}")], versions);
        var changes = timeline.ChangesOf(id);
        Assert.Equal(26, changes.Count);
        Assert.Equal(
            (RoomKeys.IdOf(2), new RoomContent.Reaction(id, "👍")),
            (changes[0].Author, changes[0].Message.Content)
        );
        Assert.Empty(timeline.VersionsOf(changes[0].Id));
    }

    [Fact]
    public void Authors_of_later_messages_have_a_message()
    {
        var room = new RoomScene(members: 4);
        room.Say(1, "one");
        room.Settle();
        var id = room[1].LastOwnMessage!.Value;
        Assert.Empty(room[Owner].KnownTo(id));

        room.Split(3);
        room.Say(2, "two");
        room.Say(3, "knows one");
        room.Settle();
        room.Heal();

        Assert.Equal(new[] { RoomKeys.IdOf(2), RoomKeys.IdOf(3) }.Order(), room[Owner].KnownTo(id).Order());
        Assert.Empty(room[Owner].KnownTo(room[3].LastOwnMessage!.Value));
    }

    private static IEnumerable<string> Shown(RoomMachine machine) =>
        machine.Timeline.Shown.Select(id => machine.Timeline.Find(id)!.Text);
}
