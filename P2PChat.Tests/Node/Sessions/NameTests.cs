using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Sessions;

/// <summary>Another key claims a name whose lease has expired while a link under it is open.</summary>
public sealed class NameTests : IAsyncLifetime, IDisposable
{
    private readonly RestartableDirectory _directory = new();
    private readonly RawPeer _first = new("bob");
    private readonly RawPeer _second = new("bob");

    public Task InitializeAsync() => _directory.StartAsync();

    public async Task DisposeAsync() => await _directory.DisposeAsync();

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public async Task Send_reaches_the_open_link_when_another_key_claims_its_name()
    {
        await using var alice = await PeerUnderTest.StartAsync(_directory, "alice", options =>
            options.Accept = AcceptMode.All
        );
        using var link = await ConnectAsync(alice);
        await ClaimAsync(alice);

        using var claim = await _second.AskAsync(alice);
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Ping);
        await link.SendAsync(new Frame { Pong = new Pong() });

        Assert.Equal(CloseReason.NameInUse, await claim.ExpectCloseAsync());
        Assert.Equal(new PeerEvent.NameClaimed(_second.Name, _second.Id), await alice.Expect<PeerEvent.NameClaimed>());
        Assert.Equal(Relation.Connected, alice.Connections.RelationTo(_first.Name));
        var listed = Assert.Single(await alice.Connections.ListPeersAsync(CancellationToken.None), peer =>
            peer.Name == _first.Name
        );
        Assert.Equal((_first.Id, Relation.Connected), (listed.PeerId, listed.Relation));
        _ = await alice.Messages.SendAsync(_first.Name, "to the first");
        Assert.Equal("to the first", (await link.ExpectAsync(Frame.BodyOneofCase.Message)).Message.Text);

