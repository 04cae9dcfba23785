using System.Diagnostics;
using System.Globalization;
using P2PChat.Tests.Hostile;
using P2PChat.Tests.Infrastructure;
using Xunit.Abstractions;

namespace P2PChat.Tests.Discovery;

/// <summary>
/// Starts directories against a cluster of three nodes: three of them, or as many as <c>P2PCHAT_STARTS</c> says. The
/// test's output has the times from the start until the directory is healthy and woken by Redis.
/// </summary>
[Collection(Alone.Name)]
public sealed class RedisClusterStartTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Each_start_reaches_the_cluster()
    {
        var setting = Environment.GetEnvironmentVariable("P2PCHAT_STARTS") is { Length: > 0 } text ? text : "3";
        var starts = int.Parse(setting, CultureInfo.InvariantCulture);
        await using var cluster = await RedisCluster.StartAsync();
        var seconds = new List<double>();
        for (var i = 0; i < starts; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            await using var directory = await DirectoryFixture.StartAsync(
                $"ConnectionStrings:redis={cluster.ConnectionString}"
            );
            await Eventually.True(() => directory.HealthIsAsync("Healthy"), Within, "the directory is healthy");
            seconds.Add(Stopwatch.GetElapsedTime(begun).TotalSeconds);
        }

        seconds.Sort();
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{starts} starts: min {seconds[0]:0.00} s, median {seconds[starts / 2]:0.00} s, max {seconds[^1]:0.00} s"
            )
        );
        Assert.InRange(seconds[^1], 0, Within.TotalSeconds);
    }
}
