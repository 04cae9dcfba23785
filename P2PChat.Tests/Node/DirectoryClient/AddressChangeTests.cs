using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.ServiceDefaults;

namespace P2PChat.Tests.Node.DirectoryClient;

/// <summary>A peer whose addresses change while it runs. Its renewals are ten minutes apart.</summary>
public sealed class AddressChangeTests(AddressChangeTests.Fixture fixture) : IClassFixture<AddressChangeTests.Fixture>
{
    private RestartableDirectory Directory => fixture.Directory;

    [Fact]
    public async Task Changed_addresses_are_registered_at_once()
    {
        var addresses = new ChangingAddresses("192.0.2.1");
        await using var alice = await StartAsync("alice", addresses);
        await using var bob = await PeerUnderTest.StartAsync(Directory, "bob");
        await SeenAtAsync(bob, alice, "192.0.2.1");

        addresses.Change("192.0.2.7", "2001:db8::7");
        await SeenAtAsync(bob, alice, "192.0.2.7", "2001:db8::7");
        Assert.StartsWith("192.0.2.7:", alice.Status.Endpoint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Peer_started_before_its_network_does_not_keep_loopback()
    {
        var addresses = new ChangingAddresses();
        await using var alice = await StartAsync("anna", addresses);
        await using var bob = await PeerUnderTest.StartAsync(Directory, "ben");
        await SeenAtAsync(bob, alice, "127.0.0.1");

        addresses.Change("192.0.2.1");
        await SeenAtAsync(bob, alice, "192.0.2.1");
    }

    [Fact]
    public async Task Unannounced_change_is_found_at_the_next_renewal()
    {
        await using var quick = new RestartableDirectory { Settings = ["Directory:RenewEvery=00:00:00.300"] };
        await quick.StartAsync();
        var addresses = new ChangingAddresses("192.0.2.1");
        await using var alice = await PeerUnderTest.StartAsync(quick, "alma", addresses: addresses);
        await using var bob = await PeerUnderTest.StartAsync(quick, "bill");

        addresses.ChangeUnannounced("192.0.2.7");
        await SeenAtAsync(bob, alice, "192.0.2.7");
    }

    [Fact]
    public async Task Unreadable_addresses_stop_neither_renewals_nor_the_watch()
    {
        await using var quick = new RestartableDirectory { Settings = ["Directory:RenewEvery=00:00:00.300"] };
        await quick.StartAsync();
        var addresses = new ChangingAddresses("192.0.2.1");
        await using var alice = await PeerUnderTest.StartAsync(quick, "astrid", addresses: addresses);
        await using var bob = await PeerUnderTest.StartAsync(quick, "bruno");
        await SeenAtAsync(bob, alice, "192.0.2.1");

        // Reading fails as if no file descriptor were left. Each renewal reads the addresses, and so does each
        // announced change.
        addresses.Fail(new IOException("Too many open files"));
        addresses.Change("192.0.2.7");
        await Eventually.True(() => addresses.FailedReads >= 4, PeerUnderTest.Soon, "the peer still renews its lease");
        addresses.Fail(null);
        addresses.Change("192.0.2.9");
        await SeenAtAsync(bob, alice, "192.0.2.9");
    }

    [Fact]
    public async Task Advertised_host_does_not_follow_the_addresses()
    {
        var addresses = new ChangingAddresses("192.0.2.1");
        await using var alice = await PeerUnderTest.StartAsync(
            Directory,
            "agatha",
            options => options.Advertise = "chat.example.org:8001",
            addresses: addresses
        );
        addresses.Change("192.0.2.7");
        Assert.Equal("chat.example.org:8001", alice.Status.Endpoint);
    }

    [Fact]
    public async Task Silent_link_over_a_lost_address_ends_soon()
    {
        var addresses = new ChangingAddresses("127.0.0.1");
        await using var alice = await StartAsync("ada", addresses, options =>
            (options.Accept, options.ProbeTimeout) = (AcceptMode.All, TimeSpan.FromMilliseconds(300))
        );
        using var raw = new RawPeer("mute");
        await raw.RegisterAsync(Directory);
        using var link = await raw.AskAsync(alice);
        _ = await alice.Expect<PeerEvent.Connected>();

        addresses.Change("192.0.2.7");
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Ping);
        Assert.Equal(DisconnectReason.Silent, (await alice.Expect<PeerEvent.Disconnected>()).Reason);
    }

    [Fact]
    public async Task Network_change_with_the_same_address_is_noticed()
    {
        var addresses = new ChangingAddresses("127.0.0.1");
        await using var alice = await StartAsync("amina", addresses, options =>
            (options.Accept, options.ProbeTimeout) = (AcceptMode.All, TimeSpan.FromMilliseconds(300))
        );
        using var raw = new RawPeer("mutest");
        await raw.RegisterAsync(Directory);
        using var link = await raw.AskAsync(alice);
        _ = await alice.Expect<PeerEvent.Connected>();

        addresses.Reattach();
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Ping);
        Assert.Equal(DisconnectReason.Silent, (await alice.Expect<PeerEvent.Disconnected>()).Reason);
    }

