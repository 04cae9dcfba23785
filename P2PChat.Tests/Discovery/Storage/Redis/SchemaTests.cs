using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Google.Protobuf;
using P2PChat.Discovery.Storage.Redis;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery.Storage.Redis;

/// <summary>A replica with data of a newer version in Redis; see docs/protocol.md, section 13.</summary>
public sealed class SchemaTests : IAsyncLifetime
{
    private const string SchemaKey = "p2pchat:schema";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private RedisServer _redis = null!;

    private string Connection => $"ConnectionStrings:redis={_redis.ConnectionString}";

    public async Task InitializeAsync() => _redis = await RedisServer.StartAsync();

    public async Task DisposeAsync() => await _redis.DisposeAsync();

    [Fact]
    public async Task Redis_with_another_schema_is_left_alone_and_logged()
    {
        await _redis.SendAsync("SET", SchemaKey, "2");
        await using var directory = await DirectoryFixture.StartWithoutStoreAsync(Connection);

        using var refused = await directory.SendAsync(HttpMethod.Get, "/peers");
        await ProblemAssert.IsAsync(HttpStatusCode.ServiceUnavailable, ProblemTypes.StoreUnavailable, refused);
        // On a busy machine the first warning may be that Redis has not answered yet.
        await Eventually.True(
            () => directory.Logs.Warnings.Any(text => text.Contains("schema 2, not 1", StringComparison.Ordinal)),
            Soon,
            "the log names the schema"
        );
        Assert.Equal("1", await _redis.SendAsync("DBSIZE"));

        await _redis.SendAsync("DEL", SchemaKey);
        using var alice = new TestIdentity();
        await Eventually.True(
            async () => (await directory.RegisterAsync(alice)).Username == alice.Username,
            Soon,
            "a peer can register"
        );
        Assert.Equal("1", await _redis.SendAsync("GET", SchemaKey));
    }

    [Fact]
    public async Task Replica_stops_writing_when_the_schema_changes()
    {
        await using var directory = await DirectoryFixture.StartAsync(Connection);
        using var alice = new TestIdentity();
        await directory.RegisterAsync(alice);

        await _redis.SendAsync("SET", SchemaKey, "2");

        var id = await directory.GetIdAsync();
        await Eventually.True(
            async () =>
            {
                using var response = await directory.PutAsync(alice.Username, alice.Register(id));
                return response.StatusCode == HttpStatusCode.ServiceUnavailable;
            },
            Soon,
            "registrations are refused"
        );
    }

    [Fact]
    public async Task Additions_of_a_newer_replica_are_ignored_and_kept()
    {
        await using var directory = await DirectoryFixture.StartAsync(Connection);
        await using var events = await directory.ListenAsync();
        using var alice = new TestIdentity();
        var shard = Shard.Of(Username.Parse(alice.Username));
        string peers = shard.Keys[0]!,
            log = shard.Keys[7]!,
            counter = shard.Keys[8]!;
        var registration = await directory.RegisterAsync(alice);
        Assert.Equal(PeerEventTypes.Joined, (await events.NextAsync()).Name);

        // An unknown key, flag, word, and kind of event with an unknown field.
        var words = (await _redis.SendAsync("HGET", peers, alice.Username)).Split(' ');
        words[2] += "z";
        await _redis.SendAsync("HSET", peers, alice.Username, string.Join(' ', words) + " tomorrow");
        await _redis.SendAsync("SET", $"{counter}:tomorrow", "1");
        var number = await _redis.SendAsync("INCR", counter);
        await _redis.SendAsync(
            "XADD",
            log,
            $"{number}-0",
            "t",
            "moved",
            "n",
            alice.Username,
            "p",
            alice.PeerId.ToString(),
            "r",
            "",
            "s",
            words[1],
            "u",
            "0",
            "z",
            "tomorrow"
        );
        await _redis.SendAsync("PUBLISH", "p2pchat:events", shard.Index.ToString("00", CultureInfo.InvariantCulture));

        // Passed on, because listeners skip unknown kinds.
        Assert.Equal("moved", (await events.NextAsync()).Name);
        Assert.True((await directory.FindAsync(alice.Username, registration.LeaseToken))!.Online);
        Assert.Contains((await directory.ListAsync()).Peers, peer => peer.Username == alice.Username);
        using var renewed = await directory.RenewAsync(alice.Username, registration.LeaseToken);
        Assert.Equal(HttpStatusCode.OK, renewed.StatusCode);
        using var left = await directory.UnregisterAsync(alice);
        Assert.Equal(HttpStatusCode.NoContent, left.StatusCode);
        Assert.Equal(PeerEventTypes.Left, (await events.NextAsync()).Name);
        Assert.Matches(
            "^[^ ]+ [0-9]+ [^ ]*z [^ ]+ [0-9]+ tomorrow$",
            await _redis.SendAsync("HGET", peers, alice.Username)
        );
    }

    [Fact]
    public async Task Record_with_unknown_fields_is_returned_unchanged()
    {
        await using var directory = await DirectoryFixture.StartAsync(Connection);
        using var alice = new TestIdentity();

        // Field 1000 on two levels, and an unknown transport.
        byte[] tomorrow = [0xc2, 0x3e, 1, (byte)'x'];
        var record = alice.Record(await directory.GetIdAsync());
        record.Devices[0].Endpoints[0].Transport = (Transport)2;
        record.Devices[0].MergeFrom(tomorrow);
        record.MergeFrom(tomorrow);
        var body = TestIdentity.Body(alice.Sign(record));
        using var content = JsonContent.Create(
            new
            {
                body.Record,
                body.Signature,
                body.PublicKey,
                tomorrow = new { x = 1 },
            }
        );
        using var registered = await directory.SendAsync(HttpMethod.Put, $"/peers/{alice.Username}", content: content);
        Assert.True(registered.IsSuccessStatusCode, await registered.Content.ReadAsStringAsync());
        var registration = (
            await registered.Content.ReadFromJsonAsync<RegistrationResponse>(JsonSerializerOptions.Web)
        )!;

        Assert.Equal(body, (await directory.FindAsync(alice.Username, registration.LeaseToken))!.Signed);
    }
}
