using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Invites;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node.Mailbox;

namespace P2PChat.Tests.Node.Rooms;

/// <summary>Invite links to rooms, between real peers that have never talked before.</summary>
public sealed class RoomLinkTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>, IDisposable
{
    private const string Room = "linked";

    private readonly TempDirectory _data = new();

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Stranger_joins_by_a_link_and_is_no_contact()
    {
        await using var amy = await StartAsync("amy");
        await using var ben = await StartAsync("ben");
        var link = await OpenAsync(amy, uses: 2);

        Assert.Equal(JoinOutcome.Connecting, await JoinAsync(ben, link));
        await JoinedAsync(ben);

        await TalkAsync(amy, ben);
        Assert.DoesNotContain(ben.Contacts.All, contact => contact.Name == amy.Name);
        Assert.DoesNotContain(amy.Contacts.All, contact => contact.Name == ben.Name);
        var used = Assert.Single(amy.RoomLinks.List(Room));
        Assert.Equal((RoomInviteState.Open, 2), (used.State, used.Uses));
        Assert.Equal(ben.Id, Assert.Single(used.UsedBy).Key);
        var joined = await amy.Expect<PeerEvent.RoomChanged>(one => one.Change?.Kind == RoomChangeKind.Joined);
        Assert.Equal(ben.Id, joined.Change!.Who.Key);
        Assert.DoesNotContain(amy.Rest(), @event => @event is PeerEvent.Request);
        var refusal = await RefusedAsync(ben, link);
        Assert.Equal($"You are already a member of {Room}. There is nothing to do.", refusal.Message);
    }

    [Fact]
    public async Task Contact_joins_by_a_link_and_stays_one()
    {
        await using var cam = await StartAsync("cam");
        await using var dan = await StartAsync("dan");
        await cam.ConnectAsync(dan);
        var link = await OpenAsync(cam);

        _ = await JoinAsync(dan, link);
        await JoinedAsync(dan);

        await TalkAsync(cam, dan);
        _ = cam.Messages.Send(dan.Name, "as contacts");
        Assert.Equal("as contacts", (await dan.Expect<PeerEvent.MessageReceived>()).Message.Text);
    }

    [Fact]
    public async Task Link_waits_for_its_maker_and_survives_restarts_of_both()
    {
        InviteLink link;
        await using (var eve = await StartAsync("eve"))
        {
            link = await OpenAsync(eve);
        }

        await using (var fin = await StartAsync("fin"))
        {
            Assert.Equal(JoinOutcome.Waiting, await JoinAsync(fin, link));
            AssertWaiting(fin, "eve");
        }

        await using var again = await StartAsync("fin");
        AssertWaiting(again, "eve");
        var early = await Assert.ThrowsAsync<PeerException>(() => again.Rooms.JoinAsync($"{link.Room}"));
        Assert.Contains("as soon as eve is online", early.Message, StringComparison.Ordinal);
        await using var back = await StartAsync("eve");
        await JoinedAsync(again);

        await TalkAsync(back, again);
        Assert.Equal(RoomInviteState.Used, Assert.Single(back.RoomLinks.List(Room)).State);
    }

    [Fact]
    public async Task Used_revoked_expired_and_unknown_links_are_refused_with_the_reason()
    {
        var clock = new SettableClock();
        await using var gus = await StartAsync("gus", clock);
        await using var hal = await StartAsync("hal");
        await using var ian = await StartAsync("ian");
        // Made two days ago, because with a wrong clock nobody could connect.
        clock.PutForward(-TimeSpan.FromDays(2));
        var expired = await OpenAsync(gus);
        clock.PutForward(TimeSpan.FromDays(2));
        var (used, revoked) = (
            await gus.RoomLinks.CreateAsync(Room, 1, 24),
            await gus.RoomLinks.CreateAsync(Room, 1, 24)
        );
        await gus.RoomLinks.RevokeAsync(Room, revoked.Id.ToLowerInvariant());
        _ = await JoinAsync(hal, used.Link!);
        await JoinedAsync(hal);

        await AssertRefusedAsync(ian, used.Link!, RoomInviteRefusal.Used);
        await AssertRefusedAsync(ian, revoked.Link!, RoomInviteRefusal.Revoked);
        await AssertRefusedAsync(ian, expired, RoomInviteRefusal.Expired);
        await AssertRefusedAsync(ian, used.Link! with { Secret = InviteSecret.New() }, RoomInviteRefusal.Unknown);

        await Eventually.True(() => gus.Rooms.Find(Room).Members == 2, PeerUnderTest.Soon, "gus knows of the join");
        Assert.Equal(
            [RoomInviteState.Revoked, RoomInviteState.Used, RoomInviteState.Expired],
            gus.RoomLinks.List(Room).Select(one => one.State)
        );
    }

