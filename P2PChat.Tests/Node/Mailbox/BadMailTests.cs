using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Protocol.Envelopes;

namespace P2PChat.Tests.Node.Mailbox;

/// <summary>Invalid envelopes from a contact, the directory, or an attacker with a stolen capability.</summary>
public sealed class BadMailTests(MailPeers peers) : IClassFixture<MailPeers>
{
    [Fact]
    public async Task Mail_that_is_invalid_or_not_from_a_contact_is_deleted()
    {
        var (alice, bob) = (
            await peers.StartAsync("alice", peers.NewData()),
            await peers.StartAsync("bob", peers.NewData())
        );
        await using var both = new Both(alice, bob);
        await MailPeers.ConnectAsync(alice, bob);
        var prekey = (await alice.Lookup.FindAsync(bob.Name, default)).Prekey!;
        var identity = alice.Services.GetRequiredService<PeerIdentity>();
        using var stranger = PeerIdentity.Create();
        using var somebody = new EnvelopeMaker();
        var good = identity.Seal([Resume(), Message("good")], bob.Id, prekey);
        var events = bob.Rest().Count;

        await DepositAsync(alice, bob, stranger.Seal([Resume(), Message("a stranger's")], bob.Id, prekey));
        await DepositAsync(
            alice,
            bob,
            identity.Seal([Resume(), Message("for somebody else")], somebody.PeerId, prekey)
        );
        await DepositAsync(
            alice,
            bob,
            identity.Seal([Resume(), Message("to another prekey")], bob.Id, somebody.Prekey)
        );
        await DepositAsync(alice, bob, identity.Seal([Message("without a head")], bob.Id, prekey));
        await DepositAsync(
            alice,
            bob,
            identity.Seal(
                [
                    Resume(),
                    new Frame
                    {
                        Hello = new Hello { Version = 1, Username = "alice" },
                    },
                ],
                bob.Id,
                prekey
            )
        );
        await DepositAsync(alice, bob, good[..^1]);
        await DepositAsync(alice, bob, [Envelope.Version]);
        await MailPeers.EmptyAsync(bob);

        Assert.Equal(events, bob.Rest().Count);
        Assert.Empty(MailPeers.Texts(bob, alice.Name));
        Assert.Null(MailPeers.StoreOf(bob).Conversations.Load(stranger.PeerId));
    }

    [Fact]
    public async Task Envelope_that_is_deposited_repeatedly_is_delivered_once()
    {
        var (alice, bob) = (
            await peers.StartAsync("anna", peers.NewData()),
            await peers.StartAsync("bill", peers.NewData())
        );
        await using var both = new Both(alice, bob);
        await MailPeers.ConnectAsync(alice, bob);
        var envelope = alice
            .Services.GetRequiredService<PeerIdentity>()
            .Seal([Resume(), Message("once")], bob.Id, (await alice.Lookup.FindAsync(bob.Name, default)).Prekey!);

        for (var time = 0; time < 3; time++)
        {
            await DepositAsync(alice, bob, envelope);
            await DepositAsync(alice, bob, envelope);
            await MailPeers.EmptyAsync(bob);
        }

        Assert.Equal("once", (await bob.Expect<PeerEvent.MessageReceived>()).Message.Text);
        Assert.Equal(["once"], MailPeers.Texts(bob, alice.Name));
        Assert.Empty(bob.Rest().OfType<PeerEvent.MessageReceived>());
    }

