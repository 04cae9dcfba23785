using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Paths;

/// <summary>
/// The runs in progress: per peer at most one search of this side and one answer to the other. Two runs with one peer
/// would take each other's connections, so this decides which one continues. Thread-safe.
/// </summary>
internal sealed class PathCrossings
{
    // Sessions that two peers have opened at the same moment arrive within this time. A later one is a new attempt.
    private static readonly TimeSpan CrossingTime = TimeSpan.FromSeconds(2);

    // The other side's search ends a little after this side's answer, and a test is not answered until then.
    private static readonly TimeSpan TestPause = TimeSpan.FromSeconds(1);

    // Concurrent answers. Strangers have a lower limit of their own.
    private const int MaxAnswers = 64;

    private readonly PeerIdentity _self;
    private readonly SteadyClock _clock;
    private readonly Lock _gate = new();
    private readonly Dictionary<PeerId, CallerRun> _searches = [];
    private readonly Dictionary<PeerId, CalleeRun> _answers = [];

    public PathCrossings(PeerIdentity self, PathUpgrades upgrades, SteadyClock clock)
    {
        (_self, _clock) = (self, clock);
        upgrades.Improved += OnImproved;
    }

    /// <summary>Whether to answer a session. If not, the other side answers that of this side's search.</summary>
    public bool MayAnswer(IncomingPath path)
    {
        lock (_gate)
        {
            return _answers.Count < MaxAnswers && GivesWay(path.FromPeerId, PathRanks.Of(path));
        }
    }

    /// <summary>
    /// Begins a search, which stops an earlier one. A test stops nothing and waits, and a search that is not urgent
    /// waits for a test of this side.
    /// </summary>
    /// <param name="isUrgent">Whether the user waits for the path.</param>
    /// <exception cref="OperationCanceledException">The caller cancelled meanwhile.</exception>
    public async Task BeginAsync(CallerRun run, bool isUrgent, CancellationToken cancellationToken)
    {
        while (true)
        {
            PathRun? earlier;
            lock (_gate)
            {
                earlier = (PathRun?)Find(_searches, run.Target.Key) ?? AnswerInTheWayOf(run);
                if (earlier is null)
                {
                    _searches[run.Target.Key] = run;
                    if (Find(_answers, run.Target.Key) is { } answer)
                    {
                        answer.HasMetSearch |= run.Rank != PathRank.Test;
                    }

                    return;
                }
            }

            if (run.Rank != PathRank.Test && (isUrgent || earlier is not CallerRun { Rank: PathRank.Test }))
            {
                earlier.Stop();
            }

            await earlier.Completion.WaitAsync(cancellationToken);
            if (run.Rank == PathRank.Test)
            {
                await Task.Delay(TestPause, _clock, cancellationToken);
            }
        }
    }

    /// <summary>
    /// Begins an answer. It stops an earlier one, because the caller has given that session up, and this side's search
    /// gives up its own.
    /// </summary>
    /// <returns>False if a search of this side has begun meanwhile that must not give way.</returns>
    public async Task<bool> TryBeginAsync(CalleeRun run)
    {
        CalleeRun? earlier;
        CallerRun? own;
        lock (_gate)
        {
            if (!GivesWay(run.Target.Key, run.Rank))
            {
                return false;
            }

            earlier = Find(_answers, run.Target.Key);
            _answers[run.Target.Key] = run;
            own = Find(_searches, run.Target.Key);
            run.HasMetSearch = own is { Rank: not PathRank.Test };
        }

        if (earlier is not null)
        {
            earlier.Stop();
            await earlier.Completion;
        }

        if (own is { Rank: PathRank.Test })
        {
            own.Stop();
            await own.Completion;
        }
        else if (own is not null)
        {
            await own.GiveUpSessionAsync();
        }

        return true;
    }

    /// <summary>Gives a path of an answer to this side's search, if there is one that still wants it.</summary>
    /// <param name="carry">Takes the path as an ordinary inbound one.</param>
    public bool Carry(CalleeRun answer, FoundPath found, Func<FoundPath, bool> carry)
    {
        CallerRun? own;
        lock (_gate)
        {
            own = Find(_searches, answer.Target.Key);
            found = found with { HasMetSearch = answer.HasMetSearch };
        }

        if (own is null or { Rank: PathRank.Test })
        {
            return carry(found);
        }

        own.Stop();
        // A connect waits for a link, on which its request meets the other side's, unless the user has just given up.
        return (own.Purpose == PathPurpose.Connect && own.TryCarry(found)) || carry(found);
    }

    /// <summary>
    /// Waits for the answer to a session for which this side's search has given up its own.
    /// </summary>
    /// <returns>Whether it has led to a path.</returns>
    /// <exception cref="OperationCanceledException">The caller cancelled meanwhile.</exception>
    public async Task<bool> WaitForAnswerAsync(PeerId peer, CancellationToken cancellationToken)
    {
        CalleeRun? answer;
        lock (_gate)
        {
            answer = Find(_answers, peer);
        }

        if (answer is null)
        {
            return false;
        }

        await answer.Completion.WaitAsync(cancellationToken);
        return answer.HasCarried;
    }

    public void End(CallerRun run) => End(_searches, run);

    public void End(CalleeRun run) => End(_answers, run);

    // An answer cannot find a better path. A test was disturbed, and begins again.
    private void OnImproved(PeerId peer)
    {
        lock (_gate)
        {
            if (Find(_answers, peer) is { Rank: not PathRank.Test } answer)
            {
                answer.Stop();
            }

            if (Find(_searches, peer) is { Rank: PathRank.Test } test)
            {
                test.Stop();
            }
        }
    }

    private bool GivesWay(PeerId caller, PathRank rank) =>
        Find(_searches, caller) is not { } own
        || own.Rank < rank
        || (own.Rank == rank && _self.PeerId > caller)
        // The own search has connected, and only looks for a better path. The other side may have lost the link.
        || (own.HasCarried && own.Age > CrossingTime);

    // A test waits for every answer. For a search of higher rank, the other side gives up the session answered here.
    private CalleeRun? AnswerInTheWayOf(CallerRun run) =>
        Find(_answers, run.Target.Key) is { } answer && (run.Rank == PathRank.Test || answer.Rank < run.Rank)
            ? answer
            : null;

    private static T? Find<T>(Dictionary<PeerId, T> runs, PeerId peer)
        where T : PathRun => runs.GetValueOrDefault(peer) is { Completion.IsCompleted: false } run ? run : null;

    private void End<T>(Dictionary<PeerId, T> runs, T run)
        where T : PathRun
    {
        lock (_gate)
        {
            if (runs.GetValueOrDefault(run.Target.Key) == run)
            {
                _ = runs.Remove(run.Target.Key);
            }
        }
    }
}
