using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery.Diagnostics;

/// <summary>Traces, metrics and logs of the directory, and what they must not contain.</summary>
public sealed class DirectoryTelemetryTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Registration_is_one_trace_down_to_the_store()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var directory = await DirectoryFixture.StartAsync(
            $"ConnectionStrings:redis={redis.ConnectionString}"
        );
        using var alice = new TestIdentity();
        var trace = ActivityTraceId.CreateRandom();
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is Telemetry.Name or "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == trace)
                {
                    spans.Enqueue(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        directory.Http.DefaultRequestHeaders.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");

        using (await directory.PutAsync(alice.Username, alice.Register(await directory.GetIdAsync())))
        {
            await Eventually.True(
                () => spans.Any(span => span.OperationName == "directory.register"),
                Soon,
                "the span has ended"
            );
        }

        var register = Assert.Single(spans, span => span.OperationName == "directory.register");
        Assert.Equal(ActivityKind.Server, register.Parent!.Kind);
        var store = spans.Where(span => span.ParentSpanId == register.SpanId).ToList();
        Assert.Equal(["store.find", "store.count", "store.register"], store.Select(span => span.OperationName));
        Assert.All(store, span =>
        {
            Assert.Equal(ActivityKind.Client, span.Kind);
            Assert.Equal("redis", span.GetTagItem("db.system.name"));
        });
        var own = spans.Where(span => span.Source.Name == Telemetry.Name).ToList();
        Assert.DoesNotContain(own, span => Describe(span).Contains(alice.Username, StringComparison.Ordinal));
        Assert.DoesNotContain(own, span => Describe(span).Contains(alice.PeerId.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Outcomes_are_counted()
    {
        await using var directory = await DirectoryFixture.StartAsync(
            "Directory:RateLimits:Enabled=true",
            "Directory:RateLimits:Identity:Burst=3",
            "Directory:RateLimits:Identity:PerSecond=0.01"
        );
        var counts = new ConcurrentDictionary<string, double>();
        using var listener = Listen(directory, counts);
        using var alice = new TestIdentity();
        using var mallory = new TestIdentity(alice.Username);
        await using (await directory.ListenAsync())
        {
            Assert.Equal(1, counts["event_listeners"]);
            var registration = await directory.RegisterAsync(alice);
            (await directory.RenewAsync(alice.Username, registration.LeaseToken)).Dispose();
            await directory.FindAsync(alice.Username);
            (await directory.PutAsync(alice.Username, mallory.Register(await directory.GetIdAsync()))).Dispose();
            await directory.RegisterAsync(alice);
            (await directory.UnregisterAsync(alice)).Dispose();
            (await directory.PutAsync(alice.Username, alice.Register(await directory.GetIdAsync()))).Dispose();
            using var bob = new TestIdentity();
            await directory.RegisterAsync(bob);
        }

        await Eventually.True(() => counts["event_listeners"] == 0, Soon, "the stream has ended");
        Assert.Equal(2, counts["registrations outcome=created"]);
        Assert.Equal(1, counts["registrations outcome=replaced"]);
        Assert.Equal(1, counts["registrations outcome=name_taken"]);
        Assert.Equal(1, counts["registrations outcome=too_many_requests"]);
        Assert.Equal(1, counts["rate_limited limit=identity"]);
        Assert.Equal(1, counts["renewals outcome=renewed"]);
        Assert.Equal(1, counts["lookups outcome=found"]);
        Assert.Equal(1, counts["leaves outcome=left"]);
        Assert.Contains(counts.Keys, key => key.StartsWith("store.duration operation=renew", StringComparison.Ordinal));
        Assert.DoesNotContain(counts.Keys, key => key.Contains(alice.Username, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Expired_leases_and_remaining_claims_are_counted()
    {
        await using var directory = await DirectoryFixture.StartAsync(
            "Directory:Lease=00:00:00.500",
            "Directory:RenewEvery=00:00:00.100"
        );
        var counts = new ConcurrentDictionary<string, double>();
        using var listener = Listen(directory, counts);
        using var alice = new TestIdentity();
        using var bob = new TestIdentity();
        await directory.RegisterAsync(alice);
        await directory.RegisterAsync(bob);

        await Eventually.True(() => counts.GetValueOrDefault("expirations") == 2, Soon, "both leases expire");

        listener.RecordObservableInstruments();
        Assert.Equal(0, counts["leases"]);
        Assert.Equal(2, counts["claims"]);
    }

    [Fact]
    public async Task No_name_is_logged()
    {
        await using var directory = await DirectoryFixture.StartAsync("Logging:LogLevel:P2PChat=Trace");
        using var alice = new TestIdentity();
        await directory.RegisterAsync(alice);
        (await directory.PutAsync(alice.Username, new SignedRecordBody("!", "", ""))).Dispose();
        (await directory.UnregisterAsync(alice)).Dispose();

        Assert.DoesNotContain(directory.Logs.All, text => text.Contains(alice.Username, StringComparison.Ordinal));
    }

    private static MeterListener Listen(DirectoryFixture directory, ConcurrentDictionary<string, double> counts)
    {
        const string Prefix = "p2pchat.directory.";
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                // Ignore the directories of other tests.
                if (
                    instrument.Name.StartsWith(Prefix, StringComparison.Ordinal)
                    && ReferenceEquals(instrument.Meter.Scope, directory.Meters)
                )
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Count(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Count(instrument, value, tags));
        listener.Start();
        return listener;

        void Count(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var key = string.Join(
                ' ',
                [instrument.Name[Prefix.Length..], .. tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}")]
            );
            counts.AddOrUpdate(key, value, (_, sum) => instrument.IsObservable ? value : sum + value);
        }
    }

    private static string Describe(Activity span) =>
        $"{span.DisplayName} {span.StatusDescription} "
        + string.Join(' ', span.TagObjects.Select(tag => $"{tag.Key}={tag.Value}"));
}