    [Fact]
    public async Task Early_envelope_stays_in_the_mailbox_until_the_gap_closes()
    {
        const int Ahead = ConversationOptions.WindowMessages + 10;
        await using var bob = await peers.StartAsync("ben", peers.NewData());
        var (name, envelopes, capability) = (Username.Parse("ada"), new List<byte[]>(), (byte[])[]);
        await using (var alice = await peers.StartAsync("ada", peers.NewData()))
        {
            await MailPeers.ConnectAsync(alice, bob);
            capability = MailPeers.StoreOf(alice).Conversations.Load(bob.Id)!.TheirCapability!;
            var (identity, prekey) = (
                alice.Services.GetRequiredService<PeerIdentity>(),
                (await alice.Lookup.FindAsync(bob.Name, default)).Prekey!
            );
            var between = Enumerable
                .Range(2, Ahead - 2)
                .Select(sequence => Message($"between {sequence}", (ulong)sequence))
                .ToList();
            Frame[][] parts =
            [
                [Message("ahead", Ahead)],
                [Message("first", 1)],
                .. between.Chunk(between.Count / 2 + 1),
            ];
            foreach (var some in parts)
            {
                envelopes.Add(identity.Seal([Resume(), .. some], bob.Id, prekey));
            }
        }

        // Alice is offline: on a link she would learn of an epoch that she does not know, and begin another.
        _ = await bob.Expect<PeerEvent.Disconnected>();
        using var counts = new MailCounts(bob);
        foreach (var envelope in envelopes.Take(2))
        {
            _ = await MailPeers.MailboxOf(bob).DepositAsync(bob.Name, capability, envelope, default);
        }

        await Eventually.True(
            () => counts.Collected == 1,
            PeerUnderTest.Soon,
            "only the envelope that is not too early is accepted"
        );
        await Eventually.True(
            async () => (await MailPeers.MailboxOf(bob).CollectAsync(null, default)).Envelopes.Count == 1,
            PeerUnderTest.Soon,
            "the other stays in the mailbox"
        );
        foreach (var envelope in envelopes.Skip(2))
        {
            _ = await MailPeers.MailboxOf(bob).DepositAsync(bob.Name, capability, envelope, default);
        }

        await MailPeers.EmptyAsync(bob);
        Assert.Equal(Ahead, MailPeers.StoreOf(bob).Messages.All(name)!.Count());
        Assert.Equal("ahead", bob.Messages.Page(name, null, null, 1).Messages.Single().Text);
    }

    [Fact]
    public async Task Envelopes_beyond_the_window_are_fetched_once()
    {
        const int Ahead = 8,
            Signals = 10;
        await using var bob = await peers.StartAsync("bert", peers.NewData());
        var (envelopes, capability) = (new List<byte[]>(), (byte[])[]);
        await using (var alice = await peers.StartAsync("abby", peers.NewData()))
        {
            await MailPeers.ConnectAsync(alice, bob);
            capability = MailPeers.StoreOf(alice).Conversations.Load(bob.Id)!.TheirCapability!;
            var (identity, prekey) = (
                alice.Services.GetRequiredService<PeerIdentity>(),
                (await alice.Lookup.FindAsync(bob.Name, default)).Prekey!
            );
            for (var i = 0; i < Ahead; i++)
            {
                envelopes.Add(
                    identity.Seal(
                        [Resume(), Message("ahead", (ulong)(ConversationOptions.WindowMessages + 10 + i))],
                        bob.Id,
                        prekey
                    )
                );
            }
        }

        _ = await bob.Expect<PeerEvent.Disconnected>();
        using var counts = new MailboxCounts(peers.Directory);
        foreach (var envelope in envelopes)
        {
            _ = await MailPeers.MailboxOf(bob).DepositAsync(bob.Name, capability, envelope, default);
        }

        for (var i = 1; i <= Signals; i++)
        {
            _ = await MailPeers
                .MailboxOf(bob)
                .DepositAsync(bob.Name, capability, new byte[] { Envelope.Version }, default);
            await Eventually.True(
                () => counts.Deleted == i,
                PeerUnderTest.Soon,
                "bob was woken, and has deleted the invalid envelope"
            );
        }

        Assert.Equal(Ahead + Signals, counts.Shown);
    }

    // Above the epoch of the link.
    private static ulong Epoch => Epochs.LastOf(DateTimeOffset.UtcNow.Date.AddYears(1));

    private static Frame Resume() =>
        new()
        {
            Resume = new Resume { SendEpoch = Epoch, SendBase = 1 },
        };

    private static Frame Message(string text, ulong sequence = 1)
    {
        var frame = EnvelopeMaker.Message(text);
        (frame.Message.Epoch, frame.Message.Sequence) = (Epoch, sequence);
        return frame;
    }

    private static async Task DepositAsync(PeerUnderTest from, PeerUnderTest to, byte[] envelope)
    {
        var capability = MailPeers.StoreOf(from).Conversations.Load(to.Id)!.TheirCapability!;
        // The directory may learn of the grant after the recipient of the capability.
        await Eventually.True(
            async () =>
            {
                _ = await MailPeers.MailboxOf(from).DepositAsync(to.Name, capability, envelope, CancellationToken.None);
                return true;
            },
            PeerUnderTest.Soon,
            "the directory accepts the envelope"
        );
    }

    private sealed class Both(PeerUnderTest one, PeerUnderTest other) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await one.DisposeAsync();
            await other.DisposeAsync();
        }
    }
}
