using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Mailbox;

/// <summary>First contact without an invite, while the other peer is away: by its request box.</summary>
public sealed class RequestBoxTests(MailPeers peers) : IClassFixture<MailPeers>
{
    private static readonly Username Alice = Username.Parse("alice");
    private static readonly Username Bob = Username.Parse("bob");

    [Fact]
    public async Task Request_waits_in_the_box_and_is_answered_by_mail()
    {
        var (alices, bobs) = (peers.NewData(), peers.NewData());
        await LeaveAsync("bob", bobs);
        await using (var alice = await peers.StartAsync("alice", alices))
        {
            var waitsUntil = await alice.Connections.ConnectAsync(Bob, CancellationToken.None);
            Assert.InRange(
                waitsUntil!.Value - DateTimeOffset.UtcNow,
                MailRequest.SentFor - TimeSpan.FromMinutes(1),
                MailRequest.SentFor + TimeSpan.FromMinutes(1)
            );
            await AssertWaitsAsync(alice);
        }

        await using (var alice = await peers.StartAsync("alice", alices))
        {
            await AssertWaitsAsync(alice);
        }

        await using (var bob = await peers.StartAsync("bob", bobs))
        {
            var request = await bob.Expect<PeerEvent.Request>();
            Assert.Equal((Alice, true, null), (request.From, request.ByMail, request.RefusedInvite));
            bob.Connections.Accept(Alice);
            _ = await bob.Expect<PeerEvent.ContactAdded>(added => !added.ByThem);
            var sent = bob.Messages.Send(Alice, "hello");
            _ = await bob.Expect<PeerEvent.Receipt>(receipt =>
                receipt.Id == sent.Id && receipt.State == MessageState.Sent
            );
        }

        await using (var alice = await peers.StartAsync("alice", alices))
        {
            Assert.Equal(new PeerEvent.ContactAdded(Bob, ByThem: true), await alice.Expect<PeerEvent.ContactAdded>());
            Assert.Equal("hello", (await alice.Expect<PeerEvent.MessageReceived>()).Message.Text);
            Assert.False(alice.Connections.IsWaiting(Bob));
            _ = alice.Messages.Send(Bob, "and hello");
            _ = await alice.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Sent);
        }

