using System.Diagnostics.Metrics;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Discovery.Relay.Legs;

/// <summary>The relay's metrics: <c>p2pchat.directory.relay.*</c>, without names or addresses.</summary>
internal sealed class RelayMetrics
{
    private readonly Counter<long> _legs;
    private readonly UpDownCounter<long> _sessions;
    private readonly Counter<long> _bytes;
    private readonly Histogram<double> _duration;

    public RelayMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Telemetry.Name, Telemetry.Version);
        _legs = meter.CreateCounter<long>(
            "p2pchat.directory.relay.legs",
            "{leg}",
            "Attempts to open a relay leg by outcome."
        );
        _sessions = meter.CreateUpDownCounter<long>(
            "p2pchat.directory.relay.open_legs",
            "{leg}",
            "Open relay legs; a session has two."
        );
        _bytes = meter.CreateCounter<long>("p2pchat.directory.relay.io", "By", "Bytes relayed, in both directions.");
        _duration = meter.CreateHistogram<double>(
            "p2pchat.directory.relay.duration",
            "s",
            "Duration of relayed sessions by the reason of their end.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [1, 10, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600],
            }
        );
    }

    public void Opened()
    {
        Count("opened");
        _sessions.Add(1);
    }

    public void Closed() => _sessions.Add(-1);

    public void Refused(string outcome) => Count(outcome);

    public void Moved(long bytes)
    {
        if (bytes > 0)
        {
            _bytes.Add(bytes);
        }
    }

    public void Ended(RelayClose reason, TimeSpan duration) =>
        _duration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("reason", Telemetry.Word(reason)));

    private void Count(string outcome) =>
        _legs.Add(1, new KeyValuePair<string, object?>("outcome", Telemetry.Word(outcome)));
}
