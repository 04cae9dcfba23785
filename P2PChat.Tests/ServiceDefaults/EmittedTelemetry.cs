using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Tests.ServiceDefaults;

/// <summary>Records what P2PChat's source and meter emit in this process, as rows of docs/telemetry.md.</summary>
internal sealed class EmittedTelemetry : IDisposable
{
    private static readonly string[] KindOrder = ["client", "server", "internal", "producer", "consumer"];
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, bool>> _spanKinds = new();
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, bool>> _attributes = new();
    private readonly ConcurrentDictionary<string, string> _metrics = new();
    private readonly ConcurrentDictionary<string, bool> _words = new();
    private readonly ActivityListener _spans;
    private readonly MeterListener _measurements = new();

    public EmittedTelemetry()
    {
        _spans = new ActivityListener
        {
            // As in a real process, the spans of store calls have the request's span as parent.
            ShouldListenTo = source => source.Name is Telemetry.Name or "Microsoft.AspNetCore",
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = Keep,
        };
        ActivitySource.AddActivityListener(_spans);
        _measurements.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == Telemetry.Name)
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        _measurements.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Keep(instrument, tags));
        _measurements.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Keep(instrument, tags));
        _measurements.Start();
    }

    /// <summary>Each span, event and metric: name, kind, unit, attributes.</summary>
    public IReadOnlyList<string> Lines =>
        [.. _attributes.Select(each => Line(each.Key, each.Value.Keys)).Order(StringComparer.Ordinal)];

    /// <summary>Every string value of an attribute.</summary>
    public IEnumerable<string> Words => _words.Keys;

    /// <summary>Reads the observable instruments.</summary>
    public void Observe() => _measurements.RecordObservableInstruments();

    public void Dispose()
    {
        _spans.Dispose();
        _measurements.Dispose();
    }

    private string Line(string name, IEnumerable<string> attributes)
    {
        var all = string.Join(", ", attributes.Order(StringComparer.Ordinal));
        if (_metrics.TryGetValue(name, out var kindAndUnit))
        {
            return $"{name} | {kindAndUnit} | {all}";
        }

        return _spanKinds.TryGetValue(name, out var kinds)
            ? $"{name} | {string.Join(", ", kinds.Keys.OrderBy(kind => Array.IndexOf(KindOrder, kind)))} | {all}"
            : $"{name} | {all}";
    }

    private void Keep(Activity span)
    {
        if (span.Source.Name != Telemetry.Name)
        {
            return;
        }

        _spanKinds.GetOrAdd(span.OperationName, _ => new())[span.Kind.ToString().ToLowerInvariant()] = true;
        Keep(span.OperationName, span.TagObjects);
        if (
            span.Status == ActivityStatusCode.Error
            && span.StatusDescription is { } why
            && !span.OperationName.StartsWith("store.", StringComparison.Ordinal)
        )
        {
            _words[why] = true;
        }

        foreach (var happened in span.Events)
        {
            Keep(happened.Name, happened.Tags);
        }
    }

    private void Keep(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var kind = instrument.GetType().Name.Split('`')[0] switch
        {
            "Counter" => "counter",
            "UpDownCounter" or "ObservableUpDownCounter" => "up-down counter",
            "ObservableGauge" or "Gauge" => "gauge",
            var other => other.ToLowerInvariant(),
        };
        _metrics[instrument.Name] = $"{kind} | {instrument.Unit}";
        Keep(instrument.Name, tags.ToArray());
    }

    private void Keep(string name, IEnumerable<KeyValuePair<string, object?>> tags)
    {
        var known = _attributes.GetOrAdd(name, _ => new());
        foreach (var (key, value) in tags)
        {
            known[key] = true;
            if (value is string word)
            {
                _words[word] = true;
            }
        }
    }
}
