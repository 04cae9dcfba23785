using Google.Protobuf;
using P2PChat.Protocol.Rooms;
using P2PChat.Protocol.Rooms.Wire;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Protocol.Rooms;

/// <summary>
/// A moderator who fills the limits of one member cannot keep later acts from it, and nobody can bring events without
/// end (docs/protocol.md, section 25.9).
/// </summary>
public sealed class RoomHiddenActsTests
{
    private const int Owner = 0;
    private const int Liar = 1;
    private const int Honest = 2;
    private const int Helper = 3;

    private readonly RoomScene _room = new(members: 5);
    private readonly RoomEventId _start;

    public RoomHiddenActsTests()
    {
        Assert.Null(_room[Owner].SetRole(RoomKeys.IdOf(Liar), RoomRole.Moderator));
        _room.Settle();
        _start = _room[Owner].Log.Membership.Heads.Single().Event.Id;
    }

    [Fact]
    public void Long_chain_beyond_the_limit_of_one_author_arrives()
    {
        for (var branch = 0; branch < 3; branch++)
        {
            Give(Owner, Liar, Chain(900, (RoomEventKind)(9 + branch), areForks: false));
        }

        var hidden = Chain(100, RoomEventKind.Rename, areForks: false);
        Give(Honest, Liar, [.. hidden, Removal(hidden[^1])]);

        AssertArrives(limit: 2000);
    }

    [Fact]
    public void Long_chain_of_forks_beyond_the_limit_arrives()
    {
        // Sent by the author itself and by a helper, up to both limits.
        var others = Chain(RoomLimits.MembershipForks + RoomLimits.ForksOfOthers, (RoomEventKind)9, areForks: true);
        Give(Owner, Liar, others[..RoomLimits.MembershipForks]);
        Give(Owner, Helper, others[RoomLimits.MembershipForks..]);
        var hidden = Chain(RoomLimits.ForksOfOthers - 10, RoomEventKind.Rename, areForks: true);
        Give(Honest, Helper, [.. hidden, Removal(hidden[^1])]);

        AssertArrives(limit: others.Count);
    }

    [Fact]
    public void Join_beyond_the_limit_of_its_inviter_arrives_if_others_name_it()
    {
        var log = _room[Owner].Log;
        List<RoomEvent> invites = [];
        for (var i = 0; i < 60; i++)
        {
            var before = invites.Count > 0 ? invites[^1].Id : _start;
            invites.Add(
                RoomForgery.Membership(
                    log,
                    Liar,
                    RoomEventKind.Invite,
                    [before],
                    50 + i,
                    previous: invites.Count > 0 ? before : null
                )
            );
        }

        _room.Split(Owner);
        Give(Owner, Liar, invites);
        Give(Honest, Liar, invites);
        for (var i = 0; i < 480; i++)
        {
            _room[Owner].Receive(RoomKeys.IdOf(Liar), Join(50 + i % 60, invites[i % 60], $"name{i / 60}"), _room.Now);
        }

        var late = Join(50, invites[0], "late");
        _room[Owner].Receive(RoomKeys.IdOf(Liar), late, _room.Now);
        _room[Honest].Receive(RoomKeys.IdOf(Liar), late, _room.Now);
        Assert.InRange(
            log.Membership.Ordered.Count(node => node.Event.Kind == RoomEventKind.Join),
            60,
            4 + 60 + RoomLimits.RepeatedEntries
        );
        Assert.False(log.Contains(late.Id));

        _room.Say(Honest, "after the join");
        _room.Heal();

        Assert.True(log.Contains(late.Id));
        Assert.Equal(["after the join"], _room.TextsOf(Owner));
    }

    [Fact]
    public void Pictures_on_all_branches_of_one_author_are_bounded()
    {
        var picture = TestPictures.Png(8, 8, ("tEXt", new byte[60_000]));
        for (var branch = 0; branch < 4; branch++)
        {
            var before = Chain(1, (RoomEventKind)(9 + branch), areForks: true)[0];
            Give(Owner, Liar, [before]);
            for (var i = 0; i < 30; i++)
            {
                before = Picture(before, picture);
                Give(Owner, Liar, [before]);
            }
        }

        Assert.InRange(
            _room[Owner].Log.Membership.Ordered.Sum(node => node.Event.LargeBody),
            RoomLimits.LargeBodies,
            2 * RoomLimits.LargeBodies
        );
    }

