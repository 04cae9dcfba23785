using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery.Storage.Redis;

/// <summary>The Redis client's own spans are off: they would repeat the directory's and may contain keys.</summary>
public sealed class RedisTelemetryTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private static readonly string[] StoreSpans = ["store.register", "store.renew", "store.find"];

    [Fact]
    public async Task Exported_bytes_contain_no_Redis_command_key_or_username()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var collector = await OtlpReceiver.StartAsync();
        using var alice = new TestIdentity();
        var export = collector.Environment.Select(variable => $"{variable.Key}={variable.Value}");
        await using (
            var directory = await DirectoryFixture.StartAsync([
                $"ConnectionStrings:redis={redis.ConnectionString}",
                .. export,
            ])
        )
        {
            var registration = await directory.RegisterAsync(alice);
            (await directory.RenewAsync(alice.Username, registration.LeaseToken)).Dispose();
            await directory.FindAsync(alice.Username);
            await collector.WaitForSpansAsync(
                spans => StoreSpans.All(name => spans.Any(span => span.Name == name)),
                Soon
            );
        }

        string[] secrets =
        [
            "EVALSHA",
            "db.statement",
            "db.query.text",
            "p2pchat:",
            alice.Username,
            alice.PeerId.ToString(),
        ];
        Assert.All(secrets, secret => Assert.False(collector.WasSent(secret), secret));
    }
}
