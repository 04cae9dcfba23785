using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Rooms;

/// <summary>Members of a room who are not contacts of each other.</summary>
public sealed class AcquaintanceTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Members_who_are_not_contacts_talk_for_the_room_only()
    {
        await using var room = await MixedRoom.OpenAsync(directory, "one", "two");
        var (one, two) = (room.One, room.Two);
        _ = await one.RoomMessages.SendAsync(MixedRoom.Name, "to all");
        await MixedRoom.ArrivesAsync(two, "to all");
        await two.Expect<PeerEvent.RoomMessageReceived>();

        Assert.DoesNotContain(one.Messages.Conversations, conversation => conversation.With == two.Name);
        Assert.DoesNotContain(one.Contacts.All, contact => contact.Name == two.Name);
        var refusal = await Assert.ThrowsAsync<PeerException>(() => one.Messages.SendAsync(two.Name, "hi"));
        Assert.Equal(PeerError.NotConnected, refusal.Error);
        Assert.DoesNotContain(two.Rest(), @event =>
            @event is PeerEvent.Request { From.Value: "one" } or PeerEvent.Connected { With.Value: "one" }
        );

        // They become contacts like others, and stay in the room.
        await one.ConnectAsync(two);
        _ = one.Messages.Send(two.Name, "hi");
        Assert.Equal("hi", (await two.Expect<PeerEvent.MessageReceived>()).Message.Text);
        _ = await two.RoomMessages.SendAsync(MixedRoom.Name, "still here");
        await MixedRoom.ArrivesAsync(one, "still here");
    }

    [Fact]
    public async Task Removed_contact_in_the_same_room_is_told()
    {
        await using var room = await MixedRoom.OpenAsync(directory, "ann", "bob");
        var (ann, bob) = (room.One, room.Two);
        await ann.ConnectAsync(bob);
        bob.Services.GetRequiredService<SessionTable>().Use(ann.Id, session => session.Lifecycle.RemoveContact());
        _ = await ann.Expect<PeerEvent.Disconnected>();

        await Eventually.True(() => !IsAccepted(bob, ann), PeerUnderTest.Soon, "the removal is stored");
        MixedRoom.Meet(bob);
        await Eventually.True(() => MixedRoom.Knows(bob, ann), PeerUnderTest.Soon, "they are connected for the room");

        Assert.Equal(DisconnectReason.Rejected, (await ann.Expect<PeerEvent.Disconnected>()).Reason);
        await Assert.ThrowsAsync<PeerException>(() => ann.Messages.SendAsync(bob.Name, "still there?"));
        _ = await ann.RoomMessages.SendAsync(MixedRoom.Name, "in the room");
        await MixedRoom.ArrivesAsync(bob, "in the room");
    }

    [Fact]
    public async Task Removal_and_leave_reach_members_who_are_not_contacts()
    {
        await using var room = await MixedRoom.OpenAsync(directory, "mia", "noa");
        var (mia, noa) = (room.One, room.Two);
        await room.Owner.Rooms.SetRoleAsync(MixedRoom.Name, "mia", RoomRole.Moderator);
        await Eventually.True(
            () => mia.Rooms.Find(MixedRoom.Name).Role == RoomRole.Moderator,
            PeerUnderTest.Soon,
            "mia is a moderator"
        );
        // So that nobody else passes anything on.
        await room.Owner.StopAsync();

        await mia.Rooms.RemoveAsync(MixedRoom.Name, "noa");
        await Eventually.True(
            () => noa.Rooms.Find(MixedRoom.Name).Standing == RoomStanding.Left,
            PeerUnderTest.Soon,
            "noa knows of the removal"
        );
        await Eventually.True(
            () =>
            {
                MixedRoom.Meet(noa);
                return !IsAccepted(noa, mia);
            },
            PeerUnderTest.Soon,
            "the two have nothing to do with each other any more"
        );
    }

    [Fact]
    public async Task Member_who_leaves_is_gone_for_those_who_are_not_contacts()
    {
        await using var room = await MixedRoom.OpenAsync(directory, "pia", "ria");
        var (pia, ria) = (room.One, room.Two);
        await room.Owner.StopAsync();

        await ria.Rooms.LeaveAsync(MixedRoom.Name);

        await Eventually.True(
            () => pia.Rooms.Find(MixedRoom.Name).Members == 2,
            PeerUnderTest.Soon,
            "pia knows that ria has left"
        );
        var changed = await pia.Expect<PeerEvent.RoomChanged>(change => change.Change?.Kind == RoomChangeKind.Left);
        Assert.Equal(ria.Id, changed.Change!.Who.Key);
    }

    [Fact]
    public async Task Declined_dial_for_a_room_is_not_shown()
    {
        await using var room = await MixedRoom.OpenAsync(directory, "uta", "vic");
        var (uta, vic) = (room.One, room.Two);

        await vic.Contacts.BlockAsync(uta.Name, CancellationToken.None);
        _ = await uta.RoomMessages.SendAsync(MixedRoom.Name, "hello");
        _ = await room.Owner.RoomMessages.SendAsync(MixedRoom.Name, "both have this");
        await MixedRoom.ArrivesAsync(uta, "both have this");

        Assert.DoesNotContain(uta.Rest(), @event => @event is PeerEvent.Disconnected { With.Value: "vic" });
        Assert.True(IsAccepted(uta, vic));
    }

    [Fact]
    public async Task Acquaintance_cannot_invite_to_its_own_room()
    {
        await using var room = await MixedRoom.OpenAsync(directory, "wes", "xia");
        var (wes, xia) = (room.One, room.Two);
        _ = await xia.Rooms.CreateAsync("trap", history: 0);

        await MixedRoom.ForgeAsync(xia, "trap", machine => machine.Invite(wes.Id));
        _ = await xia.RoomMessages.SendAsync(MixedRoom.Name, "after the invite");
        await MixedRoom.ArrivesAsync(wes, "after the invite");

        Assert.DoesNotContain(wes.Rooms.All, one => one.Name == "trap");
    }

    [Fact]
    public async Task Name_that_a_contact_has_now_is_not_checked()
    {
        await using var room = await MixedRoom.OpenAsync(directory, "yan", "zoe");
        var (yan, zoe) = (room.One, room.Two);
        Assert.Equal((zoe.Name, true), Shown());

        // The name has another owner since, whom the user knows.
        yan.StoredContacts.Remember(zoe.Name, PeerId.FromPublicKey("another"u8));

        Assert.Equal((null, false), Shown());

        (Username? Name, bool IsChecked) Shown()
        {
            var person = yan.Rooms.MembersOf(MixedRoom.Name).Single(member => member.Person.Key == zoe.Id).Person;
            return (person.Name, person.HasCheckedName);
        }
    }

    [Fact]
    public async Task Acquaintances_get_at_most_half_of_the_links()
    {
        await using var room = await MixedRoom.OpenAsync(directory, "sam", "tea", options => options.MaxLinks = 5);
        await using var third = await room.StartAsync("ulf");
        await room.EnterAsync(third);
        var places = room.One.Services.GetRequiredService<LinkPlaces>();
        var (members, fourth) = (room.One.Services.GetRequiredService<RoomMembers>(), PeerId.FromPublicKey("vee"u8));

        // Two of them may dial each other at the same time, and have two links for a moment.
        await Eventually.True(
            () =>
            {
                members.All = members.All.Append(fourth).ToHashSet();
                return MixedRoom.Knows(room.One, room.Two)
                    && MixedRoom.Knows(room.One, third)
                    && !places.MayAdd(fourth)
                    && places.MayAdd(room.Two.Id)
                    && places.MayAdd(room.Owner.Id);
            },
            PeerUnderTest.Soon,
            "tea and ulf have their links, and there is place for better paths and for the owner"
        );
    }

    [Fact]
    public async Task Full_peer_closes_no_link_before_a_dial_and_looks_nobody_up()
    {
        await using var room = await MixedRoom.OpenAsync(directory, "ada", "bea", options => options.MaxLinks = 2);
        var (ada, owner) = (room.One, room.Owner);
        var links = ada.Services.GetRequiredService<LinkTable>();
        await Eventually.True(
            () => links.All.Count(link => !link.IsClosing) == 2 && links.Count == 2,
            PeerUnderTest.Soon,
            "ada has links to the owner and to bea"
        );
        var connector = ada.Services.GetRequiredService<PeerConnector>();
        var before = links.All.ToList();

        connector.ThrowIfNotDialable(
            new FoundPeer(owner.Name, owner.Id, Online: true, Ephemeral: false, Endpoints: [])
        );
        using var ended = new CancellationTokenSource();
        var isAttached = connector.TryMakePlace(
            ada.Services.GetRequiredService<SessionTable>().Find(owner.Name)!,
            ended
        );

        Assert.False(isAttached, "the dial is not current");
        Assert.DoesNotContain(before, link => link.IsClosing);
        await using var third = await room.StartAsync("cid");
        await room.EnterAsync(third);
        await Eventually.True(
            async () => await RefusalAsync() == PeerError.TooManyLinks,
            PeerUnderTest.Soon,
            "ada would talk to cid, and has no place"
        );

        // A lookup would be cancelled.
        async Task<PeerError?> RefusalAsync()
        {
            try
            {
                _ = await connector.ReconnectAsync(third.Name, third.Id, new CancellationToken(canceled: true));
                return null;
            }
            catch (PeerException exception)
            {
                return exception.Error;
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }
    }

    [Fact]
    public async Task Messages_for_members_who_are_away_cause_no_lookups()
    {
        await using var room = await MixedRoom.OpenAsync(directory, "una", "vin");
        await room.Two.StopAsync();
        await Eventually.True(() => !MixedRoom.Knows(room.One, room.Two), PeerUnderTest.Soon, "vin is away");
        // Until then it is dialled often.
        var lookup = room.One.Services.GetRequiredService<PeerLookup>();
        await Eventually.True(
            async () => !(await lookup.FindAsync(room.Two.Name, CancellationToken.None)).Online,
            PeerUnderTest.Soon,
            "the directory says so"
        );
        using var lookups = new DirectoryCounts(directory, "p2pchat.directory.lookups");

        for (var i = 0; i < 40; i++)
        {
            _ = await room.One.RoomMessages.SendAsync(MixedRoom.Name, $"{i}");
        }

        await MixedRoom.ArrivesAsync(room.Owner, "39");
        Assert.InRange(lookups.Count, 0, 20);
    }

    private static bool IsAccepted(PeerUnderTest peer, PeerUnderTest other) =>
        Mailbox.MailPeers.StoreOf(peer).Conversations.AcceptedName(other.Id) is not null;
}
