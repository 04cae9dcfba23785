using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Discovery.Diagnostics;

/// <summary>The directory's metrics: <c>p2pchat.directory.*</c>, on the meter <see cref="Telemetry.Name"/>.</summary>
internal sealed class DirectoryMetrics
{
    private static readonly ConcurrentDictionary<string, string> Words = new(StringComparer.Ordinal);

    private readonly Counter<long> _registrations;
    private readonly Counter<long> _renewals;
    private readonly Counter<long> _leaves;
    private readonly Counter<long> _lookups;
    private readonly Counter<long> _expirations;
    private readonly Counter<long> _rateLimited;
    private readonly Counter<long> _forwards;
    private readonly Counter<long> _events;
    private readonly UpDownCounter<long> _listeners;
    private readonly Histogram<double> _storeDuration;
    private long _leases;
    private long _claims;

    public DirectoryMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Telemetry.Name, Telemetry.Version);
        _registrations = meter.CreateCounter<long>(
            "p2pchat.directory.registrations",
            "{registration}",
            "Registrations by outcome."
        );
        _renewals = meter.CreateCounter<long>("p2pchat.directory.renewals", "{renewal}", "Lease renewals by outcome.");
        _leaves = meter.CreateCounter<long>(
            "p2pchat.directory.leaves",
            "{leave}",
            "Signed calls that unregister a peer, by outcome."
        );
        _lookups = meter.CreateCounter<long>(
            "p2pchat.directory.lookups",
            "{lookup}",
            "Lookups of one peer by outcome."
        );
        _expirations = meter.CreateCounter<long>(
            "p2pchat.directory.expirations",
            "{lease}",
            "Leases ended by this replica because they expired."
        );
        _rateLimited = meter.CreateCounter<long>(
            "p2pchat.directory.rate_limited",
            "{request}",
            "Calls refused by a limit."
        );
        _forwards = meter.CreateCounter<long>(
            "p2pchat.directory.forwards",
            "{call}",
            "Calls for a path session of another replica by outcome."
        );
        _events = meter.CreateCounter<long>("p2pchat.directory.events", "{event}", "Events read from the store.");
        _listeners = meter.CreateUpDownCounter<long>(
            "p2pchat.directory.event_listeners",
            "{listener}",
            "Open event streams."
        );
        _storeDuration = meter.CreateHistogram<double>(
            "p2pchat.directory.store.duration",
            "s",
            "Duration of calls to the store.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
            }
        );
        meter.CreateObservableGauge(
            "p2pchat.directory.leases",
            () => Interlocked.Read(ref _leases),
            "{lease}",
            "Live leases at the last sweep."
        );
        meter.CreateObservableGauge(
            "p2pchat.directory.claims",
            () => Interlocked.Read(ref _claims),
            "{name}",
            "Claimed names at the last sweep."
        );
    }

    public void Registered(string outcome) => _registrations.Add(1, Outcome(outcome));

    public void Renewed(string outcome) => _renewals.Add(1, Outcome(outcome));

    public void Unregistered(string outcome) => _leaves.Add(1, Outcome(outcome));

    public void LookedUp(string outcome) => _lookups.Add(1, Outcome(outcome));

    public void RateLimited(string limit) =>
        _rateLimited.Add(1, new KeyValuePair<string, object?>("limit", Telemetry.Word(limit)));

    public void Forwarded(string outcome) => _forwards.Add(1, Outcome(outcome));

    public void EventRead(string kind) =>
        _events.Add(1, new KeyValuePair<string, object?>("event", Telemetry.Word(kind)));

    public void ListenerOpened() => _listeners.Add(1);

    public void ListenerClosed() => _listeners.Add(-1);

    public void Swept(int expired, long leases, long claims)
    {
        Interlocked.Exchange(ref _leases, leases);
        Interlocked.Exchange(ref _claims, claims);
        if (expired > 0)
        {
            _expirations.Add(expired);
        }
    }

    public void StoreCalled(string operation, string system, bool failed, TimeSpan duration) =>
        _storeDuration.Record(
            duration.TotalSeconds,
            new KeyValuePair<string, object?>("operation", operation),
            new KeyValuePair<string, object?>("db.system.name", system),
            new KeyValuePair<string, object?>("failed", failed)
        );

    // Outcomes are a small fixed set, so the cache is bounded.
    private static KeyValuePair<string, object?> Outcome(string outcome) =>
        new("outcome", Words.GetOrAdd(outcome, Telemetry.Word));
}
