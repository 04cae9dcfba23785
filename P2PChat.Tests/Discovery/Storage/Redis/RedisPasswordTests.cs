using System.Diagnostics;
using P2PChat.Tests.Hostile;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery.Storage.Redis;

/// <summary>The log distinguishes a refused password from a Redis that does not answer.</summary>
[Collection(Alone.Name)]
public sealed class RedisPasswordTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private RedisServer _redis = null!;

    public async Task InitializeAsync() => _redis = await RedisServer.StartAsync();

    public async Task DisposeAsync() => await _redis.DisposeAsync();

    [Fact]
    public async Task Wrong_password_is_logged_within_10_seconds_of_the_start()
    {
        await _redis.SendAsync("CONFIG", "SET", "requirepass", "right-horse");
        var startedAt = Stopwatch.GetTimestamp();
        await using var directory = await DirectoryFixture.StartWithoutStoreAsync(
            $"ConnectionStrings:redis={_redis.ConnectionString},password=wrong-horse"
        );

        await RefusalIsLoggedAsync(directory, startedAt);

        Assert.True(await directory.HealthIsAsync("Degraded"));
        await _redis.KillAsync();
        await NoAnswerIsLoggedAsync(directory);
        Assert.DoesNotContain(directory.Logs.All, text => text.Contains("wrong-horse", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("old-horse")]
    public async Task Rotated_password_is_logged_within_10_seconds(string before)
    {
        await _redis.SendAsync("CONFIG", "SET", "requirepass", before);
        await using var directory = await DirectoryFixture.StartAsync(
            $"ConnectionStrings:redis={_redis.ConnectionString},password={before}"
        );

        var startedAt = Stopwatch.GetTimestamp();
        string[][] login = before is ""
            ? []
            :
            [
                ["AUTH", before],
            ];
        await _redis.SendAllAsync([
            .. login,
            ["CONFIG", "SET", "requirepass", "new-horse"],
            ["CLIENT", "KILL", "TYPE", "normal"],
            ["CLIENT", "KILL", "TYPE", "pubsub"],
        ]);
        await RefusalIsLoggedAsync(directory, startedAt);
        Assert.True(await directory.HealthIsAsync("Degraded"));

        await _redis.SendAllAsync(["AUTH", "new-horse"], ["CONFIG", "SET", "requirepass", before]);
        await Eventually.True(() => directory.HealthIsAsync("Healthy"), Soon, "the directory is healthy");
        await _redis.KillAsync();
        await NoAnswerIsLoggedAsync(directory);
        Assert.DoesNotContain(directory.Logs.All, text => text.Contains("horse", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Redis_that_stops_answering_is_not_logged_as_a_wrong_password()
    {
        var processId = await ProcessIdAsync();
        await _redis.SendAsync("CONFIG", "SET", "requirepass", "right-horse");
        await using var directory = await DirectoryFixture.StartWithoutStoreAsync(
            $"ConnectionStrings:redis={_redis.ConnectionString},password=wrong-horse"
        );
        await RefusalIsLoggedAsync(directory, Stopwatch.GetTimestamp());

        // The kernel still accepts connections for the suspended process.
        await SignalAsync("-STOP", processId);

        await NoAnswerIsLoggedAsync(directory);
    }

    private async Task<string> ProcessIdAsync()
    {
        var info = await _redis.SendAsync("INFO", "server");
        var line = info.Split('\n').Single(line => line.StartsWith("process_id:", StringComparison.Ordinal));
        return line.Split(':')[1].Trim();
    }

    private static async Task SignalAsync(string signal, string processId)
    {
        using var kill = Process.Start("kill", [signal, processId]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    private static Task NoAnswerIsLoggedAsync(DirectoryFixture directory) =>
        Eventually.True(
            () => directory.Logs.Warnings.Last().Contains("does not answer", StringComparison.Ordinal),
            Soon,
            "the log says that Redis does not answer"
        );

    private static Task RefusalIsLoggedAsync(DirectoryFixture directory, long startedAt) =>
        Eventually.True(
            () => directory.Logs.Warnings.Any(text => text.Contains("refuses the password", StringComparison.Ordinal)),
            TimeSpan.FromSeconds(10) - Stopwatch.GetElapsedTime(startedAt),
            "the log says that the password was refused"
        );
}
