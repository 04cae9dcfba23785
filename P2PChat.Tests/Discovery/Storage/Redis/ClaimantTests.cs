using System.Net;
using System.Security.Cryptography;
using System.Text;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Discovery.Storage.Redis;

/// <summary>Pseudonyms in Redis of the addresses that claimed names.</summary>
public sealed class ClaimantTests(RedisStore redis) : IClassFixture<RedisStore>, IAsyncLifetime
{
    public async Task InitializeAsync() => _ = await redis.Server.SendAsync("FLUSHALL");

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Pseudonym_needs_a_key_that_the_directory_does_not_publish()
    {
        await using var directory = await StartAsync();
        using var alice = new TestIdentity();
        _ = await directory.RegisterAsync(alice);

        var pseudonym = Assert.Single(await ClaimantsAsync()).Key;

        Assert.Matches("^[0-9a-f]{16}$", pseudonym);
        Assert.NotEqual(await FormerPseudonymAsync(directory), pseudonym);
    }

    [Fact]
    public async Task Pseudonym_is_the_same_for_all_replicas_and_after_a_restart()
    {
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        using var carol = new TestIdentity();
        await using (var first = await StartAsync())
        {
            _ = await first.RegisterAsync(alice);
            await using var second = await StartAsync();
            _ = await second.RegisterAsync(bob);
        }

        await using var restarted = await StartAsync();
        _ = await restarted.RegisterAsync(carol);

        Assert.Equal(3, Assert.Single(await ClaimantsAsync()).Value);
    }

    [Fact]
    public async Task Configured_key_is_not_in_the_store()
    {
        await using var directory = await StartAsync("Directory:ClaimantKey=a-long-and-random-secret");
        using var alice = new TestIdentity();
        _ = await directory.RegisterAsync(alice);

        var expected = PseudonymOf("127.0.0.1", SHA256.HashData(Encoding.UTF8.GetBytes("a-long-and-random-secret")));
        Assert.Equal(expected, Assert.Single(await ClaimantsAsync()).Key);
        Assert.Equal("", await redis.Server.SendAsync("GET", "p2pchat:claimant-key"));
    }

    [Fact]
    public async Task Former_pseudonym_counts_and_is_replaced_by_the_next_registration()
    {
        await using var directory = await StartAsync("Directory:ClaimsPerAddress=1");
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        _ = await directory.RegisterAsync(alice);
        var pseudonym = Assert.Single(await ClaimantsAsync()).Key;
        // An older replica stores this form.
        await RenameAsync(alice.Username, pseudonym, await FormerPseudonymAsync(directory));

        using (var refused = await directory.PutAsync(bob.Username, bob.Register(await directory.GetIdAsync())))
        {
            await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.TooManyClaims, refused);
        }

        _ = await directory.RegisterAsync(alice);

        Assert.Equal(KeyValuePair.Create(pseudonym, 1), Assert.Single(await ClaimantsAsync()));
        (await directory.UnregisterAsync(alice, release: true)).Dispose();
        Assert.Empty(await ClaimantsAsync());
    }

    private Task<DirectoryFixture> StartAsync(params string[] settings) =>
        DirectoryFixture.StartAsync([
            $"ConnectionStrings:redis={redis.Server.ConnectionString}",
            DirectoryFixture.PatientWithStore,
            .. settings,
        ]);

    private async Task RenameAsync(string name, string from, string to)
    {
        foreach (var key in await KeysAsync("peers"))
        {
            if (await redis.Server.SendAsync("HGET", key, name) is not { Length: > 0 } packed)
            {
                continue;
            }

            var claimants = key.Replace(":peers", ":claimants", StringComparison.Ordinal);
            _ = await redis.Server.SendAsync("HSET", key, name, packed.Replace(from, to, StringComparison.Ordinal));
            _ = await redis.Server.SendAsync("HDEL", claimants, from);
            _ = await redis.Server.SendAsync("HSET", claimants, to, "1");
            return;
        }

        Assert.Fail($"{name} is not in Redis.");
    }

    private async Task<Dictionary<string, int>> ClaimantsAsync()
    {
        var all = new Dictionary<string, int>();
        foreach (var key in await KeysAsync("claimants"))
        {
            var fields = Lines(await redis.Server.SendAsync("HGETALL", key));
            for (var i = 0; i < fields.Length; i += 2)
            {
                all[fields[i]] =
                    all.GetValueOrDefault(fields[i])
                    + int.Parse(fields[i + 1], System.Globalization.CultureInfo.InvariantCulture);
            }
        }

        return all;
    }

    private async Task<string[]> KeysAsync(string kind) => Lines(await redis.Server.SendAsync("KEYS", $"*:{kind}"));

    private static async Task<string> FormerPseudonymAsync(DirectoryFixture directory) =>
        PseudonymOf("127.0.0.1", Encoding.ASCII.GetBytes(await directory.GetIdAsync()));

    private static string PseudonymOf(string address, byte[] key) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(address)).AsSpan(0, 8));

    private static string[] Lines(string reply) =>
        reply.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
