using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Services;

/// <summary>Who is blocked, seen from their side: all that they can observe is what a stranger observes.</summary>
public sealed class BlockTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    private static int _tests;

    private readonly int _test = Interlocked.Increment(ref _tests);

    [Theory]
    [InlineData(AcceptMode.None)]
    [InlineData(AcceptMode.Contacts)]
    [InlineData(AcceptMode.Ask)]
    public async Task A_blocked_contact_sees_what_a_stranger_sees(AcceptMode accept)
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
    public async Task As_often_as_they_ask_the_blocked_are_answered_as_strangers_are()
    {
        await using var alice = await StartAsync("alice", AcceptMode.Ask, options =>
            options.RequestsPerMinutePerPeer = 2
        );
        using var blocked = await RegisteredAsync("blocked");
        using var stranger = await RegisteredAsync("stranger");
        alice.StoredContacts.Remember(blocked.Name, blocked.Id);
        await alice.Contacts.BlockAsync(blocked.Name, CancellationToken.None);

        for (var time = 0; time < 3; time++)
        {
            var seen = await ObserveAsync(blocked, alice);
            Assert.Equal(await ObserveAsync(stranger, alice), seen);
            Assert.Equal(
                time == 2 ? RejectReason.Busy : null,
                seen.FirstOrDefault(frame => frame.Reject is not null)?.Reject.Reason
            );
        }
    }

    [Fact]
    public async Task Without_a_directory_the_blocked_are_refused_as_strangers_are()
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
    public async Task A_blocked_name_under_a_new_key_sees_what_a_stranger_sees_and_nobody_is_warned()
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
    public async Task A_blocked_key_is_not_heard_of_under_another_name()
    {
        await using var alice = await StartAsync("alice", AcceptMode.Ask);
        using var peer = await RegisteredAsync("renamed");
        alice.StoredContacts.Block(Username.Parse("formerly"), peer.Id);

        Assert.Equal(CloseReason.RequestExpired, (await ObserveAsync(peer, alice))[^1].Close.Reason);
        Assert.Empty(alice.Rest().OfType<PeerEvent.Request>());
    }

    [Fact]
    public async Task A_connection_that_is_blocked_ends_as_by_a_disconnect_and_no_message_is_taken()
    {
        // Nobody need be quick to accept: a request is not waited for long here.
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
    public async Task A_request_that_waits_is_rejected_as_the_person_would()
    {
        await using var alice = await StartAsync("alice", AcceptMode.Ask, Patiently);
        using var asking = await RegisteredAsync("asking");
        using var link = await asking.AskAsync(alice);
        _ = await alice.Expect<PeerEvent.Request>();

        await alice.Contacts.BlockAsync(asking.Name, CancellationToken.None);

        Assert.Equal(RejectReason.Declined, (await link.ExpectAsync(Frame.BodyOneofCase.Reject)).Reject.Reason);
        Assert.Equal(CloseReason.Rejected, await link.ExpectCloseAsync());
    }

    [Fact]
    public async Task Nothing_is_begun_with_the_blocked_until_they_are_unblocked()
    {
        await using var alice = await StartAsync("alice", AcceptMode.Ask, Patiently);
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");
        await alice.Contacts.BlockAsync(bob.Name, CancellationToken.None);

        // The request waits, as a stranger's does, and nobody sees it.
        await bob.Connections.ConnectAsync(alice.Name, CancellationToken.None);
        await Eventually.True(
            () =>
                alice
                    .Services.GetRequiredService<SessionTable>()
                    .All.Any(session => session.Relation == Relation.RequestReceived),
            PeerUnderTest.Soon,
            "the request waits"
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

    private static void Patiently(PeerOptions options) => options.RequestTimeout = TimeSpan.FromSeconds(60);

    private string Own(string name) => $"{name}{_test}";

    private Task<PeerUnderTest> StartAsync(string name, AcceptMode accept, Action<PeerOptions>? change = null) =>
        PeerUnderTest.StartAsync(directory, name, options =>
        {
            (options.Accept, options.RequestTimeout) = (accept, TimeSpan.FromSeconds(1));
            change?.Invoke(options);
        });

    // A name is its claimer's until its lease ends: each test has names of its own.
    private async Task<RawPeer> RegisteredAsync(string name)
    {
        var peer = new RawPeer(Own(name));
        await peer.RegisterAsync(directory);
        return peer;
    }

    // All frames from the hello to the end.
    private static async Task<IReadOnlyList<Frame>> ObserveAsync(RawPeer caller, PeerUnderTest called)
    {
        using var link = await caller.DialAsync(called.Listener.Port);
        await link.SendHelloAsync(caller.Name);
        await link.SendAsync(new Frame { Request = new Request() });
        return await link.ReadToEndAsync();
    }
}
