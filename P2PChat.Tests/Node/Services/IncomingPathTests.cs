using System.Security.Cryptography;
using System.Text.Json;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Node.Paths;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Paths;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node.Paths;

namespace P2PChat.Tests.Node.Services;

/// <summary>Answers to peers that look for a path to this one.</summary>
public sealed class IncomingPathTests(IncomingPathTests.Fixture fixture) : IClassFixture<IncomingPathTests.Fixture>
{
    private readonly RestartableDirectory _directory = fixture.Directory;

    [Fact]
    public async Task Blocked_peer_is_answered_like_a_stranger()
    {
        await using var alice = await PathPeers.StartAsync(_directory, "alice", Quick);
        await using var bob = await PathPeers.StartAsync(_directory, "bob", options =>
            options.RequestsPerMinutePerPeer = 20
        );
        foreach (var isBlocked in new[] { false, true })
        {
            bob.Settings.Set("accept", "ask");
            Assert.Equal((true, false), await AskAsync(alice, bob));
            bob.Settings.Set("accept", "contacts");
            Assert.Equal((true, true), await AskAsync(alice, bob));
            await alice.Connections.ConnectAsync(bob.Name, CancellationToken.None);
            Assert.Equal(DisconnectReason.Rejected, (await alice.Expect<PeerEvent.Disconnected>()).Reason);
            if (!isBlocked)
            {
                // A contact that is blocked is a stranger again.
                bob.StoredContacts.Remember(alice.Name, alice.Id);
                await bob.Contacts.BlockAsync(alice.Name, CancellationToken.None);
            }
        }

        Assert.Empty(bob.Rest().OfType<PeerEvent.Request>());
    }

    [Fact]
    public async Task Hidden_address_is_in_no_record_and_only_the_relay_is_used()
    {
        await using var alice = await PeerUnderTest.StartAsync(_directory, "anna", options =>
            options.HideAddress = true
        );
        await using var bob = await PeerUnderTest.StartAsync(_directory, "ben");
        Assert.Empty((await bob.Lookup.FindAsync(alice.Name, default)).Endpoints);
        await alice.ConnectAsync(bob);
        Assert.Equal((PathKind.Relayed, PathKind.Relayed), (alice.PathTo(bob), bob.PathTo(alice)));
        await Eventually.True(
            () => alice.LastOutcomes(bob).Contains("Direct NotAllowed"),
            PeerUnderTest.Soon,
            $"the address is not dialled: {string.Join(", ", alice.LastOutcomes(bob))}"
        );

        // The setting takes effect at once.
        alice.Settings.Set("hide-address", "off");
        await Eventually.True(
            async () => (await bob.Lookup.FindAsync(alice.Name, default)).Endpoints.Count > 0,
            PeerUnderTest.Soon,
            "the addresses are registered"
        );
        alice.Settings.Set("hide-address", "on");
        await Eventually.True(
            async () => (await bob.Lookup.FindAsync(alice.Name, default)).Endpoints.Count == 0,
            PeerUnderTest.Soon,
            "the addresses are gone"
        );
    }

    [Fact]
    public async Task Flood_of_strangers_is_bounded_and_spares_contacts()
    {
        await using var alice = await PathPeers.StartAsync(_directory, "amir");
        await using var bob = await PathPeers.StartAsync(_directory, "bilal", options => options.RequestsPerMinute = 5);
        await alice.ConnectAsync(bob);

        using var refused = new PeerErrors(bob, "path_not_answered");
        var signals = bob.Services.GetRequiredService<PathSignals>();
        for (var i = 0; i < 40; i++)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            signals.OnSession(SessionOf(key, $"stranger-{i}", bob));
        }

        // Of five, alice has used one.
        await Eventually.True(() => refused.Count == 36, PeerUnderTest.Soon, "36 of 40 sessions are not answered");
        alice.SearchNow();
        alice.OfferPort();
        bob.OfferPort();
        Assert.Equal(PathKind.Punched, (await alice.Expect<PeerEvent.PathChanged>()).Path);
    }

    // The test need not wait for the relay leg of a peer that opens none.
    private static void Quick(PeerOptions options) => options.DialTotalTimeout = TimeSpan.FromSeconds(3);

    private static async Task<(bool HasAnswered, bool HidesAddress)> AskAsync(
        PeerUnderTest caller,
        PeerUnderTest callee
    )
    {
        var found = await caller.Lookup.FindAsync(callee.Name, default);
        var test = await caller
            .Services.GetRequiredService<IPathTester>()
            .TestAsync(callee.Name, callee.Id, found, CancellationToken.None);
        return (test.HasAnswered == true, test.HidesAddress);
    }

    private static string SessionOf(ECDsa key, string name, PeerUnderTest to)
    {
        var request = new PathRequest
        {
            DirectoryId = ByteString.CopyFrom(to.DirectoryRegistration.DirectoryId!),
            From = name,
            To = to.Name.Value,
            ToPeerId = ByteString.CopyFrom(to.Id.Bytes),
            SentAt = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(),
            Nonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(SignedPath.NonceSize)),
        };
        var signal = new SessionSignal(
            "0123456789abcdef",
            "unknown",
            DateTimeOffset.UtcNow.AddMinutes(1),
            Relay: true,
            SignedPath.Sign(request, key).ToBody()
        );
        return JsonSerializer.Serialize(signal, DirectoryJson.Default.SessionSignal);
    }

    public sealed class Fixture : IAsyncLifetime
    {
        // A pair asks more often here than a directory allows in a minute.
        public RestartableDirectory Directory { get; } = new() { Settings = ["Directory:Paths:SessionsPerPair=32"] };

        public Task InitializeAsync() => Directory.StartAsync();

        public Task DisposeAsync() => Directory.StopAsync();
    }
}
