using System.Diagnostics;
using System.Diagnostics.Metrics;
using P2PChat.Node.Model;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Node.Services.Doctor;

/// <summary>
/// The span and the metrics of connection checks. They show what the report shows, and no name or address.
/// </summary>
internal sealed class DoctorTelemetry
{
    private readonly Counter<long> _checks;
    private readonly Counter<long> _findings;
    private readonly Counter<long> _mappings;
    private readonly Histogram<double> _roundTrip;
    private readonly Gauge<double> _clockError;

    public DoctorTelemetry(IMeterFactory meters)
    {
        var meter = meters.Create(Telemetry.Name, Telemetry.Version);
        _checks = meter.CreateCounter<long>("p2pchat.peer.checks", "{check}", "Connection checks, by verdict.");
        _findings = meter.CreateCounter<long>(
            "p2pchat.peer.check.findings",
            "{finding}",
            "Findings of connection checks, by code."
        );
        _mappings = meter.CreateCounter<long>(
            "p2pchat.peer.check.mappings",
            "{observation}",
            "Mapping behaviour of NATs (RFC 4787), as seen by connection checks."
        );
        _roundTrip = meter.CreateHistogram<double>(
            "p2pchat.peer.check.round_trip",
            "s",
            "Round trips that connection checks measured.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
            }
        );
        _clockError = meter.CreateGauge<double>(
            "p2pchat.peer.clock.error",
            "s",
            "This machine's clock minus the directory's, at the last connection check."
        );
    }

    /// <summary>Begins the span of a check; null if nobody listens.</summary>
    public static Activity? Begin() => Telemetry.Source.StartActivity("peer.doctor");

    public void Record(Activity? span, DoctorReport report)
    {
        Count(report);
        if (span is null)
        {
            return;
        }

        span.SetTag("p2pchat.doctor.verdict", Telemetry.Word(report.Verdict));
        span.SetTag("p2pchat.doctor.directory", Telemetry.Word(report.Directory.State));
        span.SetTag("p2pchat.doctor.relay", Telemetry.Word(report.Relay.State));
        span.SetTag("p2pchat.doctor.stun", Telemetry.Word(report.Nat.State));
        if (report.Machine.ClockError is { } error)
        {
            span.SetTag("p2pchat.doctor.clock_error_ms", Math.Round(error.TotalMilliseconds));
        }

        foreach (var one in report.Nat.Observations)
        {
            span.AddEvent(new ActivityEvent("p2pchat.doctor.mapping", tags: [.. Tags(one)]));
        }

        foreach (var finding in report.Findings)
        {
            span.AddEvent(
                new ActivityEvent("p2pchat.doctor.finding", tags: new() { ["code"] = Telemetry.Word(finding.Code) })
            );
        }
    }

    private void Count(DoctorReport report)
    {
        _checks.Add(1, new KeyValuePair<string, object?>("verdict", Telemetry.Word(report.Verdict)));
        foreach (var finding in report.Findings)
        {
            _findings.Add(1, new KeyValuePair<string, object?>("code", Telemetry.Word(finding.Code)));
        }

        foreach (var one in report.Nat.Observations)
        {
            _mappings.Add(1, [.. Tags(one)]);
            Time("stun", one.RoundTrip);
        }

        Time("directory", report.Directory.RoundTrip);
        Time("relay", report.Relay.RoundTrip);
        if (report.Machine.ClockError is { } error)
        {
            _clockError.Record(error.TotalSeconds);
        }
    }

    private void Time(string target, TimeSpan? roundTrip)
    {
        if (roundTrip is { } known)
        {
            _roundTrip.Record(known.TotalSeconds, new KeyValuePair<string, object?>("target", target));
        }
    }

    private static IEnumerable<KeyValuePair<string, object?>> Tags(NatObservation one) =>
        [
            new("network.transport", Telemetry.Word(one.Transport)),
            new("network.type", one.IsIPv6 ? "ipv6" : "ipv4"),
            new("mapping", Telemetry.Word(one.Mapping)),
        ];
}