    [Fact]
    public async Task Link_of_a_former_moderator_is_refused_on_an_open_connection()
    {
        await using var jim = await StartAsync("jim");
        await using var kay = await StartAsync("kay");
        await using var lou = await StartAsync("lou");
        await jim.ConnectAsync(kay);
        await kay.ConnectAsync(lou);
        _ = await JoinAsync(kay, await OpenAsync(jim));
        await JoinedAsync(kay);
        var early = await Assert.ThrowsAsync<PeerException>(() => kay.RoomLinks.CreateAsync(Room, 1, 24));
        Assert.StartsWith("Only moderators", early.Message, StringComparison.Ordinal);
        await SetRoleAsync(jim, kay, RoomRole.Moderator);
        var link = (await kay.RoomLinks.CreateAsync(Room, 1, 24)).Link!;
        await SetRoleAsync(jim, kay, RoomRole.Member);

        await AssertRefusedAsync(lou, link, RoomInviteRefusal.NotAllowed);

        Assert.Equal(RoomInviteState.Open, Assert.Single(kay.RoomLinks.List(Room)).State);
    }

    [Fact]
    public async Task Removed_member_does_not_come_back_by_a_link()
    {
        await using var max = await StartAsync("max");
        await using var ned = await StartAsync("ned");
        var link = await OpenAsync(max, uses: 5);
        _ = await JoinAsync(ned, link);
        await JoinedAsync(ned);
        Assert.Equal(Room, (await ned.Expect<PeerEvent.RoomLinkAccepted>()).Room.Name);
        await Eventually.True(() => max.Rooms.Find(Room).Members == 2, PeerUnderTest.Soon, "max knows of the join");
        await max.Rooms.RemoveAsync(Room, "ned");
        await Eventually.True(
            () => ned.Rooms.Find(Room).Standing == RoomStanding.Left,
            PeerUnderTest.Soon,
            "ned knows of the removal"
        );
        Assert.Equal(max.Id, ned.Rooms.Find(Room).RemovedBy!.Key);

        _ = await JoinAsync(ned, link);

        Assert.Equal(RoomInviteRefusal.Removed, (await ned.Expect<PeerEvent.RoomLinkRefused>()).Reason);
        Assert.Equal(RoomStanding.Left, ned.Rooms.Find(Room).Standing);
    }

    [Fact]
    public async Task Member_who_has_left_comes_back_by_the_same_link()
    {
        await using var ola = await StartAsync("ola");
        await using var pat = await StartAsync("pat");
        var link = await OpenAsync(ola, uses: 1);
        _ = await JoinAsync(pat, link);
        await JoinedAsync(pat);
        await Eventually.True(() => ola.Rooms.Find(Room).Members == 2, PeerUnderTest.Soon, "ola knows of the join");
        await pat.Rooms.LeaveAsync(Room);
        await Eventually.True(
            () => ola.Rooms.Find(Room).Members == 1,
            PeerUnderTest.Soon,
            "ola knows that pat has left"
        );
        Assert.Null(pat.Rooms.Find(Room).RemovedBy);

        _ = await JoinAsync(pat, link);
        await JoinedAsync(pat);

        await TalkAsync(ola, pat);
        Assert.Single(Assert.Single(ola.RoomLinks.List(Room)).UsedBy);
    }

    [Fact]
    public async Task Waiting_can_be_given_up()
    {
        InviteLink link;
        await using (var quy = await StartAsync("quy"))
        {
            link = await OpenAsync(quy);
        }

        await using var ray = await StartAsync("ray");
        _ = await JoinAsync(ray, link);
        await ray.Rooms.LeaveAsync($"{link.Room}");
        Assert.Empty(ray.Rooms.All);
        Assert.Empty(ray.Services.GetRequiredService<RoomMembers>().Proofs);
        // So that a start with the same link does not ask again.
        Assert.True(ray.RoomLinks.IsKnown(link.Room!.Value));

        await using var back = await StartAsync("quy");
        // A second link of the same maker shows that the two can connect, and that nothing asks with the first one.
        _ = await back.Rooms.CreateAsync("other", history: 0);
        _ = await JoinAsync(ray, (await back.RoomLinks.CreateAsync("other", 1, 24)).Link!);
        await JoinedAsync(ray, "other");
        Assert.Empty(Assert.Single(back.RoomLinks.List(Room)).UsedBy);
    }

