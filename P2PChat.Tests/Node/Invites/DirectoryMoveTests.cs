using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Invites;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node.DirectoryClient;

namespace P2PChat.Tests.Node.Invites;

/// <summary>A directory at two addresses with one id, and peers that tell each other so.</summary>
public sealed class DirectoryMoveTests : IAsyncLifetime, IDisposable
{
    private const string Elsewhere = "http://192.0.2.7:5000";

    private readonly TempDirectory _data = new();
    private readonly RawPeer _friend = new("friend");
    private LyingDirectory _old = null!;
    private LyingDirectory _new = null!;

    public async Task InitializeAsync() =>
        (_old, _new) = (await LyingDirectory.StartAsync(), await LyingDirectory.StartAsync());

    public async Task DisposeAsync()
    {
        await _old.DisposeAsync();
        await _new.DisposeAsync();
    }

    public void Dispose()
    {
        _friend.Dispose();
        _data.Dispose();
    }

    [Fact]
    public async Task Inviter_moves_a_peer_whose_directory_has_gone()
    {
        await using var bob = await StartAsync("bob");
        await JoinedByFriendAsync(bob);
        await _old.DisposeAsync();
        using var link = await _friend.AskAsync(bob);
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Accept);
        await link.SendAsync(Address(_new.Address));

