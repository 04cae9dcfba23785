using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Node.Mailbox;

/// <summary>First contact by mail with an invite: inviter and joiner are never online together.</summary>
public sealed class InvitedByMailTests(MailPeers peers) : IClassFixture<MailPeers>
{
    [Fact]
    public async Task Joiner_and_inviter_exchange_messages_without_meeting()
    {
        var (annas, bens) = (peers.NewData(), peers.NewData());
        InviteView invite;
        await using (var anna = await peers.StartAsync("anna", annas))
        {
            invite = await InvitesOf(anna).CreateAsync(uses: 1, days: 7);
        }

        await using (var ben = await peers.StartAsync("ben", bens))
        {
            var (link, outcome) = await InvitesOf(ben).JoinAsync(invite.Link!.ToString(), CancellationToken.None);
            Assert.Equal(JoinOutcome.Waiting, outcome);
            var sent = ben.Messages.Send(link.Inviter, "hello");
            _ = await ben.Expect<PeerEvent.Receipt>(receipt =>
                receipt.Id == sent.Id && receipt.State == MessageState.Sent
            );
            Assert.Equal(VerifiedBy.Invite, ben.StoredContacts.Find(link.Inviter)!.VerifiedBy);
        }

        var bensName = Username.Parse("ben");
        await using (var anna = await peers.StartAsync("anna", annas))
        {
            Assert.Equal("hello", (await anna.Expect<PeerEvent.MessageReceived>()).Message.Text);
            Assert.Equal(bensName, (await anna.Expect<PeerEvent.InviteUsed>()).By);
            Assert.Equal((VerifiedBy.Invite, true), Marks(anna, bensName));
            var sent = anna.Messages.Send(bensName, "welcome");
            _ = await anna.Expect<PeerEvent.Receipt>(receipt =>
                receipt.Id == sent.Id && receipt.State == MessageState.Sent
            );
            var used = Assert.Single(InvitesOf(anna).All);
            Assert.Equal((InviteValidity.Used, 1), (used.Validity, used.Invite.Joined.Count));
        }

        await using (var ben = await peers.StartAsync("ben", bens))
        {
            Assert.Equal("welcome", (await ben.Expect<PeerEvent.MessageReceived>()).Message.Text);
            Assert.Equal(
                new PeerEvent.ContactAdded(Username.Parse("anna"), ByThem: true),
                await ben.Expect<PeerEvent.ContactAdded>()
            );
            _ = await ben.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Delivered);
            await MailPeers.EmptyAsync(ben);

            await using var anna = await peers.StartAsync("anna", annas);
            _ = await anna.Expect<PeerEvent.Connected>();
            Assert.Equal(["hello", "welcome"], MailPeers.Texts(anna, bensName));
            Assert.Equal(["hello", "welcome"], MailPeers.Texts(ben, anna.Name));
            _ = Assert.Single(InvitesOf(anna).All[0].Invite.Joined);
            Assert.Equal(
                MailIntroduction.None,
                MailPeers.StoreOf(ben).Conversations.Load(anna.Id)!.Session.Introduction
            );
        }
    }

    [Fact]
    public async Task Second_joiner_of_a_used_invite_waits_for_the_user()
    {
        var (alices, carls) = (peers.NewData(), peers.NewData());
        string link;
        await using (var alice = await peers.StartAsync("alice", alices))
        {
            link = (await InvitesOf(alice).CreateAsync(uses: 1, days: 7)).Link!.ToString();
        }

        await JoinAsync("bob", peers.NewData(), link, "from bob");
        await JoinAsync("carl", carls, link, "from carl");
        var carl = Username.Parse("carl");
        await using (var alice = await peers.StartAsync("alice", alices))
        {
            var request = await alice.Expect<PeerEvent.Request>();
            Assert.Equal((carl, true, InviteValidity.Used), (request.From, request.ByMail, request.RefusedInvite));
            Assert.Equal("from bob", (await alice.Expect<PeerEvent.MessageReceived>()).Message.Text);
            await MailPeers.EmptyAsync(alice);
        }

        await using (var alice = await peers.StartAsync("alice", alices))
        {
            var request = Assert.Single(alice.Connections.Requests);
            Assert.Equal((carl, true), (request.From, request.ByMail));
            Assert.Equal(Relation.RequestReceived, alice.Connections.RelationTo(carl));
            Assert.Null(MailPeers.StoreOf(alice).Conversations.Load(request.Key));
            alice.Connections.Accept(carl);
            Assert.Equal(new PeerEvent.ContactAdded(carl, ByThem: false), await alice.Expect<PeerEvent.ContactAdded>());
            Assert.Empty(alice.Connections.Requests);
            Assert.Equal((VerifiedBy.None, false), Marks(alice, carl));
        }

        await using (var back = await peers.StartAsync("carl", carls))
        {
            // Its message is deposited again, at the latest when it stops.
            _ = await back.Expect<PeerEvent.ContactAdded>();
        }

        await using (var alice = await peers.StartAsync("alice", alices))
        {
            Assert.Equal("from carl", (await alice.Expect<PeerEvent.MessageReceived>()).Message.Text);
            _ = Assert.Single(Assert.Single(InvitesOf(alice).All).Invite.Joined);
        }
    }

    [Fact]
    public async Task Rejected_request_by_mail_is_forgotten_without_an_answer()
    {
        var data = peers.NewData();
        string link;
        await using (var dora = await peers.StartAsync("dora", data))
        {
            var invite = await InvitesOf(dora).CreateAsync(uses: 1, days: 7);
            link = invite.Link!.ToString();
        }

        await JoinAsync("emil", peers.NewData(), link, "used");
        await JoinAsync("fred", peers.NewData(), link, "too late");
        var fred = Username.Parse("fred");
        await using (var dora = await peers.StartAsync("dora", data))
        {
            _ = await dora.Expect<PeerEvent.Request>();
            dora.Connections.Reject(fred);
            Assert.Empty(dora.Connections.Requests);
            Assert.Equal(Relation.None, dora.Connections.RelationTo(fred));
            await MailPeers.EmptyAsync(dora);
        }

        await using var again = await peers.StartAsync("dora", data);
        Assert.Empty(again.Connections.Requests);
        Assert.Null(MailPeers.StoreOf(again).Conversations.FindAccepted(fred));
    }

    [Fact]
    public async Task Repeated_request_of_a_removed_contact_waits_for_the_user()
    {
        var (data, joiners) = (peers.NewData(), peers.NewData());
        InviteLink link;
        await using (var gina = await peers.StartAsync("gina", data))
        {
            link = (await InvitesOf(gina).CreateAsync(uses: 1, days: 7)).Link!;
        }

        await JoinAsync("hugo", joiners, link.ToString(), "hello");
        var hugo = Username.Parse("hugo");
        await using var back = await peers.StartAsync("gina", data);
        _ = await back.Expect<PeerEvent.InviteUsed>();
        await MailPeers.EmptyAsync(back);
        await back.Contacts.BlockAsync(hugo, CancellationToken.None);
        back.Contacts.Unblock(hugo);

        // The directory, or the joiner, deposits the request again.
        await using var joiner = await peers.StartAsync("hugo", joiners, options => options.Reconnect = false);

        var request = await back.Expect<PeerEvent.Request>();
        Assert.Equal((hugo, true, InviteValidity.Used), (request.From, request.ByMail, request.RefusedInvite));
        Assert.Null(MailPeers.StoreOf(back).Conversations.FindAccepted(hugo));
    }

    [Fact]
    public async Task Invalid_request_by_mail_is_deleted()
    {
        var data = peers.NewData();
        InviteLink link;
        await using (var ines = await peers.StartAsync("ines", data))
        {
            link = (await InvitesOf(ines).CreateAsync(uses: 9, days: 7)).Link!;
        }

        await using var jan = await peers.StartAsync("jan", peers.NewData());
        var prekey = (await jan.Lookup.FindAsync(link.Inviter, default)).Prekey!;
        using var stranger = PeerIdentity.Create();
        var grant = new Frame
        {
            MailboxGrant = new MailboxGrant { Capability = Google.Protobuf.ByteString.CopyFrom(new byte[32]) },
        };
        Frame[][] envelopes =
        [
            // Jan's name with another key, a name that nobody has, one that is not lower case, the recipient's own.
            [Request("jan"), grant],
            [Request("nobody"), grant],
            [Request("JAN"), grant],
            [Request("ines"), grant],
            [Request(""), grant],
            // Without a grant it could not be answered.
            [Request("jan")],
            [new Frame { Accept = new Accept() }, grant],
            [grant, Request("jan")],
        ];
        foreach (var frames in envelopes)
        {
            _ = await MailPeers
                .MailboxOf(jan)
                .DepositAsync(
                    link.Inviter,
                    link.Secret.MailCapability,
                    stranger.Seal(frames, link.Key, prekey),
                    CancellationToken.None
                );
        }

        await using var back = await peers.StartAsync("ines", data);
        await MailPeers.EmptyAsync(back);

        Assert.Empty(back.Connections.Requests);
        Assert.DoesNotContain(back.Rest(), @event => @event is PeerEvent.Request or PeerEvent.ContactAdded);
        Assert.Null(MailPeers.StoreOf(back).Conversations.Load(stranger.PeerId)?.Session.AcceptedAs);
    }

    private async Task JoinAsync(string name, string data, string link, string text)
    {
        await using var joiner = await peers.StartAsync(name, data);
        var (parsed, _) = await InvitesOf(joiner).JoinAsync(link, CancellationToken.None);
        _ = joiner.Messages.Send(parsed.Inviter, text);
        _ = await joiner.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Sent);
    }

    private static InviteService InvitesOf(PeerUnderTest peer) => peer.Services.GetRequiredService<InviteService>();

    private static (VerifiedBy, bool) Marks(PeerUnderTest peer, Username name) =>
        peer.StoredContacts.Find(name) is { } contact ? (contact.VerifiedBy, contact.JoinedByInvite) : default;

    private static Frame Request(string name) => new() { Request = new Request { Username = name } };
}
