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
    bool isTest,
    PathMachine machine,
    Action<Func<TimeSpan, IReadOnlyList<PathEffect>>> post,
    TimeProvider timeProvider
) : IAsyncDisposable
{
    // A try also listens. Its own connects may fail at once, because the other side's connection has arrived first.
    private static readonly TimeSpan TryTime = TimeSpan.FromMilliseconds(900);

    // From the first connection: it takes its turn, and a few round trips for TLS.
    private static readonly TimeSpan HandshakeTime = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _over = new();
    private readonly List<Task> _tasks = [];
    private CancellationTokenSource? _try;
    private PunchRun? _run;

    // The latest try. BeforeFirst is for connections that the other side opened earlier.
    private int _attempt = PunchTries.BeforeFirst;
    private long _connectedAt;

    /// <summary>
    /// Accepts connections from these addresses from now on. The other side may begin its first try a little earlier
    /// than this one.
    /// </summary>
    public void Expect(IEnumerable<IPAddress> addresses)
    {
        if (_run is null)
        {
            _run = puncher.Begin(peer, [], isTest);
            _run.Connected += remote =>
            {
                _ = Interlocked.Exchange(ref _connectedAt, timeProvider.GetTimestamp());
                post(now => machine.Connected(_attempt, now, remote));
            };
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

    /// <summary>Stops a try. Its open connections may still authenticate.</summary>
    public void Cancel(int attempt)
    {
        if (attempt == _attempt)
        {
            _ = _try?.CancelAsync();
        }
    }

    /// <summary>
    /// Gives up all connections, and waits for no more: those that follow belong to another search for the same peer.
    /// </summary>
    public void Release()
    {
        Cancel(_attempt);
        if (_run is { } run)
        {
            _run = null;
            _tasks.Add(run.DisposeAsync().AsTask());
        }
    }

    /// <summary>Takes the authenticated channel.</summary>
    /// <returns>Null if it is not this attempt's.</returns>
    public PathChannel? TryTake(int attempt) =>
        attempt == _attempt && _run?.TryTake() is { } outbound
            ? new PathChannel(outbound.Channel, outbound.StartedAt, outbound.Remote)
            : null;

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        Release();
        await Task.WhenAll(_tasks);
        _over.Dispose();
    }

    private IReadOnlyList<PathEffect> OnAuthenticated(TimeSpan now) =>
        _run is null ? [] : machine.Authenticated(_attempt, now, _run.Winner);

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
            var startedAt = timeProvider.GetTimestamp();
            var outcomes = await run.TryAsync(cancellationToken, punch.Targets);
            post(now => ReportTargets(punch.Attempt, outcomes, now));
            await Task.Delay(Left(startedAt, TryTime), timeProvider, cancellationToken);
            if (Interlocked.Read(ref _connectedAt) is var connectedAt and not 0)
            {
                await Task.Delay(Left(connectedAt, HandshakeTime), timeProvider, cancellationToken);
            }

            post(now => run.Authenticated.IsCompleted ? [] : machine.Failed(punch.Attempt, PathOutcome.TimedOut, now));
        }
        catch (OperationCanceledException)
        {
            // The next try has begun, or the search is over.
        }
        catch (Exception exception)
        {
            post(_ =>
                throw new InvalidOperationException("A simultaneous open failed with an unexpected error.", exception)
            );
        }
    }

    private List<PathEffect> ReportTargets(int attempt, IReadOnlyList<PunchAttempt> outcomes, TimeSpan now) =>
        [
            .. outcomes
                .Where(outcome => outcome.Outcome is not (PathOutcome.Authenticated or PathOutcome.Superseded))
                .SelectMany(outcome => machine.TargetFailed(attempt, outcome.Target, outcome.Outcome, now)),
        ];

    private TimeSpan Left(long since, TimeSpan limit)
    {
        var left = limit - timeProvider.GetElapsedTime(since);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}