        var store = bob.Services.GetRequiredService<PeerStore>();
        await Eventually.True(
            () => store.Meta.LoadPeer()?.Directory == _new.Address && bob.DirectoryRegistration.LeaseToken is not null,
            PeerUnderTest.Soon,
            "bob is registered at the new address, and remembers it"
        );
        Assert.Equal(_new.Address, bob.Services.GetRequiredService<PeerOptions>().Discovery);
    }

    [Fact]
    public async Task Address_is_refused_unless_it_is_needed_and_is_the_same_directory()
    {
        await using var bob = await StartAsync("bob");
        await using var other = await TestDirectory.StartAsync();
        using var move = ActivatorUtilities.CreateInstance<DirectoryMove>(bob.Services);
        Assert.Equal(MoveOutcome.NotNeeded, await ConsiderAsync(_new.Address));
        var options = bob.Services.GetRequiredService<PeerOptions>();
        var old = options.Discovery;
        Assert.Equal(MoveOutcome.Refused, await ConsiderAsync(old));

        await _old.DisposeAsync();
        Assert.Equal(MoveOutcome.Refused, await ConsiderAsync(other.Url));
        Assert.Equal(MoveOutcome.Refused, await ConsiderAsync($"http://127.0.0.1:{LoopbackPort.Next()}"));
        Assert.Equal(old, options.Discovery);

        // Neither a join token, nor a directory that uses TLS, nor another service of this machine is for an inviter.
        options.JoinToken = "swordfish";
        Assert.Equal(MoveOutcome.Refused, await ConsiderAsync(_new.Address));
        options.JoinToken = null;
        options.Discovery = old.Replace("http:", "https:", StringComparison.Ordinal);
        Assert.Equal(MoveOutcome.Refused, await ConsiderAsync(_new.Address));
        options.Discovery = "http://nowhere.invalid";
        Assert.Equal(MoveOutcome.Refused, await ConsiderAsync(_new.Address));

        options.Discovery = old;
        Assert.Equal(MoveOutcome.Moved, await ConsiderAsync(_new.Address));

        Task<MoveOutcome> ConsiderAsync(string address) => move.ConsiderAsync(new Uri(address), default);
    }

    [Fact]
    public async Task Address_from_anyone_but_an_inviter_is_ignored()
    {
        await using var bob = await StartAsync("bob");
        var joined = bob.Services.GetRequiredService<JoinedInvites>();
        var offers = new DirectoryOffers(new PeerOptions(), bob.StoredContacts, joined);
        bob.StoredContacts.Remember(_friend.Name, _friend.Id);
        offers.OnReceived(_friend.Id, Elsewhere);
        Assert.False(offers.Received.TryRead(out _));

        await JoinedByFriendAsync(bob);
        foreach (var text in new[] { "", "192.0.2.7", "ftp://192.0.2.7", $"{Elsewhere}/path", "http://me@192.0.2.7" })
        {
            offers.OnReceived(_friend.Id, text);
            Assert.False(offers.Received.TryRead(out _), text);
        }

        offers.OnReceived(_friend.Id, "http://192.0.2.6");
        offers.OnReceived(_friend.Id, Elsewhere);
        Assert.True(offers.Received.TryRead(out var newest));
        Assert.Equal(new Uri(Elsewhere), newest);
        Assert.False(offers.Received.TryRead(out _));
    }

    [Fact]
    public async Task Host_tells_invited_friends_its_address_and_each_change()
    {
        await using var alice = await StartAsync("alice", options =>
            (options.HostsDirectory, options.InviteDirectory) = (true, new Uri(Elsewhere))
        );
        alice.StoredContacts.Remember(_friend.Name, _friend.Id, joinedByInvite: true);
        using var link = await _friend.AskAsync(alice);
        Assert.Equal(Elsewhere, await NextAddressAsync(link));

        // A loopback address is of no use to others.
        var options = alice.Services.GetRequiredService<PeerOptions>();
        options.InviteDirectory = new Uri("http://localhost:5000");
        options.InviteDirectory = new Uri("http://192.0.2.8");
        Assert.Equal("http://192.0.2.8", await NextAddressAsync(link));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Address_is_told_only_by_a_host_and_to_those_it_invited(bool isHost, bool isInvited)
    {
        await using var alice = await StartAsync("alice", options =>
            (options.HostsDirectory, options.InviteDirectory) = (isHost, new Uri(Elsewhere))
        );
        alice.StoredContacts.Remember(_friend.Name, _friend.Id, joinedByInvite: isInvited);
        using var link = await _friend.AskAsync(alice);
        _ = await link.ResumeAsync();
        _ = await alice.Expect<PeerEvent.Connected>();
        alice.Services.GetRequiredService<PeerOptions>().InviteDirectory = new Uri("http://192.0.2.8");
        alice.Connections.Disconnect(_friend.Name);

        Assert.DoesNotContain(await link.ReadToEndAsync(), frame =>
            frame.BodyCase == Frame.BodyOneofCase.DirectoryAddress
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Only_a_host_dials_a_contact_whose_lease_has_ended(bool isHost)
    {
        using var data = new TempDirectory();
        await using var directory = new RestartableDirectory
        {
            Settings = ["Directory:Lease=00:00:00.600", "Directory:RenewEvery=00:00:00.200"],
        };
        await directory.StartAsync();
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice", options =>
            (options.Ephemeral, options.Data, options.HostsDirectory) = (false, _data.Path, isHost)
        );
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob", options =>
            (options.Ephemeral, options.Data) = (false, data.Path)
        );
        await alice.ConnectAsync(bob);
        bob.Services.GetRequiredService<PeerOptions>().Discovery = $"http://127.0.0.1:{LoopbackPort.Next()}";
        await Eventually.True(
            async () => !(await alice.Lookup.FindAsync(bob.Name, default)).Online,
            PeerUnderTest.Soon,
            "bob is offline for the directory"
        );
        await alice.CutLinksAsync();
        _ = await alice.Expect<PeerEvent.Disconnected>();
        _ = await bob.Expect<PeerEvent.Disconnected>();

        if (!isHost)
        {
            var refusal = await Assert.ThrowsAsync<PeerException>(ReconnectAsync);
            Assert.Equal(PeerError.PeerOffline, refusal.Error);
            return;
        }

        Assert.True(await ReconnectAsync());
        _ = await alice.Expect<PeerEvent.Connected>();
        _ = await bob.Expect<PeerEvent.Connected>();

        Task<bool> ReconnectAsync() => alice.Connector.ReconnectAsync(bob.Name, bob.Id, default);
    }

    private async Task<PeerUnderTest> StartAsync(string name, Action<PeerOptions>? change = null)
    {
        var peer = await PeerUnderTest.StartUnregisteredAsync(_old.Address, name, options =>
        {
            (options.Ephemeral, options.Data, options.Accept) = (false, _data.Path, AcceptMode.All);
            change?.Invoke(options);
        });
        var store = peer.Services.GetRequiredService<PeerStore>();
        await Eventually.True(
            () => store.Meta.LoadPeer()?.Directory == _old.Address,
            PeerUnderTest.Soon,
            "the peer is registered, and remembers the directory"
        );
        return peer;
    }

    private async Task JoinedByFriendAsync(PeerUnderTest peer)
    {
        Assert.True(peer.StoredContacts.PinInviter(_friend.Name, _friend.Id));
        await peer
            .Services.GetRequiredService<JoinedInvites>()
            .AddAsync(
                new JoinedInvite(
                    _friend.Name,
                    _friend.Id,
                    new byte[16],
                    Secret: null,
                    new Uri(_old.Address),
                    DateTimeOffset.UtcNow
                )
                {
                    DirectoryId = LyingDirectory.Id,
                }
            );
    }

    private static Frame Address(string address) => new() { DirectoryAddress = new DirectoryAddress { Url = address } };

    private static async Task<string> NextAddressAsync(RawLink link) =>
        (await link.ExpectAsync(Frame.BodyOneofCase.DirectoryAddress)).DirectoryAddress.Url;
}
