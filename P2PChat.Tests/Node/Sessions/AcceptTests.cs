using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Node.Sessions;

/// <summary>Which peers are accepted, and under which name.</summary>
public sealed class AcceptTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Theory]
    [InlineData(AcceptMode.None)]
    [InlineData(AcceptMode.Contacts)]
    public async Task Stranger_is_rejected_without_a_prompt(AcceptMode mode)
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob", options => options.Accept = mode);

        await alice.Connections.ConnectAsync(bob.Name, CancellationToken.None);
        Assert.Equal(
            new PeerEvent.Disconnected(bob.Name, DisconnectReason.Rejected),
            await alice.Expect<PeerEvent.Disconnected>()
        );
        Assert.Empty(bob.Rest().OfType<PeerEvent.Request>());
    }

    [Theory]
    [InlineData(AcceptMode.Ask, true)]
    [InlineData(AcceptMode.Contacts, true)]
    [InlineData(AcceptMode.None, false)]
    public async Task Contact_is_accepted_unless_the_peer_accepts_nobody(AcceptMode mode, bool accepted)
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob", options => options.Accept = mode);
        bob.StoredContacts.Remember(alice.Name, alice.Id);

        await alice.Connections.ConnectAsync(bob.Name, CancellationToken.None);
        if (accepted)
        {
            _ = await alice.Expect<PeerEvent.Connected>();
        }
        else
        {
            Assert.Equal(DisconnectReason.Rejected, (await alice.Expect<PeerEvent.Disconnected>()).Reason);
        }
    }

    [Fact]
    public async Task Earlier_connection_is_accepted_again_without_a_prompt()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");
        await alice.ConnectAsync(bob);
        _ = await bob.Expect<PeerEvent.Request>();

        alice.Connections.Disconnect(bob.Name);
        Assert.Equal(DisconnectReason.EndedByUs, (await alice.Expect<PeerEvent.Disconnected>()).Reason);
        Assert.Equal(DisconnectReason.EndedByThem, (await bob.Expect<PeerEvent.Disconnected>()).Reason);

        await alice.ConnectAsync(bob);
        Assert.Empty(bob.Rest().OfType<PeerEvent.Request>());
    }

    [Fact]
    public async Task Request_beyond_the_limit_is_busy_until_one_is_answered()
    {
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob", options => options.MaxRequests = 1);
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var carol = await PeerUnderTest.StartAsync(directory, "carol");

        await alice.Connections.ConnectAsync(bob.Name, CancellationToken.None);
        _ = await bob.Expect<PeerEvent.Request>();
        await carol.Connections.ConnectAsync(bob.Name, CancellationToken.None);
        Assert.Equal(DisconnectReason.Busy, (await carol.Expect<PeerEvent.Disconnected>()).Reason);

        bob.Connections.Reject(alice.Name);
        await carol.ConnectAsync(bob);
    }

    [Fact]
    public async Task First_connection_pins_a_lasting_key_but_not_an_ephemeral_one()
    {
        using var data = new TempDirectory();
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var lasting = await PeerUnderTest.StartAsync(directory, "lasting", options =>
            (options.Ephemeral, options.Data) = (false, data.Path)
        );
        await alice.ConnectAsync(lasting);

        Assert.Equal(PinCheck.Same, alice.StoredContacts.Check(lasting.Name, lasting.Id));
        Assert.Equal(PinCheck.NotPinned, lasting.StoredContacts.Check(alice.Name, alice.Id));
    }

    [Fact]
    public async Task Contact_with_another_key_is_refused_with_a_warning()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");
        using var before = new RawPeer("before");
        alice.StoredContacts.Remember(bob.Name, before.Id);

        var refusal = await Assert.ThrowsAsync<PeerException>(() =>
            alice.Connections.ConnectAsync(bob.Name, CancellationToken.None)
        );
        Assert.Equal(PeerError.KeyChanged, refusal.Error);
        Assert.Contains("key has changed", refusal.Message, StringComparison.Ordinal);

        await bob.Connections.ConnectAsync(alice.Name, CancellationToken.None);
        Assert.Equal(new PeerEvent.KeyChanged(bob.Name, bob.Id), await alice.Expect<PeerEvent.KeyChanged>());
        Assert.Equal(DisconnectReason.KeyRefused, (await bob.Expect<PeerEvent.Disconnected>()).Reason);
        Assert.Empty(alice.OpenRequests);
    }

    [Fact]
    public async Task Name_of_another_peer_is_refused()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");
        using var thief = new RawPeer("bob");

        using var link = await thief.AskAsync(alice);
        Assert.Equal(CloseReason.NameMismatch, await link.ExpectCloseAsync());
        Assert.Empty(alice.OpenRequests);
    }

    [Theory]
    [InlineData("not-registered")]
    [InlineData("alice")]
    public async Task Unregistered_name_and_own_name_are_refused(string name)
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        using var stranger = new RawPeer(name);
        using var link = await stranger.AskAsync(alice);
        Assert.Equal(CloseReason.NameMismatch, await link.ExpectCloseAsync());
    }

    [Fact]
    public async Task Directory_outage_admits_contacts_but_not_strangers()
    {
        await using var own = new RestartableDirectory();
        await own.StartAsync();
        await using var alice = await PeerUnderTest.StartAsync(own, "alice");
        using var contact = new RawPeer("contact");
        using var stranger = new RawPeer("stranger");
        alice.StoredContacts.Remember(contact.Name, contact.Id);
        await own.StopAsync();

        using var known = await contact.AskAsync(alice);
        _ = await known.ExpectAsync(Frame.BodyOneofCase.Accept);
        using var unknown = await stranger.AskAsync(alice);
        Assert.Equal(CloseReason.NameUnverified, await unknown.ExpectCloseAsync());
    }
}