    [Fact]
    public async Task Restoring_a_backup_revokes_links()
    {
        InviteLink link;
        await using (var sam = await StartAsync("sam"))
        {
            link = await OpenAsync(sam);
        }

        using (var opened = DataDirectory.Open(Path.Combine(_data.Path, "sam")))
        {
            RestoredMarker.Write(opened, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow);
        }

        await using var restored = await StartAsync("sam");
        await using var tom = await StartAsync("tom");

        await AssertRefusedAsync(tom, link, RoomInviteRefusal.Revoked);
    }

    [Fact]
    public async Task Revocation_of_links_that_cannot_be_saved_is_repeated()
    {
        await using var peer = await StartAsync("nia");
        _ = await OpenAsync(peer);
        await ExecuteAsync(peer, "CREATE TRIGGER one BEFORE INSERT ON room_links BEGIN SELECT RAISE(ABORT, ''); END");
        await ExecuteAsync(peer, "CREATE TRIGGER two BEFORE INSERT ON room_events BEGIN SELECT RAISE(ABORT, ''); END");

        peer.Services.GetRequiredService<RoomQueue>().OlderCopyDetected();
        // In the same step, or in the next one.
        _ = await Assert.ThrowsAsync<PeerException>(() => peer.RoomMessages.SendAsync(Room, "lost"));
        await ExecuteAsync(peer, "DROP TRIGGER one");
        await ExecuteAsync(peer, "DROP TRIGGER two");
        _ = await peer.RoomMessages.SendAsync(Room, "kept");

        Assert.Equal(RoomInviteState.Revoked, Assert.Single(peer.RoomLinks.List(Room)).State);

        _ = await peer.RoomLinks.CreateAsync(Room, 1, 1);
        await ExecuteAsync(peer, "ALTER TABLE room_links RENAME TO away");
        peer.Services.GetRequiredService<RoomQueue>().OlderCopyDetected();
        // In the step that fails, and in one that has nothing to save while the room cannot be read.
        _ = await Assert.ThrowsAsync<PeerException>(() => peer.RoomMessages.SendAsync(Room, "lost"));
        _ = await Assert.ThrowsAsync<PeerException>(() => peer.RoomMessages.SendAsync(Room, "lost, too"));
        await ExecuteAsync(peer, "ALTER TABLE away RENAME TO room_links");
        _ = await peer.RoomMessages.SendAsync(Room, "kept, too");

        Assert.Equal(2, peer.RoomLinks.List(Room).Count);
        Assert.All(peer.RoomLinks.List(Room), link => Assert.Equal(RoomInviteState.Revoked, link.State));
    }

    [Fact]
    public async Task Link_that_cannot_be_made_or_used_is_refused_at_once()
    {
        await using var uma = await StartAsync("uma");
        var link = await OpenAsync(uma);
        foreach (var (uses, hours) in new[] { (0, 1), (101, 1), (1, 0), (1, 2161) })
        {
            var refusal = await Assert.ThrowsAsync<PeerException>(() => uma.RoomLinks.CreateAsync(Room, uses, hours));
            Assert.Equal(PeerError.CannotInvite, refusal.Error);
        }

        var once = await uma.RoomLinks.CreateAsync(Room, 1, 1, idempotencyKey: "k");
        for (var i = 2; i < RoomInvites.MaxOpen; i++)
        {
            _ = await uma.RoomLinks.CreateAsync(Room, 1, 1);
        }

        Assert.Equal(once.Id, (await uma.RoomLinks.CreateAsync(Room, 1, 1, idempotencyKey: "k")).Id);
        var reused = await Assert.ThrowsAsync<PeerException>(() => uma.RoomLinks.CreateAsync(Room, 2, 1, "k"));
        Assert.Equal(PeerError.KeyReused, reused.Error);

        var tooMany = await Assert.ThrowsAsync<PeerException>(() => uma.RoomLinks.CreateAsync(Room, 1, 1));
        Assert.Equal(PeerError.TooManyInvites, tooMany.Error);
        Assert.Equal(PeerError.OwnInvite, (await RefusedAsync(uma, link)).Error);
        var unknown = await Assert.ThrowsAsync<PeerException>(() => uma.RoomLinks.RevokeAsync(Room, "AAAAAAAA"));
        Assert.Equal(PeerError.UnknownInvite, unknown.Error);
        using var other = PeerIdentity.Create();
        await using var vic = await StartAsync("vic");
        var lying = await RefusedAsync(vic, link with { Key = other.PeerId });
        Assert.Equal(PeerError.InviterKeyChanged, lying.Error);
        Assert.Empty(vic.Rooms.All);
    }

