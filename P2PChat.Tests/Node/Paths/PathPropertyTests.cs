using System.Net;
using P2PChat.Node.Model;
using P2PChat.Node.Paths;
using P2PChat.Tests.Simulation;

namespace P2PChat.Tests.Node.Paths;

/// <summary>
/// Properties of every pair of peers, on random networks. <c>P2PCHAT_NETWORKS</c> sets how many (default 3,000).
/// </summary>
public sealed class PathPropertyTests
{
    private const int Networks = 3_000;

    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);
    private static readonly PathOptions Options = new();

    [Fact]
    public void Random_network_keeps_the_rules() => RunSeeds(1, SimulationRun.Setting("P2PCHAT_NETWORKS") ?? Networks);

    private static void RunSeeds(int first, int count)
    {
        var failures = new List<string>();
        for (var seed = first; seed < first + count && failures.Count < 8; seed++)
        {
            try
            {
                Run(seed);
            }
            catch (Exception exception)
            {
                failures.Add($"Seed {seed}: {exception}");
            }
        }

        Assert.True(failures.Count == 0, string.Join("\n", failures));
    }

    private static void Run(int seed)
    {
        var scenario = new PathScenario(seed);
        var caller = scenario.Caller.Call(scenario.Callee);
        scenario.World.Time.RunUntil(Long);
        var runs = new[] { caller, scenario.Callee.Run }.OfType<VirtualRun>().ToList();

        foreach (var run in runs)
        {
            CheckEnd(run);
            CheckCarried(run);
            CheckReport(run);
        }

        CheckCandidates(caller, scenario);
        CheckSyns(scenario);
        CheckLinks(scenario, caller);
    }

    private static void CheckEnd(VirtualRun run)
    {
        Assert.True(run.EndedAfter <= Options.TotalTimeout, $"The run ended after {run.EndedAfter}.");
        Assert.Equal(0, run.Running);
        Assert.Null(run.Machine.Deadline);
        Assert.Empty(run.Machine.Tick(Long));
        Assert.True(run.WasStopped || run.Failure is null == run.Machine.Chosen is not null, "a failure, or a path");
    }

    // The first that authenticates carries, and one that is better takes over once.
    private static void CheckCarried(VirtualRun run)
    {
        var carried = run.Carried;
        Assert.True(carried.Count <= 2, $"{carried.Count} paths");
        if (carried.Count > 0)
        {
            Assert.Equal(run.Authenticated[0], carried[0].Kind);
        }

        if (carried.Count == 2)
        {
            Assert.Equal(PathKind.Relayed, carried[0].Kind);
            Assert.NotEqual(PathKind.Relayed, carried[1].Kind);
            Assert.True(carried[1].IsTakeover);
        }

        Assert.Equal(carried.Count == 0, run.Authenticated.Count == 0 || run.Report.Chosen is null || run.IsTest);
    }

    private static void CheckReport(VirtualRun run)
    {
        var report = run.Report;
        var attempts = report.Attempts;

        // The report has exactly the outcomes that the driver saw.
        PathOutcome[] seen = [PathOutcome.Authenticated, PathOutcome.Refused, PathOutcome.WrongIdentity];
        foreach (var outcome in seen)
        {
            Assert.Equal(
                run.Told.Where(told => told.Outcome == outcome).Select(told => told.Candidate).Order(),
                attempts.Where(attempt => attempt.Outcome == outcome).Select(attempt => attempt.Candidate).Order()
            );
        }

        Assert.Equal(
            run.Tried.Select(address => address.ToString()).Distinct().Order(),
            attempts
                .Where(attempt => attempt.Took is not null && attempt.Kind != PathKind.Relayed)
                .Select(attempt => attempt.Candidate)
                .Except(
                    run.Told.Where(told => told.Outcome == PathOutcome.Authenticated).Select(told => told.Candidate)
                )
                .Union(run.Tried.Select(address => address.ToString()))
                .Distinct()
                .Order()
        );
        foreach (var attempt in attempts)
        {
            Assert.True(attempt.After >= TimeSpan.Zero && attempt.After <= Options.TotalTimeout, $"{attempt}");
            CheckReason(run, attempt);
        }

        PathKind? best = attempts.Any(IsAuthenticated)
            ? attempts.Where(IsAuthenticated).Min(attempt => attempt.Kind)
            : null;
        Assert.Equal(best, report.Chosen);

        static bool IsAuthenticated(PathAttempt attempt) => attempt.Outcome == PathOutcome.Authenticated;
    }

    private static void CheckReason(VirtualRun run, PathAttempt attempt)
    {
        var isTimeUp = run.EndedAfter == Options.TotalTimeout;
        var isTrue = attempt.Outcome switch
        {
            PathOutcome.Superseded => run.Machine.Chosen is not null || run.WasStopped,
            PathOutcome.TimedOut when attempt.Kind == PathKind.Direct => attempt.Took >= Options.ConnectTimeout
                || isTimeUp,
            PathOutcome.TimedOut when attempt.Kind == PathKind.Relayed => attempt.Took >= Options.RelayTimeout
                || isTimeUp,
            PathOutcome.HandshakeTimedOut => attempt.Took >= Options.TryTimeout || isTimeUp,
            PathOutcome.NotOnThisNetwork or PathOutcome.NotRoutable or PathOutcome.ForbiddenPort => attempt.Took
                is null,
            PathOutcome.NotConfirmed or PathOutcome.NotAllowed or PathOutcome.OverLimit => attempt.Took is null,
            _ => true,
        };
        Assert.True(isTrue, $"{attempt} in a run of {run.EndedAfter}");
    }

    // Every endpoint of the record has a line, and so has the relay.
    private static void CheckCandidates(VirtualRun run, PathScenario scenario)
    {
        var lines = run.Report.Attempts.Select(attempt => attempt.Candidate).ToHashSet();
        foreach (var endpoint in scenario.Callee.Endpoints)
        {
            Assert.True(
                IPAddress.TryParse(endpoint.Host, out var address)
                    ? lines.Contains(new IPEndPoint(address, (int)endpoint.Port).ToString())
                        || lines.Contains($"{endpoint.Host}:{endpoint.Port}")
                        || lines.Contains($"[{endpoint.Host}]:{endpoint.Port}")
                    : lines.Contains($"{endpoint.Host}:{endpoint.Port}")
                        || scenario.Caller.Names.Values.SelectMany(found => found).Any(),
                $"no line for {endpoint}"
            );
        }

        Assert.Equal(
            scenario.Caller.Plan.IsUpgrade ? 0 : 1,
            run.Report.Attempts.Count(attempt => attempt.Kind == PathKind.Relayed)
        );
    }

    private static void CheckSyns(PathScenario scenario)
    {
        foreach (var peer in new[] { scenario.Caller, scenario.Callee })
        {
            Assert.All(peer.Host.SynsTo.Values, count => Assert.InRange(count, 1, 3));
            Assert.Empty(peer.Host.SynsTo.Keys.Intersect(scenario.Forbidden));
            var atVictims = scenario
                .Victims.Select(victim =>
                    peer.Host.SynsTo.Where(syns => victim.Addresses.Contains(syns.Key.Address)).Sum(syns => syns.Value)
                )
                .ToList();
            Assert.All(atVictims, count => Assert.InRange(count, 0, 3));
            if (!peer.Plan.Context.IsContact)
            {
                Assert.InRange(atVictims.Sum(), 0, peer == scenario.Caller ? 1 : 0);
            }
        }
    }

    // Nothing is left but the link, which has both ends.
    private static void CheckLinks(PathScenario scenario, VirtualRun caller)
    {
        var links = scenario.Caller.Links;
        Assert.Equal(caller.Carried.Count == 0 ? 0 : 1, links.Count);
        Assert.Equal(links.Count, scenario.Callee.Links.Count);
        Assert.Equal(links.OfType<VirtualLeg>().Count() * 2, scenario.World.Directory.OpenLegs);
        Assert.Equal(links.OfType<VirtualSocket>().Count(), scenario.Caller.Host.OpenSockets);
        Assert.Equal(links.OfType<VirtualSocket>().Count(), scenario.Callee.Host.OpenSockets);

        var mayRelay = scenario.Caller.Plan is { MayRelay: true, IsUpgrade: false } && scenario.Callee.Plan.MayRelay;
        Assert.True(
            !scenario.IsClean || !mayRelay || caller.Report.Chosen is not null,
            "Nothing was lost but the call."
        );
    }
}
