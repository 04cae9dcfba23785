using System.Collections.Concurrent;
using P2PChat.Node.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Lan;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Paths;

/// <summary>
/// Looks for paths to other peers and answers those that look for one to this peer. At most one search per peer and
/// side runs at a time. Thread-safe.
/// </summary>
internal sealed class PathFinder(
    PathParts parts,
    PathContexts contexts,
    PathReports reports,
    PathUpgrades upgrades,
    LanPeers lan,
    PeerIdentity self,
    PeerOptions options,
    PathOptions pathOptions,
    PeerMetrics metrics,
    TimeProvider timeProvider
)
{
    // Callers that are answered at the same time. Strangers have a lower limit of their own.
    private const int MaxAnswers = 64;

    private readonly ConcurrentDictionary<PeerId, CallerRun> _calls = new();
    private readonly ConcurrentDictionary<PeerId, CalleeRun> _answers = new();

    /// <summary>Looks for a path to connect.</summary>
    /// <param name="carry">
    /// Takes a path; returns false if it is no longer wanted. Called once, or again with a better path.
    /// </param>
    /// <returns>The most specific failure; null if a path was found, or the search was cancelled.</returns>
    public Task<PathOutcome?> ConnectAsync(
        PathTarget target,
        Func<FoundPath, bool> carry,
        CancellationToken cancellationToken
    )
    {
        var plan = PlanFor(target, isOwnInitiative: true) with { PrefersRelay = upgrades.PrefersRelay(target.Key) };
        return CallAsync(target, plan, PathPurpose.Connect, carry, cancellationToken);
    }

    /// <summary>Looks for a path that is better than the open relayed one.</summary>
    /// <inheritdoc cref="ConnectAsync"/>
    public Task<PathOutcome?> UpgradeAsync(
        PathTarget target,
        Func<FoundPath, bool> carry,
        CancellationToken cancellationToken
    )
    {
        var plan = PlanFor(target, isOwnInitiative: true) with { IsUpgrade = true };
        return CallAsync(target, plan, PathPurpose.Upgrade, carry, cancellationToken);
    }

    /// <summary>
    /// Whether to answer a path session of this peer. If both call each other at once, the session of the lower
    /// PeerId is used, and the other one is given up.
    /// </summary>
    public bool MayAnswer(PeerId caller) =>
        _answers.Count < MaxAnswers && !(_calls.ContainsKey(caller) && self.PeerId < caller);

    /// <summary>Answers a peer that looks for a path.</summary>
    /// <param name="givesAddresses">Whether the caller may learn this peer's addresses.</param>
    /// <inheritdoc cref="ConnectAsync"/>
    public async Task AnswerAsync(
        IncomingPath path,
        bool isContact,
        bool givesAddresses,
        Func<FoundPath, bool> carry,
        CancellationToken cancellationToken
    )
    {
        var target = new PathTarget(path.From, path.FromPeerId, path.Candidates, path.ObservedAddress, isContact);
        var plan = PlanFor(target, isOwnInitiative: false);
        plan = plan with
        {
            // The caller decides about punching and the relay. It may have moved, and this side's open links may be
            // dead without its knowledge.
            MayPunch = plan.MayPunch && givesAddresses,
            IsUpgrade = path.WithoutRelay,
        };
        var run = new CalleeRun(
            new CalleePathMachine(plan, path.Relay, pathOptions, TimeSpan.Zero),
            path,
            target,
            parts,
            givesAddresses ? parts.Candidates.Current : [],
            CarryInstead
        );
        // A caller that asks again has given up its earlier session.
        try
        {
            await ReplaceAsync(_answers, target.Key, run);
            if (_calls.TryGetValue(target.Key, out var call))
            {
                await call.GiveUpSessionAsync();
            }

            _ = await RunAsync(run, PathPurpose.Connect, cancellationToken);
        }
        finally
        {
            _ = _answers.TryRemove(KeyValuePair.Create(target.Key, run));
        }

        // Both sides have asked, so their requests meet on this link.
        bool CarryInstead(FoundPath found)
        {
            if (!_calls.TryGetValue(target.Key, out var own))
            {
                return carry(found);
            }

            own.Stop();
            return own.TryCarry(found);
        }
    }

    /// <summary>Tries all paths. See <see cref="IPathTester"/>.</summary>
    public async Task<PathTest> TestAsync(PathTarget target, CancellationToken cancellationToken)
    {
        var plan = PlanFor(target, isOwnInitiative: true) with { IsTest = true };
        var run = NewCall(target, plan, _ => false);
        var (_, report) = await RunAsync(run, PathPurpose.Test, cancellationToken);
        return new PathTest(report, run.HasAnswer, run.HasAnswer == true && run.HasEmptyAnswer);
    }

    private async Task<PathOutcome?> CallAsync(
        PathTarget target,
        PathPlan plan,
        PathPurpose purpose,
        Func<FoundPath, bool> carry,
        CancellationToken cancellationToken
    )
    {
        var run = NewCall(target, plan, carry);
        try
        {
            await ReplaceAsync(_calls, target.Key, run);
            var (failure, report) = await RunAsync(run, purpose, cancellationToken);
            reports.Add(report);
            // This side has given its session up for that of the other side, which is still being answered.
            if (failure is not null && _answers.TryGetValue(target.Key, out var answer))
            {
                await answer.Completion;
                return answer.HasCarried ? null : failure;
            }

            return failure;
        }
        finally
        {
            _ = _calls.TryRemove(KeyValuePair.Create(target.Key, run));
        }
    }

    private CallerRun NewCall(PathTarget target, PathPlan plan, Func<FoundPath, bool> carry) =>
        new(new CallerPathMachine(plan, pathOptions, TimeSpan.Zero), target, parts, carry);

    private async Task<(PathOutcome? Failure, PathReport Report)> RunAsync(
        PathRun run,
        PathPurpose purpose,
        CancellationToken cancellationToken
    )
    {
        using var span = new PathSpan(purpose, isCaller: run is CallerRun, metrics);
        var startedAt = timeProvider.GetUtcNow();
        // The doctor's time is over while it waits for an outcome.
        var whenCancelled = purpose == PathPurpose.Test ? PathOutcome.TimedOut : PathOutcome.Superseded;
        var failure = await run.RunAsync(whenCancelled, cancellationToken);
        var report = run.Report(startedAt);
        span.End(report, failure);
        return (failure, report);
    }

    private PathPlan PlanFor(PathTarget target, bool isOwnInitiative)
    {
        var isHidden = parts.Candidates.AreHidden;
        return new PathPlan
        {
            Endpoints = target.Endpoints,
            LanAddresses = isHidden ? [] : lan.EndpointsOf(target.Key),
            Context = contexts.Create(target, isOwnInitiative),
            MayDial = !isHidden,
            MayPunch = !isHidden && options.Punch,
            MayRelay = options.Relay,
        };
    }

    // Two runs with one peer would take each other's connections.
    private static async Task ReplaceAsync<T>(ConcurrentDictionary<PeerId, T> runs, PeerId key, T run)
        where T : PathRun
    {
        T? earlier;
        while (runs.TryGetValue(key, out earlier) ? !runs.TryUpdate(key, run, earlier) : !runs.TryAdd(key, run))
        {
            // Another caller has been faster.
        }

        if (earlier is not null)
        {
            earlier.Stop();
            await earlier.Completion;
        }
    }
}
