using System.Diagnostics;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node.Mailbox;

namespace P2PChat.Tests.Node.Rooms;

/// <summary>Rooms of which members are away: mail, restarts, and what both bring.</summary>
public sealed class AwayRoomTests(MailPeers peers) : IClassFixture<MailPeers>
{
    [Fact]
    public async Task Member_that_is_away_gets_messages_by_mail()
    {
        var (alices, bobs) = (peers.NewData(), peers.NewData());
        // Only the directory's word that bob is offline makes alice deposit.
        var alone = TimeSpan.FromHours(1);
        await using (var alice = await peers.StartAsync("alice", alices, options => options.DepositAfter = alone))
        {
            PeerId bobsId;
            await using (var bob = await peers.StartAsync("bob", bobs))
            {
                bobsId = bob.Id;
                await MailPeers.ConnectAsync(alice, bob);
                await OpenAsync(alice, bob);
            }

            _ = await alice.Expect<PeerEvent.Disconnected>();
            var outbox = () => MailPeers.StoreOf(alice).Conversations.Load(bobsId)!.Session.Conversation.Outbox;
            for (var i = 0; i < 5; i++)
            {
                _ = await alice.RoomMessages.SendAsync("mail", $"{i}");
                if (i is 3 or 4)
                {
                    await Eventually.True(
                        () => outbox().Count == i + 1 && outbox().All(entry => entry.Deposited),
                        PeerUnderTest.Soon,
                        "all events are in the mailbox"
                    );
                }
            }
        }

        await using var again = await peers.StartAsync("bob", bobs);
        await Eventually.True(
            () => Texts(again).SequenceEqual(["0", "1", "2", "3", "4"]),
            PeerUnderTest.Soon,
            "all messages have come by mail"
        );
        Assert.Equal(5, again.Rooms.Find("mail").Unread);
        await again.RoomMessages.MarkReadAsync("mail", upTo: null);
        Assert.Equal(0, again.Rooms.Find("mail").Unread);
    }

    [Fact]
    public async Task Messages_to_an_absent_member_share_deposits()
    {
        const int count = 50;
        var alone = TimeSpan.FromHours(1);
        await using var ida = await peers.StartAsync("ida", peers.NewData(), options => options.DepositAfter = alone);
        PeerId jims;
        await using (var jim = await peers.StartAsync("jim", peers.NewData()))
        {
            jims = jim.Id;
            await MailPeers.ConnectAsync(ida, jim);
            await OpenAsync(ida, jim);
        }

        _ = await ida.Expect<PeerEvent.Disconnected>();
        using var counts = new MailboxCounts(peers.Directory);
        using var lookups = new DirectoryCounts(peers.Directory, "p2pchat.directory.lookups");
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            _ = await ida.RoomMessages.SendAsync("mail", $"{i}");
        }

        await Eventually.True(
            () =>
                MailPeers.StoreOf(ida).Conversations.Load(jims)!.Session.Conversation.Outbox is { Count: count } outbox
                && outbox.All(entry => entry.Deposited),
            PeerUnderTest.Soon,
            "all events are in the mailbox"
        );

