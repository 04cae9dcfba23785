using System.Net;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Paths;

/// <summary>
/// The simultaneous opens of one search for a path. All tries share the connections, because one may arrive, or
/// authenticate, between two tries. Belongs to the loop of its <see cref="PathRun"/>.
/// </summary>
internal sealed class PathPunch(
    Puncher puncher,
    PeerId peer,
    PathMachine machine,
    Action<Func<TimeSpan, IReadOnlyList<PathEffect>>> post
) : IAsyncDisposable
{
    private readonly CancellationTokenSource _over = new();
    private readonly List<Task> _tasks = [];
    private CancellationTokenSource? _try;
    private PunchRun? _run;
    private int _attempt;

    /// <summary>
    /// Accepts connections from these addresses from now on. The other side may begin its first try a little earlier
    /// than this one.
    /// </summary>
    public void Expect(IEnumerable<IPAddress> addresses)
    {
        if (_run is null)
        {
            _run = puncher.Begin(peer, []);
            _run.Connected += remote => post(now => machine.Connected(_attempt, now, remote));
            _tasks.Add(AwaitAsync(_run));
        }

        _run.Expect(addresses);
    }

    /// <summary>Begins a try. An earlier one sends nothing more.</summary>
    public void Begin(PathEffect.Punch punch)
    {
        Cancel(_attempt);
        (_attempt, _try) = (punch.Attempt, new CancellationTokenSource());
        Expect(punch.Targets.Select(target => target.Address).Concat(punch.Expected));
        if (_run!.Authenticated.IsCompleted)
        {
            post(OnAuthenticated);
        }
        else
        {
            _tasks.Add(TryAsync(_run, punch, _try.Token));
        }
    }

    /// <summary>Stops a try. What is connected may still authenticate.</summary>
    public void Cancel(int attempt)
    {
        if (attempt == _attempt)
        {
            _ = _try?.CancelAsync();
        }
    }

    /// <summary>Takes the authenticated channel.</summary>
    /// <returns>Null if it is not this attempt's.</returns>
    public PathChannel? TryTake(int attempt) =>
        attempt == _attempt && _run?.TryTake() is { } outbound
            ? new PathChannel(outbound.Channel, outbound.StartedAt, _run.Winner)
            : null;

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        Cancel(_attempt);
        await Task.WhenAll(_tasks);
        if (_run is not null)
        {
            await _run.DisposeAsync();
        }

        _over.Dispose();
    }

    // Before the first try the machine knows no attempt. The channel waits for it.
    private IReadOnlyList<PathEffect> OnAuthenticated(TimeSpan now) =>
        _attempt == 0 ? [] : machine.Authenticated(_attempt, now, _run!.Winner);

    private async Task AwaitAsync(PunchRun run)
    {
        try
        {
            await run.Authenticated.WaitAsync(_over.Token);
            post(OnAuthenticated);
        }
        catch (OperationCanceledException)
        {
            // The search is over.
        }
    }

    private async Task TryAsync(PunchRun run, PathEffect.Punch punch, CancellationToken cancellationToken)
    {
        try
        {
            var outcomes = await run.TryAsync(cancellationToken, punch.Targets);
            post(now => Report(punch.Attempt, outcomes, now));
        }
        catch (OperationCanceledException)
        {
            // The next try has begun, or the search is over.
        }
        catch (Exception exception)
        {
            post(_ => throw new InvalidOperationException("A try failed with an unexpected error.", exception));
        }
    }

    private List<PathEffect> Report(int attempt, IReadOnlyList<PunchAttempt> outcomes, TimeSpan now)
    {
        var effects = new List<PathEffect>();
        foreach (var outcome in outcomes)
        {
            if (outcome.Outcome == PathOutcome.Authenticated)
            {
                return effects;
            }

            effects.AddRange(machine.TargetFailed(attempt, outcome.Target, outcome.Outcome, now));
        }

        effects.AddRange(machine.Failed(attempt, PathOutcome.TimedOut, now));
        return effects;
    }
}
