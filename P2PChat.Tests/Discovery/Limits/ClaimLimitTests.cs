using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Tests.Discovery.Limits;

public sealed class ClaimLimitTests
{
    [Fact]
    public async Task Claims_are_counted_once_per_second_far_from_the_limit()
    {
        await using var directory = await DirectoryFixture.StartAsync();
        var counts = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == "p2pchat.directory.store.duration" && instrument.Meter.Scope == directory.Meters)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>(
            (_, _, tags, _) =>
            {
                foreach (var tag in tags)
                {
                    if (tag is { Key: "operation", Value: "count" })
                    {
                        _ = Interlocked.Increment(ref counts);
                    }
                }
            }
        );
        listener.Start();

        var begun = Stopwatch.GetTimestamp();
        for (var i = 0; i < 20; i++)
        {
            using var identity = new TestIdentity();
            _ = await directory.RegisterAsync(identity);
        }

        Assert.InRange(counts, 1, 1 + (int)Stopwatch.GetElapsedTime(begun).TotalSeconds);
    }

    [Fact]
    public async Task Limit_holds_for_rapid_claims()
    {
        const int Cap = 7;
        await using var directory = await DirectoryFixture.StartAsync($"Directory:ClaimsPerAddress={Cap}");
        for (var i = 0; i < Cap; i++)
        {
            using var identity = new TestIdentity();
            _ = await directory.RegisterAsync(identity);
        }

        using var late = new TestIdentity();
        using var refused = await directory.PutAsync(late.Username, late.Register(await directory.GetIdAsync()));
        await ProblemAssert.IsAsync(HttpStatusCode.TooManyRequests, ProblemTypes.TooManyClaims, refused);
    }
}
