using P2PChat.Node.Rooms;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Protocol.Rooms;

namespace P2PChat.Tests.Node.Rooms;

public sealed class RoomQuotaTests
{
    private const int Bytes = 60_000;
    private const int Small = (int)RoomQuota.SmallEvent;

    private readonly RoomScene _scene = new(members: 2);
    private int _made;

    [Fact]
    public void One_author_cannot_fill_a_room_for_others()
    {
        var room = new RoomSizes([]);
        var (flooder, other) = (RoomKeys.IdOf(1), RoomKeys.IdOf(2));
        while (RoomQuota.IsWithin(room, members: 9, flooder, Bytes))
        {
            room.Set(Text());
        }

        Assert.InRange(room.All, RoomQuota.RoomBytes / 4, RoomQuota.RoomBytes / 4 * 3);
        Assert.True(RoomQuota.MayWrite(room, members: 9, other, Bytes));
    }

    [Fact]
    public void What_an_author_may_write_is_taken_by_the_others()
    {
        var room = new RoomSizes([]);
        var author = RoomKeys.IdOf(1);
        while (RoomQuota.MayWrite(room, members: 2, author, Bytes))
        {
            room.Set(Text());
        }

        // They have some more of others by then, and take what deletes messages in any case.
        Assert.True(RoomQuota.IsWithin(room, members: 2, author, Bytes));
        while (RoomQuota.IsWithin(room, members: 2, author, Bytes))
        {
            room.Set(Text());
        }

        Assert.True(RoomQuota.IsWithin(room, members: 2, author, Small));
    }

    [Fact]
    public void Author_alone_in_a_room_may_fill_it()
    {
        var room = new RoomSizes([]);
        while (room.All + Bytes < RoomQuota.RoomBytes / 8 * 7)
        {
            room.Set(Text());
        }

        Assert.True(RoomQuota.MayWrite(room, members: 1, RoomKeys.IdOf(1), Bytes));
        Assert.False(RoomQuota.MayWrite(room, members: 2, RoomKeys.IdOf(1), Bytes));
    }

    [Fact]
    public void Delete_of_a_text_that_is_here_is_always_taken()
    {
        _scene.Say(1, "a text");
        _scene.Settle();
        var (log, text) = (_scene[1].Log, _scene[1].Log.Order.Single());
        _scene.Say(1, FallbackText.Deleted, new RoomContent.Delete(text));
        var deletes = log.Find(log.Order.Last())!;

        Assert.True(RoomQuota.Erases(_scene[0].Log, deletes));
        _scene.Settle();
        // The next one would only take space.
        Assert.False(RoomQuota.Erases(_scene[0].Log, deletes));
    }

    [Fact]
    public void Full_rooms_leave_others_their_share()
    {
        const long total = 1024 * 1024;
        var (full, small) = (new RoomSizes([]), new RoomSizes([Text()]));
        while (full.All < total / 2)
        {
            full.Set(Text());
        }

        Assert.False(RoomQuota.HasPlace(total, total, rooms: 4, full, Bytes));
        Assert.True(RoomQuota.HasPlace(total, total, rooms: 4, small, Bytes));
        Assert.True(RoomQuota.HasPlace(total, total / 2, rooms: 4, full, Bytes));
    }

    [Fact]
    public void Membership_events_take_no_place_of_messages()
    {
        var room = new RoomSizes([]);
        while (room.Membership < RoomQuota.RoomBytes + 2 * RoomQuota.Slack)
        {
            room.Set(RoomForgery.Picture(_scene[0].Log, 0, [.. BitConverter.GetBytes(_made++), .. new byte[Bytes]]));
        }

        Assert.True(RoomQuota.MayWrite(room, members: 9, RoomKeys.IdOf(1), Bytes));
        Assert.True(RoomQuota.IsWithin(room, members: 9, RoomKeys.IdOf(1), Bytes));
    }

    [Fact]
    public void Arriving_events_count_within_one_step()
    {
        var room = new RoomSizes([]);
        var text = Text();
        room.Arrive(text);
        var arriving = room.All;
        room.EndStep();

        Assert.Equal(RoomQuota.SizeOf(text), arriving);
        Assert.Equal((0, 0), (room.All, room.Of(RoomKeys.IdOf(1))));
    }

    [Fact]
    public void Body_that_comes_later_counts_until_it_is_deleted()
    {
        var (room, text) = (Room(), Text());
        var before = room.Sizes.All;

        RoomOutputs.Note(room, new RoomChange.Added(text.WithoutBody(), IsUnsent: false), new RoomWork());
        RoomOutputs.Note(room, new RoomChange.BodyChanged(text), new RoomWork());
        Assert.Equal(before + RoomQuota.SizeOf(text), room.Sizes.All);

        RoomOutputs.Note(room, new RoomChange.BodyChanged(text.WithoutBody()), new RoomWork());
        Assert.Equal(before + RoomQuota.SizeOf(text.WithoutBody()), room.Sizes.All);
    }

    [Fact]
    public void Event_that_is_dropped_counts_no_more()
    {
        var (room, text) = (Room(), Text());
        var before = room.Sizes.All;

        RoomOutputs.Note(room, new RoomChange.Added(text, IsUnsent: false), new RoomWork());
        RoomOutputs.Note(room, new RoomChange.Dropped(text.Id), new RoomWork());

        Assert.Equal((before, 0), (room.Sizes.All, room.Sizes.Of(text.Author)));
    }

    [Fact]
    public void Authors_of_refused_messages_are_forgotten()
    {
        var room = new RoomSizes([Text()]);
        var log = _scene[0].Log;
        for (var author = 2; author < 10; author++)
        {
            room.Arrive(RoomForgery.Message(log, author, "from a stranger", [], [log.Room], previous: null));
        }

        room.EndStep();

        Assert.Equal(1, room.Authors);
    }

    [Fact]
    public void Held_events_are_kept_while_more_of_them_come()
    {
        var (held, now) = (new HeldEvents(), DateTimeOffset.UnixEpoch);
        var (one, other) = (Text(), Text());
        held.Add(one.Author, one, now);
        held.Add(one.Author, other, now + TimeSpan.FromMinutes(9));
        held.Add(RoomKeys.IdOf(2), one, now + TimeSpan.FromMinutes(12));

        Assert.Equal([one, other], held.Take(_scene.Room, one.Author));
    }

    [Fact]
    public void Held_events_are_kept_until_the_room_is_saved()
    {
        var (held, now) = (new HeldEvents(), DateTimeOffset.UnixEpoch);
        var (one, other) = (Text(), Text());
        held.Add(one.Author, one, now);
        Assert.Equal([one], held.Take(_scene.Room, one.Author));

        held.Undo();
        // The same events arrive again.
        held.Add(one.Author, one, now);
        held.Add(one.Author, other, now);
        Assert.Equal([one, other], held.Take(_scene.Room, one.Author));

        held.Saved();
        held.Undo();
        Assert.Empty(held.Take(_scene.Room, one.Author));
    }

    private RoomEvent Text() => RoomForgery.Message(_scene, 1, new string('x', Bytes - 8) + $"{_made++:D8}");

    private RoomHost Room()
    {
        var membership = _scene[0].Log.Membership.Ordered.Select(node => node.Event).ToList();
        var snapshot = new RoomSnapshot(_scene.Room, membership, [], []);
        return new RoomHost(
            RoomKeys.IdOf(0),
            new StoredRoom(snapshot, Inviter: null, DateTimeOffset.UnixEpoch),
            new RoomMachine(RoomKeys.Of(0), snapshot)
        );
    }
}