        await using var back = await peers.StartAsync("bob", bobs);
        Assert.Equal("and hello", (await back.Expect<PeerEvent.MessageReceived>()).Message.Text);
    }

    [Fact]
    public async Task Message_in_the_envelope_after_the_acceptance_arrives()
    {
        var (petras, quins) = (peers.NewData(), peers.NewData());
        await LeaveAsync("quin", quins);
        var (petra, quin) = (Username.Parse("petra"), Username.Parse("quin"));
        await using (var asking = await peers.StartAsync("petra", petras))
        {
            Assert.NotNull(await asking.Connections.ConnectAsync(quin, CancellationToken.None));
        }

        await using (var back = await peers.StartAsync("quin", quins))
        {
            var request = await back.Expect<PeerEvent.Request>();
            back.Connections.Accept(petra);
            await Eventually.True(
                () =>
                    MailPeers.StoreOf(back).Conversations.Load(request.Key)
                        is { Session: { AcceptedAs: not null, Introduction: MailIntroduction.None } },
                PeerUnderTest.Soon,
                "the acceptance is deposited"
            );
            _ = back.Messages.Send(petra, "hello");
            _ = await back.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Sent);
        }

        SlowDownAcceptances(petras);
        await using var again = await peers.StartAsync("petra", petras);
        Assert.Equal("hello", (await again.Expect<PeerEvent.MessageReceived>()).Message.Text);
    }

    [Fact]
    public async Task Peer_that_accepts_all_answers_without_its_user()
    {
        var (alices, bobs) = (peers.NewData(), peers.NewData());
        await LeaveAsync("ben", bobs);
        var ben = Username.Parse("ben");
        await using (var anna = await peers.StartAsync("anna", alices))
        {
            Assert.NotNull(await anna.Connections.ConnectAsync(ben, CancellationToken.None));
        }

        await using (var back = await peers.StartAsync("ben", bobs, options => options.Accept = AcceptMode.All))
        {
            _ = await back.Expect<PeerEvent.ContactAdded>();
            Assert.Empty(back.Connections.Requests);
            await using var anna = await peers.StartAsync("anna", alices);
            _ = await anna.Expect<PeerEvent.Connected>();
        }
    }

    [Fact]
    public async Task Closed_box_and_ephemeral_peer_leave_the_peer_offline()
    {
        await LeaveAsync("carl", peers.NewData(), options => options.Accept = AcceptMode.Contacts);
        await LeaveAsync("dora", peers.NewData());
        await using var erik = await peers.StartAsync("erik", peers.NewData());
        await using var ephemeral = await PeerUnderTest.StartAsync(peers.Directory, "fred");

        foreach (var (peer, name) in new[] { (erik, "carl"), (ephemeral, "dora") })
        {
            var refusal = await Assert.ThrowsAsync<PeerException>(() =>
                peer.Connections.ConnectAsync(Username.Parse(name), CancellationToken.None)
            );
            Assert.Equal(PeerError.PeerOffline, refusal.Error);
        }
    }

    [Fact]
    public async Task Withdrawn_request_is_not_accepted_later()
    {
        var (ginas, hugos) = (peers.NewData(), peers.NewData());
        await LeaveAsync("hugo", hugos);
        var (gina, hugo) = (Username.Parse("gina"), Username.Parse("hugo"));
        await using (var asking = await peers.StartAsync("gina", ginas))
        {
            Assert.NotNull(await asking.Connections.ConnectAsync(hugo, CancellationToken.None));
            asking.Connections.Disconnect(hugo);
            Assert.Equal(Relation.None, asking.Connections.RelationTo(hugo));
        }

        await using (var back = await peers.StartAsync("hugo", hugos))
        {
            _ = await back.Expect<PeerEvent.Request>();
            back.Connections.Accept(gina);
            _ = await back.Expect<PeerEvent.ContactAdded>();
        }

        await using var again = await peers.StartAsync("gina", ginas, options => options.Accept = AcceptMode.None);
        await MailPeers.EmptyAsync(again);
        Assert.Null(MailPeers.StoreOf(again).Conversations.FindAccepted(hugo));
        Assert.DoesNotContain(again.Rest(), @event => @event is PeerEvent.ContactAdded);
    }

    [Fact]
    public async Task Expired_request_in_the_box_is_reported()
    {
        var clock = new SettableClock();
        await LeaveAsync("jan", peers.NewData());
        var jan = Username.Parse("jan");
        await using var ines = await peers.StartAsync(
            "ines",
            peers.NewData(),
            options => options.MessageExpiry = TimeSpan.FromSeconds(5),
            clock
        );
        Assert.NotNull(await ines.Connections.ConnectAsync(jan, CancellationToken.None));

        clock.LetPass(MailRequest.SentFor);

        var ended = await ines.Expect<PeerEvent.Disconnected>(ended => ended.Reason == DisconnectReason.RequestExpired);
        Assert.Equal(jan, ended.With);
        Assert.Equal(Relation.None, ines.Connections.RelationTo(jan));
    }

    [Fact]
    public async Task Requests_by_mail_are_bounded_and_survive_a_restart()
    {
        using var data = new TempDirectory();
        var key = new byte[PeerId.Size];
        using (var opened = new OpenedRequests(data.Path))
        {
            for (var i = 0; i < MailRequests.MaxReceived; i++)
            {
                key[0] = (byte)i;
                Assert.True(await opened.Requests.AddAsync(Received(key)));
            }

            // A second request of the same peer replaces the first.
            Assert.False(await opened.Requests.AddAsync(Received(key)));
            key[0]++;
            Assert.Null(await opened.Requests.AddAsync(Received(key)));
        }

        using var again = new OpenedRequests(data.Path);
        Assert.Equal(MailRequests.MaxReceived, again.Requests.Received.Count);
        Assert.Equal(Received(new byte[PeerId.Size]).Remote, again.Requests.Received[0].Remote);
        again.Requests.Remove(again.Requests.Received[0]);
        Assert.True(await again.Requests.AddAsync(Received(key)));
    }

    // The next envelope is then read before the acceptance is stored.
    private static void SlowDownAcceptances(string data)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(data, "peer.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            CREATE TRIGGER slow AFTER UPDATE OF accepted ON peers BEGIN
              SELECT length(hex(randomblob(40000000)));
            END
            """;
        _ = command.ExecuteNonQuery();
    }

    private static MailRequest Received(byte[] key) =>
        new(PeerId.FromHash(key), Bob, IsOutgoing: false, new byte[32], DateTimeOffset.UtcNow);

    private static async Task AssertWaitsAsync(PeerUnderTest alice)
    {
        Assert.True(alice.Connections.IsWaiting(Bob));
        Assert.Equal(Relation.RequestSent, alice.Connections.RelationTo(Bob));
        var refusal = await Assert.ThrowsAsync<PeerException>(() =>
            alice.Connections.ConnectAsync(Bob, CancellationToken.None)
        );
        Assert.Equal(PeerError.AlreadyAsked, refusal.Error);
        Assert.True(Assert.Single(await alice.Connections.ListPeersAsync(default), peer => peer.Name == Bob).Waiting);
    }

    /// <summary>Starts a peer that registers and goes offline.</summary>
    private async Task LeaveAsync(string name, string data, Action<PeerOptions>? change = null)
    {
        await using var peer = await peers.StartAsync(name, data, change);
    }

    private sealed class OpenedRequests : IDisposable
    {
        private readonly DataDirectory _directory;
        private readonly PeerIdentity _identity;
        private readonly PeerStore _store;

        public OpenedRequests(string path)
        {
            _directory = DataDirectory.Open(path);
            _identity = PeerIdentity.Open(_directory);
            _store = PeerStore.Open(_directory, _identity, Alice, NullLogger<PeerStore>.Instance);
            Requests = new MailRequests(_store, new MailboxNotifications(), TimeProvider.System);
        }

        public MailRequests Requests { get; }

        public void Dispose()
        {
            _store.Dispose();
            _identity.Dispose();
            _directory.Dispose();
        }
    }
}