    [Fact]
    public async Task Peer_that_is_started_with_a_link_joins_the_room()
    {
        await using var wim = await StartAsync("wim");
        var link = await OpenAsync(wim);

        await using var xen = await StartAsync("xen", change: options => options.InviteLink = link.ToString());

        await JoinedAsync(xen);
    }

    private Task<PeerUnderTest> StartAsync(
        string name,
        TimeProvider? clock = null,
        Action<PeerOptions>? change = null
    ) =>
        PeerUnderTest.StartAsync(
            directory,
            name,
            options =>
            {
                (options.Ephemeral, options.Data) = (false, Path.Combine(_data.Path, name));
                (options.Reconnect, options.ReconnectAfter) = (true, TimeSpan.FromMilliseconds(200));
                change?.Invoke(options);
            },
            timeProvider: clock
        );

    private static async Task<InviteLink> OpenAsync(PeerUnderTest maker, int uses = 1)
    {
        _ = await maker.Rooms.CreateAsync(Room, history: 0);
        var made = await maker.RoomLinks.CreateAsync(Room, uses, hours: 24);
        Assert.Equal((RoomInviteState.Open, true), (made.State, made.LocalNetworkOnly));
        return made.Link!;
    }

    private static async Task<JoinOutcome> JoinAsync(PeerUnderTest peer, InviteLink link) =>
        (await peer.Invites.JoinAsync(link.ToString(), CancellationToken.None)).Outcome;

    private static Task<PeerException> RefusedAsync(PeerUnderTest peer, InviteLink link) =>
        Assert.ThrowsAsync<PeerException>(() => JoinAsync(peer, link));

    private static Task JoinedAsync(PeerUnderTest peer, string room = Room) =>
        Eventually.True(
            () => peer.Rooms.All.Any(one => one.Name == room && one.Standing == RoomStanding.Joined),
            PeerUnderTest.Soon,
            $"{peer.Name} has joined"
        );

    private static async Task TalkAsync(PeerUnderTest one, PeerUnderTest other)
    {
        // A newcomer gets no messages whose author did not know of the join.
        await Eventually.True(
            () => one.Rooms.Find(Room).Members == 2 && other.Rooms.Find(Room).Members == 2,
            PeerUnderTest.Soon,
            "both know that both are members"
        );
        foreach (var (from, to) in new[] { (one, other), (other, one) })
        {
            _ = await from.RoomMessages.SendAsync(Room, $"from {from.Name}");
            await Eventually.True(
                () => to.RoomMessages.Page(Room, null, null, 10).Messages.Any(all => all.Text == $"from {from.Name}"),
                PeerUnderTest.Soon,
                $"{to.Name} has the message"
            );
        }
    }

    private static async Task SetRoleAsync(PeerUnderTest owner, PeerUnderTest member, RoomRole role)
    {
        await Eventually.True(
            () => owner.Rooms.Find(Room).Members == 2,
            PeerUnderTest.Soon,
            $"{owner.Name} knows of the join"
        );
        await owner.Rooms.SetRoleAsync(Room, member.Name.Value, role);
        await Eventually.True(
            () => member.Rooms.Find(Room).Role == role,
            PeerUnderTest.Soon,
            $"{member.Name} knows of the role"
        );
    }

    private static Task ExecuteAsync(PeerUnderTest peer, string sql) =>
        MailPeers.StoreOf(peer).Writer.CallAsync(connection => connection.Run(sql));

    private static void AssertWaiting(PeerUnderTest peer, string maker)
    {
        var waiting = Assert.Single(peer.Rooms.All);
        Assert.Equal((RoomStanding.Waiting, maker), (waiting.Standing, waiting.InvitedBy?.Name?.Value));
    }

    private static async Task AssertRefusedAsync(PeerUnderTest peer, InviteLink link, RoomInviteRefusal reason)
    {
        _ = await JoinAsync(peer, link);
        var refused = await peer.Expect<PeerEvent.RoomLinkRefused>();
        Assert.Equal((reason, link.Inviter, link.Room), (refused.Reason, refused.By, refused.Room.Id));
        await Eventually.True(() => peer.Rooms.All.Count == 0, PeerUnderTest.Soon, "the room is gone");
    }
}
