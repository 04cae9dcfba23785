using System.Net;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Identity;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Paths;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Sessions;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Links;

/// <summary>Conversations of real peers that move between a relayed and a punched link.</summary>
public sealed class PathTakeoverTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Conversation_moves_to_a_punched_link_and_back_without_a_loss()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice", Quick);
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob", Quick);
        await alice.ConnectAsync(bob);
        await alice.CutLinksAsync();
        await Eventually.True(
            () => !alice.IsConnectedTo(bob) && !bob.IsConnectedTo(alice),
            PeerUnderTest.Soon,
            "both have noticed the end of the direct link"
        );

        _ = await ConnectByRelayAsync(alice, bob);
        await AssertPathAsync(alice, bob, PathKind.Relayed);
        await AssertMessagesPassAsync(alice, bob, "relayed");

        await PunchAsync(alice, bob);
        await AssertPathAsync(alice, bob, PathKind.Punched);
        await AssertMessagesPassAsync(alice, bob, "punched");
        await Eventually.True(
            () => alice.Links.Count == 1 && bob.Links.Count == 1,
            PeerUnderTest.Soon,
            "the relayed link is closed"
        );

        // As when the relay has joined the legs a moment after the other path was there.
        await RelayBesideAsync(alice, bob);
        await Eventually.True(
            () => alice.Links.Count == 1 && bob.Links.Count == 1,
            PeerUnderTest.Soon,
            "the late relayed link is closed"
        );
        await AssertPathAsync(alice, bob, PathKind.Punched);
        Assert.False(PrefersRelay(alice, bob) || PrefersRelay(bob, alice));

        // A path that no longer carries anything.
        await alice.CutLinksAsync();
        await Eventually.True(() => !bob.IsConnectedTo(alice), PeerUnderTest.Soon, "bob has noticed");
        var (ofAlice, ofBob) = await ConnectByRelayAsync(alice, bob);
        await AssertPathAsync(alice, bob, PathKind.Relayed);
        ofAlice.Stall();
        ofBob.Stall();
        alice.Messages.Send(bob.Name, "into the void");
        var lost = await alice.Expect<PeerEvent.Disconnected>(lost => lost.Reason == DisconnectReason.Silent);
        Assert.Equal(bob.Name, lost.With);

        _ = await ConnectByRelayAsync(alice, bob);
        _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Text == "into the void");
    }

    private static void Quick(PeerOptions options) =>
        (options.Accept, options.AnswerTimeout) = (AcceptMode.All, TimeSpan.FromMilliseconds(400));

    // As a caller and a callee do when the relay has joined their legs.
    private static async Task<(StallingStream OfCaller, StallingStream OfCallee)> ConnectByRelayAsync(
        PeerUnderTest caller,
        PeerUnderTest callee
    )
    {
        var (one, other) = await StallingStream.PairAsync();
        var channels = await Task.WhenAll(
            AuthenticateAsync(caller, callee, one),
            AuthenticateAsync(callee, caller, other)
        );
        using var dial = new CancellationTokenSource();
        Use(callee, caller, session =>
            session.Links.TryAttach(LinkOn(callee, channels[1], asks: false), hasMetSearch: false)
        );
        Use(caller, callee, session =>
            session.Dial.Begin(callee.Name, isEphemeral: true, span: null, dial, isQuiet: true) == ConnectOutcome.Dial
            && session.Dial.TryAttach(dial, () => LinkOn(caller, channels[0], asks: true))
        );
        return (one, other);
    }

    private static async Task RelayBesideAsync(PeerUnderTest caller, PeerUnderTest callee)
    {
        var (one, other) = await StallingStream.PairAsync();
        var channels = await Task.WhenAll(
            AuthenticateAsync(caller, callee, one),
            AuthenticateAsync(callee, caller, other)
        );
        using var search = new CancellationTokenSource();
        Use(callee, caller, session =>
            session.Links.TryAttach(LinkOn(callee, channels[1], asks: false), hasMetSearch: false)
        );
        Use(caller, callee, session =>
        {
            Assert.True(session.Upgrade.TryBegin(search));
            Assert.True(session.Upgrade.TryAttach(search, () => LinkOn(caller, channels[0], asks: true)));
            session.Upgrade.End(search);
            return true;
        });
    }

    private static bool PrefersRelay(PeerUnderTest self, PeerUnderTest other) =>
        self.Services.GetRequiredService<PathUpgrades>().PrefersRelay(other.Id);

    private static Task<TlsChannel> AuthenticateAsync(PeerUnderTest self, PeerUnderTest other, Stream stream) =>
        TlsChannel.AuthenticateAsync(
            ChannelTransport.Over(stream, PathKind.Relayed),
            TlsRoles.Between(self.Id, other.Id),
            self.Services.GetRequiredService<PeerIdentity>(),
            other.Id,
            CancellationToken.None
        );

    private static async Task PunchAsync(PeerUnderTest caller, PeerUnderTest callee)
    {
        await using var ofCaller = Begin(caller, callee);
        await using var ofCallee = Begin(callee, caller);
        _ = await Task.WhenAll(ofCaller.TryAsync(CancellationToken.None), ofCallee.TryAsync(CancellationToken.None));
        await Task.WhenAll(ofCaller.Authenticated, ofCallee.Authenticated).WaitAsync(PeerUnderTest.Soon);
        using var search = new CancellationTokenSource();
        Use(callee, caller, session =>
            session.Links.TryAttach(LinkOn(callee, ofCallee.TryTake()!.Value.Channel, asks: false), hasMetSearch: false)
        );
        Use(caller, callee, session =>
        {
            Assert.True(session.Upgrade.TryBegin(search));
            Assert.False(session.Upgrade.TryBegin(search));
            Assert.True(
                session.Upgrade.TryAttach(search, () => LinkOn(caller, ofCaller.TryTake()!.Value.Channel, asks: true))
            );
            session.Upgrade.End(search);
            return true;
        });
    }

    private static PunchRun Begin(PeerUnderTest self, PeerUnderTest other) =>
        self
            .Services.GetRequiredService<Puncher>()
            .Begin(other.Id, [new IPEndPoint(IPAddress.Loopback, other.Listener.Port)]);

    private static Link LinkOn(PeerUnderTest self, TlsChannel channel, bool asks) =>
        self.Links.Add(channel, asks, TimeProvider.System.GetUtcNow(), slot: null);

    private static void Use(PeerUnderTest self, PeerUnderTest other, Func<SessionHost, bool> use) =>
        self
            .Services.GetRequiredService<SessionTable>()
            .Use(other.Id, session =>
            {
                Assert.True(use(session));
                return true;
            });

    private static Task AssertPathAsync(PeerUnderTest one, PeerUnderTest other, PathKind path) =>
        Eventually.True(
            () => PathOf(one, other) == path && PathOf(other, one) == path,
            PeerUnderTest.Soon,
            $"both show {path}"
        );

    private static PathKind? PathOf(PeerUnderTest self, PeerUnderTest other) =>
        self.Services.GetRequiredService<SessionTable>().Find(other.Name)?.Path;

    private static async Task AssertMessagesPassAsync(PeerUnderTest one, PeerUnderTest other, string text)
    {
        one.Messages.Send(other.Name, text);
        other.Messages.Send(one.Name, text);
        _ = await one.Expect<PeerEvent.MessageReceived>(received => received.Message.Text == text);
        _ = await other.Expect<PeerEvent.MessageReceived>(received => received.Message.Text == text);
    }
}
