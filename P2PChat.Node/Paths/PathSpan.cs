using System.Diagnostics;
using P2PChat.Node.Diagnostics;
using P2PChat.Node.Model;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Node.Paths;

/// <summary>Why a path is looked for. The names become values of a span's attribute.</summary>
internal enum PathPurpose
{
    /// <summary>To connect.</summary>
    Connect,

    /// <summary>To replace a relayed link.</summary>
    Upgrade,

    /// <summary>To report on all candidates, without a link.</summary>
    Test,
}

/// <summary>
/// The span and the metrics of one search for a path. An event per attempt shows its kind, outcome and duration, and no
/// address.
/// </summary>
internal sealed class PathSpan : IDisposable
{
    private readonly Activity? _span;
    private readonly PeerMetrics _metrics;
    private readonly string _side;

    public PathSpan(PathPurpose purpose, bool isCaller, PeerMetrics metrics)
    {
        (_metrics, _side) = (metrics, isCaller ? "caller" : "callee");
        _span = Telemetry.Source.StartActivity("peer.path", isCaller ? ActivityKind.Client : ActivityKind.Server);
        _span?.SetTag("p2pchat.path.purpose", Telemetry.Word(purpose));
        _span?.SetTag("p2pchat.path.side", _side);
    }

    /// <summary>Records the outcome.</summary>
    /// <param name="failure">Why there is no path; null if there is one.</param>
    public void End(PathReport report, PathOutcome? failure)
    {
        foreach (var attempt in report.Attempts)
        {
            _metrics.PathTried(attempt.Kind, attempt.Outcome, _side);
            _span?.AddEvent(EventOf(report, attempt));
        }

        if (report.Chosen is { } chosen)
        {
            _metrics.PathFound(chosen, report.Attempts.Where(IsChosen).Select(EndOf).DefaultIfEmpty().Min());
        }

        _span?.SetTag("p2pchat.path.kind", report.Chosen is { } kind ? Telemetry.Word(kind) : "none");
        if (failure is { } outcome)
        {
            _span?.SetStatus(ActivityStatusCode.Error, Telemetry.Word(outcome));
        }

        bool IsChosen(PathAttempt attempt) =>
            attempt.Kind == report.Chosen && attempt.Outcome == PathOutcome.Authenticated;
    }

    public void Dispose() => _span?.Dispose();

    private static TimeSpan EndOf(PathAttempt attempt) => attempt.After + (attempt.Took ?? TimeSpan.Zero);

    private static ActivityEvent EventOf(PathReport report, PathAttempt attempt)
    {
        var tags = new ActivityTagsCollection
        {
            ["kind"] = Telemetry.Word(attempt.Kind),
            ["outcome"] = Telemetry.Word(attempt.Outcome),
        };
        if (attempt.Try > 0)
        {
            tags["try"] = attempt.Try;
        }

        if (attempt.Took is { } took)
        {
            tags["took_ms"] = Math.Round(took.TotalMilliseconds, 1);
        }

        return new ActivityEvent("p2pchat.path.attempt", report.StartedAt + EndOf(attempt), tags);
    }
}
