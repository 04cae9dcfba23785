using System.Net;
using System.Threading.Channels;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Node.Paths;

/// <summary>
/// Drives one <see cref="PathMachine"/> with sockets, the directory's signals and a timer. One loop passes the inputs
/// to the machine, and executes the effects.
/// </summary>
internal abstract class PathRun : IPathCredentials, IAsyncDisposable
{
    private readonly PathMachine _machine;
    private readonly PathParts _parts;
    private readonly Func<FoundPath, bool> _carry;
    private readonly PathAttempts _attempts;
    private readonly PathPunch _punch;
    private readonly List<Task> _calls = [];
    private readonly CancellationTokenSource _over = new();
    private long _origin;
    private readonly Channel<Func<TimeSpan, IReadOnlyList<PathEffect>>> _inputs = Channel.CreateUnbounded<
        Func<TimeSpan, IReadOnlyList<PathEffect>>
    >(new UnboundedChannelOptions { SingleReader = true });

    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private PathOutcome? _failure;
    private volatile bool _hasCarried;

    /// <param name="carry">Takes a path; returns false if no path is wanted any longer.</param>
    protected PathRun(
        PathMachine machine,
        PathPurpose purpose,
        PathRank rank,
        PathTarget target,
        PathParts parts,
        Func<FoundPath, bool> carry
    )
    {
        (_machine, _parts, _carry) = (machine, parts, carry);
        (Target, Purpose, Rank) = (target, purpose, rank);
        _origin = parts.Clock.GetTimestamp();
        _attempts = new PathAttempts(OnAuthenticated, OnFailed, OnBroken);
        _punch = new PathPunch(parts.Puncher, target.Key, rank == PathRank.Test, machine, Post, parts.Clock);
    }

    public PathTarget Target { get; }

    public PathRank Rank { get; }

    public PathPurpose Purpose { get; }

    /// <summary>Whether <see cref="Stop"/> was called.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Completes at the end of the run.</summary>
    public Task Completion => _completed.Task;

    /// <summary>Whether a path of the run has been taken.</summary>
    public bool HasCarried => _hasCarried;

    /// <summary>Time since the start of the run.</summary>
    public TimeSpan Age => Now;

    public abstract string SessionId { get; }

    public abstract string Token { get; }

    protected PathParts Parts => _parts;

    /// <summary>Cancelled at the end of the run.</summary>
    protected CancellationToken Over => _over.Token;

