using P2PChat.Node.Diagnostics;
using P2PChat.Node.Model;

namespace P2PChat.Node.Paths;

/// <summary>Runs searches and answers, each with a span, metrics and a report.</summary>
internal sealed class PathRunner(PeerMetrics metrics, TimeProvider timeProvider)
{
    /// <returns>The most specific failure; null if a path was found, or the run was cancelled.</returns>
    public async Task<(PathOutcome? Failure, PathReport Report)> RunAsync(
        PathRun run,
        CancellationToken cancellationToken
    )
    {
        using var span = new PathSpan(run.Purpose, isCaller: run is CallerRun, metrics);
        var startedAt = timeProvider.GetUtcNow();
        // A test is cancelled when the doctor's time is up, any other run when it is no longer needed.
        var whenCancelled = run.Purpose == PathPurpose.Test ? PathOutcome.TimedOut : PathOutcome.Superseded;
        var failure = await run.RunAsync(whenCancelled, cancellationToken);
        var report = run.Report(startedAt);
        span.End(report, failure);
        return (failure, report);
    }
}