    private void AssertArrives(int limit)
    {
        Assert.InRange(CountOf(Owner), limit, limit + 10);
        Assert.True(_room.HasMember(Owner, 4));
        Assert.False(_room.HasMember(Honest, 4));

        _room.Say(Honest, "after the removal");
        _room.Heal();
        for (var i = 0; i < 10; i++)
        {
            _room.Pass(RoomLimits.MessageWait);
        }

        Assert.False(_room.HasMember(Owner, 4));
        Assert.Equal(["after the removal"], _room.TextsOf(Owner));
    }

    [Fact]
    public void Forks_that_a_helper_brings_are_bounded()
    {
        for (var i = 0; i < 4; i++)
        {
            Give(Owner, Helper, Chain(900, (RoomEventKind)(9 + i), areForks: true));
        }

        Assert.InRange(CountOf(Owner), 2000, 2000 + RoomLimits.ForksOfOthers + 1);
    }

    [Fact]
    public void Forks_that_keys_without_an_entry_name_share_one_limit()
    {
        for (var key = 0; key < 3; key++)
        {
            var forks = Enumerable.Range(0, 1000).Select(i => Rename(Liar, [_start], $"{key} {i}")).ToList();
            // They wait for the forks, and so name them.
            List<RoomEvent> namers =
            [
                .. forks
                    .Chunk(RoomLimits.Parents)
                    .Select((some, i) => Rename(70 + key, some.Select(fork => fork.Id), $"{i}")),
            ];
            Give(Owner, Liar, namers);
            Give(Owner, Liar, forks);
        }

        Assert.InRange(CountOf(Owner), 1000, 2000 + RoomLimits.MembershipForks + 1);
    }

    private int CountOf(int number) =>
        _room[number].Log.Membership.Ordered.Count(node => node.Event.Author == RoomKeys.IdOf(Liar));

    // Each knows the one before. The previous event of a fork is always the same.
    private List<RoomEvent> Chain(int count, RoomEventKind kind, bool areForks)
    {
        List<RoomEvent> made = [];
        for (var i = 0; i < count; i++)
        {
            var before = made.Count > 0 ? made[^1].Id : _start;
            var previous = areForks || made.Count == 0 ? (RoomEventId?)null : before;
            var log = _room[Owner].Log;
            made.Add(RoomForgery.Membership(log, Liar, kind, [before], previous: previous));
        }

        return made;
    }

    private RoomEvent Join(int member, RoomEvent invite, string username) =>
        Signed(member, RoomEventKind.Join, [invite.Id], previous: null, new RoomBody { Username = username });

    private RoomEvent Rename(int author, IEnumerable<RoomEventId> parents, string name) =>
        Signed(author, RoomEventKind.Rename, parents, previous: null, new RoomBody { Name = name });

    private RoomEvent Picture(RoomEvent before, byte[] picture) =>
        Signed(
            Liar,
            RoomEventKind.Picture,
            [before.Id],
            before.Id,
            new RoomBody { Picture = ByteString.CopyFrom(picture) }
        );

    private RoomEvent Signed(
        int author,
        RoomEventKind kind,
        IEnumerable<RoomEventId> parents,
        RoomEventId? previous,
        RoomBody body
    )
    {
        var header = RoomForgery.Header(kind, _room.Room, previous);
        header.Parents.AddRange(parents.Select(RoomForgery.Bytes));
        return RoomEvent.Sign(header, body.ToByteArray(), RoomKeys.Of(author));
    }

    private RoomEvent Removal(RoomEvent after) =>
        RoomForgery.Membership(_room[Owner].Log, Liar, RoomEventKind.Remove, [after.Id], 4, previous: after.Id);

    private void Give(int to, int from, IReadOnlyList<RoomEvent> events)
    {
        foreach (var roomEvent in events)
        {
            _room[to].Receive(RoomKeys.IdOf(from), roomEvent, _room.Now);
        }
    }
}
