using P2PChat.Node.Model;

namespace P2PChat.Node.Paths;

/// <summary>Looks for paths to other peers on this side's initiative. Thread-safe.</summary>
internal sealed class PathSearches(
    PathRunFactory factory,
    PathRunner runner,
    PathCrossings crossings,
    PathReports reports
)
{
    /// <summary>Looks for a path to connect.</summary>
    /// <param name="isUrgent">Whether the user waits for it, so that it stops a test of the doctor.</param>
    /// <param name="carry">
    /// Takes a path; returns false if it is no longer wanted. Called once, or again with a better path.
    /// </param>
    /// <returns>The most specific failure; null if a path was found, or the search was cancelled.</returns>
    public Task<PathOutcome?> ConnectAsync(
        PathTarget target,
        bool isUrgent,
        Func<FoundPath, bool> carry,
        CancellationToken cancellationToken
    ) => RunAsync(factory.Search(target, PathPurpose.Connect, carry), isUrgent, cancellationToken);

    /// <summary>Looks for a path that is better than the open relayed one.</summary>
    /// <inheritdoc cref="ConnectAsync"/>
    public Task<PathOutcome?> UpgradeAsync(
        PathTarget target,
        Func<FoundPath, bool> carry,
        CancellationToken cancellationToken
    ) => RunAsync(factory.Search(target, PathPurpose.Upgrade, carry), isUrgent: false, cancellationToken);

    private async Task<PathOutcome?> RunAsync(CallerRun run, bool isUrgent, CancellationToken cancellationToken)
    {
        try
        {
            await crossings.BeginAsync(run, isUrgent, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return null;
        }

        try
        {
            var (failure, report) = await runner.RunAsync(run, cancellationToken);
            reports.Add(report);
            return failure is not null && await crossings.WaitForAnswerAsync(run.Target.Key, cancellationToken)
                ? null
                : failure;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            crossings.End(run);
        }
    }
}