    /// <summary>Looks for a path until there is a good one, or all candidates have failed.</summary>
    /// <returns>The most specific failure; null if a path was found, or the search was cancelled.</returns>
    /// <param name="whenCancelled">The reported outcome of attempts that are then still running.</param>
    public async Task<PathOutcome?> RunAsync(PathOutcome whenCancelled, CancellationToken cancellationToken)
    {
        // It may have waited for another run.
        _origin = _parts.Clock.GetTimestamp();
        await using var timer = _parts.Clock.CreateTimer(
            _ => Post(_machine.Tick),
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
        await using var cancelled = cancellationToken.UnsafeRegister(
            _ => Post(now => _machine.Stop(now, whenCancelled)),
            null
        );
        try
        {
            Execute(_machine.Start(Now));
            while (!_machine.IsOver)
            {
                SetTimer(timer);
                var input = await _inputs.Reader.ReadAsync(CancellationToken.None);
                Execute(input(Now));
            }
        }
        finally
        {
            await DisposeAsync();
        }

        return cancellationToken.IsCancellationRequested ? null : _failure;
    }

    /// <summary>Closes everything that the run has opened, and completes it.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _over.CancelAsync();
            await _attempts.EndAsync();
            await _punch.DisposeAsync();
            await Task.WhenAll(_calls);
            _over.Dispose();
        }
        finally
        {
            // The next search for this peer waits for it.
            _completed.SetResult();
        }
    }

    /// <summary>Ends the search, because something else has connected the two peers.</summary>
    public void Stop()
    {
        IsStopped = true;
        Post(now => _machine.Stop(now));
    }

    /// <summary>
    /// Gives the session up, because the other peer's is used, and returns when connections of the other peer no longer
    /// come to this run. Attempts that need no session go on.
    /// </summary>
    public async Task GiveUpSessionAsync()
    {
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(now =>
        {
            _punch.Release();
            released.SetResult();
            return _machine.SessionFailed(PathOutcome.Superseded, now);
        });
        _ = await Task.WhenAny(released.Task, Completion);
    }

    /// <summary>Offers a path to the owner of this run.</summary>
    /// <returns>False if it is no longer wanted.</returns>
    public bool TryCarry(FoundPath found) => _carry(found);

    public PathReport Report(DateTimeOffset startedAt) => _machine.Report(Target.Name, startedAt);

    /// <summary>Accepts connections of the other side from the addresses of these endpoints.</summary>
    protected void Expect(IEnumerable<Endpoint> endpoints)
    {
        List<IPAddress> addresses = Target.Observed is { } observed ? [observed.Unmap()] : [];
        foreach (var endpoint in endpoints)
        {
            if (IPAddress.TryParse(endpoint.Host, out var address))
            {
                addresses.Add(address.Unmap());
            }
        }

        _punch.Expect(addresses);
    }

    /// <summary>Executes an effect that only one side has.</summary>
    protected abstract void ExecuteOwn(PathEffect effect);

    protected void Post(Func<TimeSpan, IReadOnlyList<PathEffect>> input) => _inputs.Writer.TryWrite(input);

    /// <summary>Runs a call that ends with the run. An exception that is a bug ends the run.</summary>
    protected void BeginCall(Func<Task> call) => _calls.Add(GuardAsync(call));

    private TimeSpan Now => _parts.Clock.GetElapsedTime(_origin);

    private void SetTimer(ITimer timer)
    {
        if (_machine.Deadline is { } deadline)
        {
            var wait = deadline - Now;
            _ = timer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    private void Execute(IReadOnlyList<PathEffect> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case PathEffect.Connect connect:
                    _attempts.Begin(connect.Attempt, stop =>
                        _parts.Dialer.ConnectAsync(
                            connect.Address,
                            connect.Kind,
                            Target.Key,
                            () => Post(now => _machine.Connected(connect.Attempt, now)),
                            stop
                        )
                    );
                    break;
                case PathEffect.OpenRelay relay:
                    _attempts.Begin(relay.Attempt, stop =>
                        _parts.Dialer.RelayAsync(
                            this,
                            Target.Key,
                            () => Post(now => _machine.Connected(relay.Attempt, now)),
                            stop
                        )
                    );
                    break;
                case PathEffect.Punch punch:
                    _punch.Begin(punch);
                    break;
                case PathEffect.Cancel cancel:
                    _attempts.Abandon(cancel.Attempt);
                    _punch.Cancel(cancel.Attempt);
                    break;
                case PathEffect.Carry carry:
                    Carry(carry);
                    break;
                case PathEffect.Ended ended:
                    _failure = ended.Failure;
                    break;
                default:
                    ExecuteOwn(effect);
                    break;
            }
        }
    }

    private void Carry(PathEffect.Carry carry)
    {
        if ((_attempts.Take(carry.Attempt) ?? _punch.TryTake(carry.Attempt)) is not { } channel)
        {
            return;
        }

        if (TryCarry(new FoundPath(channel, carry.Kind, carry.IsTakeover)))
        {
            _hasCarried = true;
        }
        else
        {
            channel.Channel.Dispose();
            Stop();
        }
    }

    private void OnAuthenticated(int attempt, PathChannel channel) =>
        Post(now => _machine.Authenticated(attempt, now, channel.Remote));

    private void OnFailed(int attempt, PathOutcome outcome) => Post(now => _machine.Failed(attempt, outcome, now));

    // A bug must end the run.
    private void OnBroken(Exception exception) =>
        Post(_ => throw new InvalidOperationException("A path attempt failed with an unexpected error.", exception));

    private async Task GuardAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
        catch (Exception exception)
        {
            OnBroken(exception);
        }
    }
}

/// <summary>The id and the secret of one side of a path session.</summary>
internal interface IPathCredentials
{
    string SessionId { get; }

    /// <summary>The side's secret.</summary>
    string Token { get; }
}
