using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Services;

/// <summary>A blocked peer observes exactly the same as a stranger.</summary>
public sealed class BlockTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    private static int _tests;

    private readonly int _test = Interlocked.Increment(ref _tests);

    [Theory]
    [InlineData(AcceptMode.None)]
    [InlineData(AcceptMode.Contacts)]
    [InlineData(AcceptMode.Ask)]
    public async Task Blocked_contact_sees_the_same_as_a_stranger(AcceptMode accept)
    {
        await using var alice = await StartAsync("alice", accept);
        using var blocked = await RegisteredAsync("blocked");
        using var stranger = await RegisteredAsync("stranger");
        alice.StoredContacts.Remember(blocked.Name, blocked.Id);
        await alice.Contacts.BlockAsync(blocked.Name, CancellationToken.None);

        var (seen, seenByStranger) = (await ObserveAsync(blocked, alice), await ObserveAsync(stranger, alice));

        Assert.Equal(seenByStranger, seen);
        Assert.Equal(
            accept == AcceptMode.Ask ? CloseReason.RequestExpired : CloseReason.Rejected,
            seen[^1].Close.Reason
        );
        var told = alice.Rest();
        Assert.DoesNotContain(told, @event => @event is PeerEvent.Request { From: var from } && from == blocked.Name);
        Assert.DoesNotContain(told, @event =>
            @event is PeerEvent.RequestWithdrawn { From: var from } && from == blocked.Name
        );
    }

    [Fact]
    public async Task Repeated_requests_of_a_blocked_peer_look_like_those_of_a_stranger()
    {
        await using var alice = await StartAsync("alice", AcceptMode.Ask, options =>
            options.RequestsPerMinutePerPeer = 2
        );
        using var blocked = await RegisteredAsync("blocked");
        using var stranger = await RegisteredAsync("stranger");
        alice.StoredContacts.Remember(blocked.Name, blocked.Id);
        await alice.Contacts.BlockAsync(blocked.Name, CancellationToken.None);

        for (var attempt = 0; attempt < 3; attempt++)
        {
            var seen = await ObserveAsync(blocked, alice);
            Assert.Equal(await ObserveAsync(stranger, alice), seen);
            Assert.Equal(
                attempt == 2 ? RejectReason.Busy : null,
                seen.FirstOrDefault(frame => frame.Reject is not null)?.Reject.Reason
            );
        }
    }

    [Fact]
    public async Task Blocked_peer_looks_like_a_stranger_without_a_directory()
    {
        await using var own = new RestartableDirectory();
        await own.StartAsync();
        await using var alice = await PeerUnderTest.StartAsync(own, "alice");
        using var blocked = new RawPeer("blocked");
        using var stranger = new RawPeer("stranger");
        alice.StoredContacts.Remember(blocked.Name, blocked.Id);
        await alice.Contacts.BlockAsync(blocked.Name, CancellationToken.None);
        await own.StopAsync();

        var seen = await ObserveAsync(blocked, alice);
        Assert.Equal(await ObserveAsync(stranger, alice), seen);
        Assert.Equal(CloseReason.NameUnverified, seen[^1].Close.Reason);
    }

    [Fact]
    public async Task Blocked_name_with_a_new_key_looks_like_a_stranger_without_a_warning()
    {
        await using var alice = await StartAsync("alice", AcceptMode.None);
        using var renewed = await RegisteredAsync("renewed");
        using var before = new RawPeer(renewed.Name.Value);
        using var stranger = await RegisteredAsync("stranger");
        alice.StoredContacts.Remember(before.Name, before.Id);
        await alice.Contacts.BlockAsync(before.Name, CancellationToken.None);

        Assert.Equal(await ObserveAsync(stranger, alice), await ObserveAsync(renewed, alice));
        Assert.Empty(alice.Rest().OfType<PeerEvent.KeyChanged>());
    }

    [Fact]
    public async Task Blocked_key_is_hidden_under_another_name()
    {
        await using var alice = await StartAsync("alice", AcceptMode.Ask);
        using var peer = await RegisteredAsync("renamed");
        alice.StoredContacts.Block(Username.Parse("formerly"), peer.Id);

        Assert.Equal(CloseReason.RequestExpired, (await ObserveAsync(peer, alice))[^1].Close.Reason);
        Assert.Empty(alice.Rest().OfType<PeerEvent.Request>());
    }

    [Fact]
    public async Task Blocking_a_connected_peer_looks_like_a_disconnect()
    {
        // Accept automatically, because requests expire quickly here.
        await using var alice = await StartAsync("alice", AcceptMode.All);
        await using var mallory = await PeerUnderTest.StartAsync(directory, "mallory");
        await mallory.ConnectAsync(alice);
        alice.Settings.Set("accept", "ask");
        await alice.Contacts.BlockAsync(mallory.Name, CancellationToken.None);

        Assert.Equal(DisconnectReason.EndedByThem, (await mallory.Expect<PeerEvent.Disconnected>()).Reason);
        Assert.Equal(DisconnectReason.EndedByUs, (await alice.Expect<PeerEvent.Disconnected>()).Reason);
        await mallory.Connections.ConnectAsync(alice.Name, CancellationToken.None);
        Assert.Equal(DisconnectReason.NoAnswer, (await mallory.Expect<PeerEvent.Disconnected>()).Reason);
        Assert.Empty(alice.Rest().OfType<PeerEvent.MessageReceived>());
    }

    [Fact]
    public async Task Blocking_rejects_an_open_request()
    {
        await using var alice = await StartAsync("alice", AcceptMode.Ask, UseLongRequestTimeout);
        using var asking = await RegisteredAsync("asking");
        using var link = await asking.AskAsync(alice);
        _ = await alice.Expect<PeerEvent.Request>();

        await alice.Contacts.BlockAsync(asking.Name, CancellationToken.None);

        Assert.Equal(RejectReason.Declined, (await link.ExpectAsync(Frame.BodyOneofCase.Reject)).Reject.Reason);
        Assert.Equal(CloseReason.Rejected, await link.ExpectCloseAsync());
    }

    [Fact]
    public async Task Blocked_peer_cannot_connect_or_be_contacted_until_unblocked()
    {
        await using var alice = await StartAsync("alice", AcceptMode.Ask, UseLongRequestTimeout);
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");
        await alice.Contacts.BlockAsync(bob.Name, CancellationToken.None);

        // The request stays open like a stranger's, but the user does not see it.
        await bob.Connections.ConnectAsync(alice.Name, CancellationToken.None);
        await Eventually.True(
            () =>
                alice
                    .Services.GetRequiredService<SessionTable>()
                    .All.Any(session => session.Relation == Relation.RequestReceived),
            PeerUnderTest.Soon,
            "the request is open"
        );
        Assert.Empty(alice.OpenRequests);
        Assert.All(await alice.Connections.ListPeersAsync(CancellationToken.None), peer =>
            Assert.NotEqual(Relation.RequestReceived, peer.Relation)
        );
        Assert.Equal(PeerError.Blocked, Assert.Throws<PeerException>(() => alice.Connections.Accept(bob.Name)).Error);
        Assert.Equal(PeerError.Blocked, Assert.Throws<PeerException>(() => alice.Messages.Send(bob.Name, "hi")).Error);
        Assert.Equal(
            PeerError.Blocked,
            (
                await Assert.ThrowsAsync<PeerException>(() =>
                    alice.Connections.ConnectAsync(bob.Name, CancellationToken.None)
                )
            ).Error
        );

        alice.Contacts.Unblock(bob.Name);
        Assert.Equal([bob.Name], alice.OpenRequests);
        alice.Connections.Accept(bob.Name);
        _ = await bob.Expect<PeerEvent.Connected>();
    }

    private static void UseLongRequestTimeout(PeerOptions options) => options.RequestTimeout = TimeSpan.FromSeconds(60);

    private string UniqueName(string name) => $"{name}{_test}";

    private Task<PeerUnderTest> StartAsync(string name, AcceptMode accept, Action<PeerOptions>? change = null) =>
        PeerUnderTest.StartAsync(directory, name, options =>
        {
            (options.Accept, options.RequestTimeout) = (accept, TimeSpan.FromSeconds(1));
            change?.Invoke(options);
        });

    // A claim lasts until its lease ends, so each test uses its own names.
    private async Task<RawPeer> RegisteredAsync(string name)
    {
        var peer = new RawPeer(UniqueName(name));
        await peer.RegisterAsync(directory);
        return peer;
    }

    // Returns all frames from the hello to the end.
    private static async Task<IReadOnlyList<Frame>> ObserveAsync(RawPeer caller, PeerUnderTest called)
    {
        using var link = await caller.DialAsync(called.Listener.Port);
        await link.SendHelloAsync(caller.Name);
        await link.SendAsync(new Frame { Request = new Request() });
        return await link.ReadToEndAsync();
    }
}