    [Fact]
    public async Task Link_that_still_answers_survives_a_change_of_addresses()
    {
        var addresses = new ChangingAddresses("127.0.0.1");
        await using var alice = await StartAsync("alina", addresses, options =>
            options.ProbeTimeout = TimeSpan.FromSeconds(1)
        );
        await using var bob = await PeerUnderTest.StartAsync(Directory, "boris");
        await bob.ConnectAsync(alice);

        addresses.Change("192.0.2.7");
        await SeenAtAsync(bob, alice, "192.0.2.7");
        await Eventually.True(() => alice.Links.Count == 1, PeerUnderTest.Soon, "the link stays");
        alice.Messages.Send(bob.Name, "still here");
        Assert.Equal("still here", (await bob.Expect<PeerEvent.MessageReceived>()).Message.Text);
        Assert.Empty(alice.Rest().OfType<PeerEvent.Disconnected>());
    }

    [Fact]
    public async Task Lost_contact_is_dialled_at_once_when_addresses_change()
    {
        var addresses = new ChangingAddresses("127.0.0.1");
        await using var alice = await StartAsync("alwin", addresses, options =>
            (options.Accept, options.Reconnect, options.ReconnectAfter, options.ReconnectAtMost) = (
                AcceptMode.All,
                true,
                TimeSpan.FromHours(1),
                TimeSpan.FromHours(1)
            )
        );
        using var raw = new RawPeer("lost");
        await raw.RegisterAsync(Directory);
        using (await raw.AskAsync(alice))
        {
            _ = await alice.Expect<PeerEvent.Connected>();
        }

        _ = await alice.Expect<PeerEvent.Disconnected>();

        addresses.Change("192.0.2.7");
        using var again = await raw.AcceptCallAsync();
    }

    [Fact]
    public async Task Directory_call_over_a_lost_address_ends_at_once()
    {
        await using var silent = await ScriptedServer.StartAsync();
        using var sockets = new DirectorySockets();
        using var http = new HttpClient(new SocketsHttpHandler { ConnectCallback = sockets.ConnectAsync });
        var call = http.GetAsync(silent.Address);
        await Eventually.True(() => silent.Waiting == 1, PeerUnderTest.Soon, "the call waits for an answer");

        sockets.Close(_ => false);
        Assert.False(call.IsCompleted);
        sockets.Close(address => address.ToString() == "127.0.0.1");
        _ = await Assert.ThrowsAsync<HttpRequestException>(() => call);
    }

    private Task<PeerUnderTest> StartAsync(
        string name,
        ChangingAddresses addresses,
        Action<PeerOptions>? change = null
    ) => PeerUnderTest.StartAsync(Directory, name, change, addresses: addresses);

    private static Task SeenAtAsync(PeerUnderTest observer, PeerUnderTest subject, params string[] hosts) =>
        Eventually.True(
            async () =>
                (await observer.Lookup.FindAsync(subject.Name, default))
                    .Endpoints.Select(endpoint => endpoint.Host)
                    .SequenceEqual(hosts),
            PeerUnderTest.Soon,
            $"{subject.Name} is registered at {string.Join(", ", hosts)}"
        );

    public sealed class Fixture : IAsyncLifetime
    {
        public RestartableDirectory Directory { get; private set; } = null!;

        public Task InitializeAsync()
        {
            Directory = new RestartableDirectory
            {
                Settings = ["Directory:RenewEvery=00:10:00", "Directory:Lease=01:00:00"],
            };
            return Directory.StartAsync();
        }

        public Task DisposeAsync() => Directory.StopAsync();
    }
}