        // Block, delete and history go by the same name.
        Assert.Equal("to the first", Assert.Single(alice.Messages.Page(_first.Name, null, null, 10).Messages).Text);
        await alice.Contacts.BlockAsync(_first.Name, CancellationToken.None);
        Assert.Equal(CloseReason.Ended, await link.ExpectCloseAsync());
        Assert.Equal(_first.Id, alice.StoredContacts.Find(_first.Name)!.PeerId);
    }

    [Fact]
    public async Task Ephemeral_contact_is_not_pinned_after_a_restart()
    {
        using var data = new TempDirectory();
        await using var erin = await PeerUnderTest.StartAsync(_directory, "erin");
        await using (var alice = await StartAsync())
        {
            await erin.ConnectAsync(alice);
            AssertIsNotPinned(alice);
        }

        await using var again = await StartAsync();
        AssertIsNotPinned(again);
        await erin.ConnectAsync(again);
        AssertIsNotPinned(again);

        Task<PeerUnderTest> StartAsync() =>
            PeerUnderTest.StartAsync(_directory, "alice", options =>
                (options.Ephemeral, options.Data, options.Accept) = (false, data.Path, AcceptMode.All)
            );

        void AssertIsNotPinned(PeerUnderTest peer) =>
            Assert.Equal(PinCheck.NotPinned, peer.StoredContacts.Check(erin.Name, erin.Id));
    }

    [Fact]
    public async Task Restarted_ephemeral_peer_takes_its_name_from_a_silent_link()
    {
        await using var alice = await PeerUnderTest.StartAsync(_directory, "alice", options =>
            options.ProbeTimeout = TimeSpan.FromMilliseconds(200)
        );
        using var silent = await ConnectAsync(alice);
        await ClaimAsync(alice);

        using var again = await _second.AskAsync(alice);

        Assert.Equal(
            new PeerEvent.Request(_second.Name, _second.Id),
            await alice.Expect<PeerEvent.Request>(request => request.Key != _first.Id)
        );
        Assert.Equal(DisconnectReason.Silent, (await alice.Expect<PeerEvent.Disconnected>()).Reason);
        alice.Connections.Accept(_second.Name);
        await ResumeAsync(again);
        _ = await alice.Messages.SendAsync(_second.Name, "to the second");
        Assert.Equal("to the second", (await again.ExpectAsync(Frame.BodyOneofCase.Message)).Message.Text);
    }

    [Fact]
    public async Task Another_key_may_ask_once_the_link_has_ended()
    {
        await using var alice = await PeerUnderTest.StartAsync(_directory, "alice");
        using (var link = await ConnectAsync(alice))
        {
            await link.SendAsync(new Frame { Close = new Close { Reason = CloseReason.GoingAway } });
        }

        _ = await alice.Expect<PeerEvent.Disconnected>();
        await ClaimAsync(alice);

        using var claim = await _second.AskAsync(alice);
        Assert.Equal(_second.Id, (await alice.Expect<PeerEvent.Request>(request => request.Key != _first.Id)).Key);
        Assert.Equal([new PeerRequest(_second.Name, _second.Id)], alice.Connections.Requests);
    }

    [Fact]
    public async Task Waiting_request_holds_its_name_against_another_key()
    {
        await using var alice = await PeerUnderTest.StartAsync(_directory, "alice");
        await _first.RegisterAsync(_directory);
        using var waiting = await _first.AskAsync(alice);
        _ = await alice.Expect<PeerEvent.Request>();
        await ClaimAsync(alice);

        using var claim = await _second.AskAsync(alice);
        _ = await waiting.ExpectAsync(Frame.BodyOneofCase.Ping);
        await waiting.SendAsync(new Frame { Pong = new Pong() });
        Assert.Equal(CloseReason.NameInUse, await claim.ExpectCloseAsync());
        alice.Connections.Accept(_first.Name);
        _ = await waiting.ExpectAsync(Frame.BodyOneofCase.Accept);
    }

    [Fact]
    public async Task Refusal_of_a_name_in_use_gives_that_reason()
    {
        await using var alice = await PeerUnderTest.StartAsync(_directory, "alice", options =>
            options.Accept = AcceptMode.All
        );
        using var link = await ConnectAsync(alice);
        await _directory.StopAsync();
        await _directory.StartAsync();
        await using var bob = await PeerUnderTest.StartAsync(_directory, "bob");
        await Eventually.True(
            () => KeyOfAsync(alice, bob.Name, bob.Id),
            PeerUnderTest.Soon,
            "the directory knows both again"
        );

        await bob.Connections.ConnectAsync(alice.Name, CancellationToken.None);
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Ping);
        await link.SendAsync(new Frame { Pong = new Pong() });
        Assert.Equal(
            new PeerEvent.Disconnected(alice.Name, DisconnectReason.NameInUse),
            await bob.Expect<PeerEvent.Disconnected>()
        );
    }

    [Fact]
    public async Task Dial_that_loses_its_name_to_another_key_reports_the_reason()
    {
        await using var alice = await PeerUnderTest.StartAsync(_directory, "alice", options =>
            options.Accept = AcceptMode.All
        );
        await _first.RegisterAsync(_directory);
        await alice.Connections.ConnectAsync(_first.Name, CancellationToken.None);
        await ClaimAsync(alice);
        using var claim = await _second.AskAsync(alice);
        await ResumeAsync(claim);

        // Until now the dial has been waiting for TLS.
        _ = await _first.AcceptCallAsync();

        Assert.Equal(
            new PeerEvent.Disconnected(_first.Name, DisconnectReason.NameHeldByAnother),
            await alice.Expect<PeerEvent.Disconnected>()
        );
        Assert.Equal(Relation.Connected, alice.Connections.RelationTo(_second.Name));
    }

    /// <summary>Waits until the directory, as that peer sees it, has the name under the other's key.</summary>
    internal static Task ReachesAsync(PeerUnderTest watching, RawPeer other) =>
        Eventually.True(
            () => KeyOfAsync(watching, other.Name, other.Id),
            PeerUnderTest.Soon,
            "the directory has the name under the new key"
        );

    /// <summary>Waits until the request is accepted, and opens the conversation.</summary>
    internal static async Task ResumeAsync(RawLink link)
    {
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Accept);
        _ = await link.ResumeAsync();
    }

    private static async Task<bool> KeyOfAsync(PeerUnderTest watching, Username name, PeerId key)
    {
        try
        {
            return (await watching.Lookup.FindAsync(name, CancellationToken.None)).PeerId == key;
        }
        catch (PeerException exception)
        {
            return exception.OtherKey == key;
        }
    }

    private async Task<RawLink> ConnectAsync(PeerUnderTest alice)
    {
        await _first.RegisterAsync(_directory);
        var link = await _first.AskAsync(alice);
        await Eventually.True(
            () => alice.OpenRequests.Count > 0 || alice.Connections.ConnectedCount > 0,
            PeerUnderTest.Soon,
            "the request has arrived"
        );
        if (alice.Connections.ConnectedCount == 0)
        {
            alice.Connections.Accept(_first.Name);
        }

        await ResumeAsync(link);
        return link;
    }

    // The first peer's lease is gone because the directory has been restarted.
    private async Task ClaimAsync(PeerUnderTest alice)
    {
        await _directory.StopAsync();
        await _directory.StartAsync();
        await _second.RegisterAsync(_directory);
        await ReachesAsync(alice, _second);
    }
}
