using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using P2PChat.ServiceDefaults;
using P2PChat.Tests.Infrastructure;
using StackExchange.Redis;

namespace P2PChat.Tests.ServiceDefaults;

public sealed class RedisClientTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task The_client_connects_by_the_connection_strings_name_and_comes_back_after_redis_does()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var app = await LoopbackApp.StartAsync(
            new Dictionary<string, string> { ["ConnectionStrings:redis"] = $"127.0.0.1:{redis.Port}" },
            builder => builder.AddRedisClient("redis"));
        var client = app.Services.GetRequiredService<IConnectionMultiplexer>();
        await client.GetDatabase().StringSetAsync("key", "value");
        await Eventually.True(async () => await HealthAsync(app.Services) == HealthStatus.Healthy, Soon, "the check sees that Redis is there");

        await redis.KillAsync();
        await Eventually.True(
            async () => await HealthAsync(app.Services) == HealthStatus.Unhealthy, Soon, "the check sees that Redis is away");

        await redis.RestartAsync(keepData: true);
        await Eventually.True(
            async () => await HealthAsync(app.Services) == HealthStatus.Healthy, Soon, "the check sees that Redis is back");
        Assert.Equal("value", await client.GetDatabase().StringGetAsync("key"));
    }

    [Fact]
    public async Task A_service_starts_while_redis_is_away_and_finds_it_later()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.KillAsync();
        await using var app = await LoopbackApp.StartAsync(
            new Dictionary<string, string> { ["ConnectionStrings:redis"] = $"127.0.0.1:{redis.Port}" },
            builder => builder.AddRedisClient("redis", configureOptions: options => options.ConnectTimeout = 500));
        Assert.Equal(HealthStatus.Unhealthy, await HealthAsync(app.Services));

        await redis.RestartAsync(keepData: false);

        await Eventually.True(
            async () => await HealthAsync(app.Services) == HealthStatus.Healthy, Soon, "the check sees that Redis is there");
    }

    [Fact]
    public async Task Without_a_connection_string_the_fault_is_named()
    {
        await using var app = await LoopbackApp.StartAsync([], builder => builder.AddRedisClient("redis"));

        var exception = Assert.Throws<InvalidOperationException>(() => app.Services.GetRequiredService<IConnectionMultiplexer>());

        Assert.Contains("ConnectionStrings:redis", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_in_nothing_that_is_exported()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var collector = await OtlpReceiver.StartAsync();
        await using (var app = await LoopbackApp.StartAsync(
            new Dictionary<string, string>(collector.Environment) { ["ConnectionStrings:redis"] = $"127.0.0.1:{redis.Port}" },
            builder => builder.AddRedisClient("redis")))
        {
            var database = app.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase();
            using (Telemetry.Source.StartActivity("store"))
            {
                await database.StringSetAsync("peer:slartibartfast", "value");
                await database.ScriptEvaluateAsync("return redis.call('GET', KEYS[1])", ["peer:slartibartfast"]);
            }

            await collector.WaitForSpansAsync(spans => spans.Any(span => span.Name == "store"), Soon);
        }

        Assert.False(collector.WasSent("slartibartfast"), "The key was exported.");
    }

    private static async Task<HealthStatus> HealthAsync(IServiceProvider services) =>
        (await services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Status;
}
