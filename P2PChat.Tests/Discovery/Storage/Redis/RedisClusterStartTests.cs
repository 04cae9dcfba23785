using System.Diagnostics;
using System.Globalization;
using P2PChat.Tests.Hostile;
using P2PChat.Tests.Infrastructure;
using Xunit.Abstractions;

namespace P2PChat.Tests.Discovery.Storage.Redis;

/// <summary>
/// Starts directories on a cluster of three nodes: three times, or <c>P2PCHAT_STARTS</c> times. The test's output has
/// the times from the start until the directory is healthy and receives notifications.
/// </summary>
[Collection(Alone.Name)]
public sealed class RedisClusterStartTests(ITestOutputHelper output)
{
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Each_start_reaches_the_cluster()
    {
        var setting = Environment.GetEnvironmentVariable("P2PCHAT_STARTS") is { Length: > 0 } text ? text : "3";
        var starts = int.Parse(setting, CultureInfo.InvariantCulture);
        await using var cluster = await RedisCluster.StartAsync();
        var seconds = new List<double>();
        for (var i = 0; i < starts; i++)
        {
            var startedAt = Stopwatch.GetTimestamp();
            await using var directory = await DirectoryFixture.StartAsync(
                $"ConnectionStrings:redis={cluster.ConnectionString}"
            );
            await Eventually.True(() => directory.HealthIsAsync("Healthy"), MaxTime, "the directory is healthy");
            seconds.Add(Stopwatch.GetElapsedTime(startedAt).TotalSeconds);
        }

        seconds.Sort();
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{starts} starts: min {seconds[0]:0.00} s, median {seconds[starts / 2]:0.00} s, "
                    + $"max {seconds[^1]:0.00} s"
            )
        );
        Assert.InRange(seconds[^1], 0, MaxTime.TotalSeconds);
    }
}