        // At once for the first one, then one per pause, which is longer than a second, or when a lookup finds nobody.
        var most = 2 + (long)Stopwatch.GetElapsedTime(started).TotalSeconds + lookups.Count;
        Assert.InRange(counts.Deposits, 1, Math.Min(most, count / 2));
    }

    [Fact]
    public async Task Room_survives_a_restart()
    {
        var (annas, bills) = (peers.NewData(), peers.NewData());
        string[] before;
        await using (var anna = await peers.StartAsync("anna", annas))
        await using (var bill = await peers.StartAsync("bill", bills))
        {
            await MailPeers.ConnectAsync(anna, bill);
            await OpenAsync(anna, bill);
            var first = await anna.RoomMessages.SendAsync("mail", "first");
            _ = await anna.RoomMessages.EditAsync("mail", first.Id, "edited");
            await Eventually.True(() => Texts(bill).SequenceEqual(["edited"]), PeerUnderTest.Soon, "bill has it");
            _ = await bill.RoomMessages.ReactAsync("mail", first.Id, "👍");
            _ = await bill.RoomMessages.SendAsync("mail", "second", first.Id);
            await Eventually.True(() => Texts(anna).Count == 2, PeerUnderTest.Soon, "anna has both");
            await anna.Rooms.SetNotifyAsync("mail", RoomNotify.Mentions);
            before = Describe(anna);
        }

        await using var again = await peers.StartAsync("anna", annas);

        Assert.Equal(before, Describe(again));
        Assert.Equal(RoomNotify.Mentions, again.Rooms.Find("mail").Notify);
        _ = await again.RoomMessages.SendAsync("mail", "third");
        Assert.Equal(["edited", "second", "third"], Texts(again));
    }

    [Fact]
    public async Task Member_that_asks_by_mail_waits_for_the_user()
    {
        var beats = peers.NewData();
        await using var olga = await peers.StartAsync("olga", peers.NewData());
        await using var anke = await peers.StartAsync("anke", peers.NewData());
        await using (var beat = await peers.StartAsync("beat", beats))
        {
            await MailPeers.ConnectAsync(olga, anke);
            await MailPeers.ConnectAsync(olga, beat);
            await OpenAsync(olga, anke, beat);
            await Eventually.True(
                () =>
                    MailPeers.StoreOf(anke).Conversations.Load(beat.Id)?.TheirCapability is not null
                    && MailPeers.StoreOf(beat).Conversations.Load(anke.Id)?.TheirCapability is not null,
                PeerUnderTest.Soon,
                "the two are connected for the room"
            );
        }

        Assert.NotNull(await anke.Connections.ConnectAsync(Username.Parse("beat"), CancellationToken.None));
        await using var again = await peers.StartAsync("beat", beats);

        var request = await again.Expect<PeerEvent.Request>(one => one.From == anke.Name);
        Assert.True(request.ByMail);
        Assert.False(MailPeers.StoreOf(again).Conversations.IsContact(anke.Id));
        again.Connections.Accept(anke.Name);
        await Eventually.True(
            () => MailPeers.StoreOf(again).Conversations.IsContact(anke.Id),
            PeerUnderTest.Soon,
            "the two are contacts"
        );
        await TalkAsync(anke, again);
        await anke.CutLinksAsync();
        await TalkAsync(again, anke);
    }

    [Fact]
    public async Task Declined_room_comes_back_by_mail_alone()
    {
        var leas = peers.NewData();
        await using (var kai = await peers.StartAsync("kai", peers.NewData()))
        {
            await using (var lea = await peers.StartAsync("lea", leas))
            {
                await MailPeers.ConnectAsync(kai, lea);
                _ = await kai.Rooms.CreateAsync("mail", history: 0);
                await kai.Rooms.InviteAsync("mail", lea.Name);
                await RoomGroup.InvitedAsync("mail", lea);
                await lea.Rooms.LeaveAsync("mail");
                await Eventually.True(
                    () => kai.Rooms.MembersOf("mail").Count == 1,
                    PeerUnderTest.Soon,
                    "kai knows that lea has declined"
                );
            }

            _ = await kai.Expect<PeerEvent.Disconnected>();
            await kai.Rooms.InviteAsync("mail", Username.Parse("lea"));
            await Eventually.True(
                () => MailPeers.StoreOf(kai).Conversations.Waiting() is [var lea] && AllDeposited(kai, lea),
                PeerUnderTest.Soon,
                "the invite is in the mailbox"
            );
        }

        await using var again = await peers.StartAsync("lea", leas);
        await RoomGroup.InvitedAsync("mail", again);
    }

    private static bool AllDeposited(PeerUnderTest from, PeerId to) =>
        MailPeers.StoreOf(from).Conversations.Load(to)!.Session.Conversation.Outbox is { Count: > 1 } outbox
        && outbox.All(entry => entry.Deposited);

    private static async Task TalkAsync(PeerUnderTest one, PeerUnderTest other)
    {
        foreach (var (from, to) in new[] { (one, other), (other, one) })
        {
            await Eventually.True(
                () => MailPeers.StoreOf(from).Conversations.IsContact(to.Id),
                PeerUnderTest.Soon,
                $"{to.Name} is a contact of {from.Name}"
            );
            _ = from.Messages.Send(to.Name, $"from {from.Name}");
            _ = await to.Expect<PeerEvent.MessageReceived>(one => one.Message.Text == $"from {from.Name}");
        }
    }

    private static async Task OpenAsync(PeerUnderTest owner, params PeerUnderTest[] others)
    {
        _ = await owner.Rooms.CreateAsync("mail", history: 0);
        foreach (var other in others)
        {
            await owner.Rooms.InviteAsync("mail", other.Name);
            await RoomGroup.InvitedAsync("mail", other);
            await other.Rooms.JoinAsync("mail");
        }

        await Eventually.True(
            () => others.Append(owner).All(peer => peer.Rooms.Find("mail").Members == others.Length + 1),
            PeerUnderTest.Soon,
            "all have joined"
        );
    }

    private static IReadOnlyList<string> Texts(PeerUnderTest peer) =>
        [.. peer.RoomMessages.Page("mail", null, null, 100).Messages.Select(message => message.Text)];

    private static string[] Describe(PeerUnderTest peer) =>
        [
            .. peer
                .RoomMessages.Page("mail", null, null, 100)
                .Messages.Select(message =>
                    $"{message.Id} {message.From.Name} {message.Text} {message.EditedAt} {message.ReplyTo?.Text} "
                    + string.Join(", ", message.Reactions.Select(one => $"{one.From.Name} {one.Emoji}"))
                ),
        ];
}
