using System.Net;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Paths;

/// <summary>
/// Finds a path to another peer. The first attempt that authenticates carries the conversation; if that is the relay,
/// one that avoids the relay takes over later. A state machine without I/O: inputs are method calls, and each returns
/// the effects to execute. An input for an attempt that is over has no effect.
/// </summary>
/// <remarks>Times are durations since a fixed moment, by a monotonic clock.</remarks>
internal abstract class PathMachine
{
    private readonly List<IPathPart> _parts;
    private readonly TimeSpan _end;

    protected PathMachine(PathPlan plan, PathOptions options, TimeSpan now)
    {
        Plan = plan;
        Output = new PathOutput(options, now);
        Tries = new PunchTries(Output) { MaySend = plan.MaySend };
        Relay = new RelayAttempt(Output);
        _parts = [Tries, Relay];
        _end = now + options.TotalTimeout;
    }

    /// <summary>Whether <see cref="PathEffect.Ended"/> has been returned.</summary>
    public bool IsOver { get; private set; }

    /// <summary>The best path so far; null if none has authenticated.</summary>
    public PathKind? Chosen { get; private set; }

    /// <summary>When <see cref="Tick"/> next has something to do; null once the run is over.</summary>
    public TimeSpan? Deadline =>
        IsOver ? null : _parts.Select(part => part.Deadline).Append(OwnDeadline).Append(_end).Min();

    protected PathPlan Plan { get; }

    protected PathOutput Output { get; }

    protected PunchTries Tries { get; }

    protected RelayAttempt Relay { get; }

    /// <summary>Whether nothing runs or waits in any part.</summary>
    protected bool IsIdle => _parts.All(part => part.IsIdle);

    /// <summary>Whether the relay is a candidate.</summary>
    protected bool WantsRelay => Plan.MayRelay && !Plan.IsUpgrade;

    protected abstract TimeSpan? OwnDeadline { get; }

    /// <summary>Whether nothing can follow once all parts are idle.</summary>
    protected abstract bool IsExhausted { get; }

    /// <summary>Starts the run.</summary>
    public IReadOnlyList<PathEffect> Start(TimeSpan now) => Step(now, () => Begin(now));

    /// <summary>Records that TCP has connected, or with the relay, that the leg is open. TLS follows.</summary>
    /// <param name="remote">With <see cref="PathEffect.Punch"/>: the other end of the first socket.</param>
    public IReadOnlyList<PathEffect> Connected(int attempt, TimeSpan now, IPEndPoint? remote = null) =>
        Step(now, () => ForEach(part => part.Connected(attempt, remote, now)));

    /// <summary>Records that the attempt has authenticated the expected key.</summary>
    /// <param name="remote">With <see cref="PathEffect.Punch"/>: the other end of the socket.</param>
    public IReadOnlyList<PathEffect> Authenticated(int attempt, TimeSpan now, IPEndPoint? remote = null)
    {
        var kind = IsOver
            ? null
            : _parts.Select(part => part.Authenticated(attempt, remote, now)).FirstOrDefault(kind => kind is not null);
        return kind is { } found ? Step(now, () => Choose(attempt, found, now)) : [new PathEffect.Cancel(attempt)];
    }

    /// <summary>Records that the attempt has failed. Its sockets must be closed.</summary>
    public IReadOnlyList<PathEffect> Failed(int attempt, PathOutcome outcome, TimeSpan now) =>
        Step(now, () => ForEach(part => part.Failed(attempt, outcome, now)));

    /// <summary>Records that one target of a <see cref="PathEffect.Punch"/> has failed. The try goes on.</summary>
    public IReadOnlyList<PathEffect> TargetFailed(int attempt, IPEndPoint target, PathOutcome outcome, TimeSpan now) =>
        Step(now, () => Tries.TargetFailed(attempt, target, outcome, now));

    /// <summary>
    /// Records that the session cannot be used. Tries and relay end; addresses are still dialled.
    /// </summary>
    public IReadOnlyList<PathEffect> SessionFailed(PathOutcome outcome, TimeSpan now) =>
        Step(now, () => LoseSession(outcome, now));

    /// <summary>Ends the run, because another link is open, the user has cancelled, or time is up.</summary>
    /// <param name="outcome">The reported outcome of attempts that are still running.</param>
    public IReadOnlyList<PathEffect> Stop(TimeSpan now, PathOutcome outcome = PathOutcome.Superseded) =>
        Step(now, () => End(outcome, now));

    /// <summary>Checks timeouts and starts what is due.</summary>
    public IReadOnlyList<PathEffect> Tick(TimeSpan now) => Step(now, () => ForEach(part => part.Tick(now)));

    /// <summary>Returns the report, which is complete once the run is over.</summary>
    /// <param name="startedAt">The time of the start, by this machine's clock.</param>
    public PathReport Report(Username with, DateTimeOffset startedAt) => Output.Log.Report(with, startedAt, Chosen);

    protected abstract void Begin(TimeSpan now);

    /// <summary>Does what is due after an input.</summary>
    protected abstract void Advance(TimeSpan now);

    /// <summary>Closes the session for good.</summary>
    protected abstract void CloseSession(TimeSpan now);

    /// <summary>Adds a part that only one of the two sides has.</summary>
    protected void Add(IPathPart part) => _parts.Add(part);

    protected IReadOnlyList<PathEffect> Step(TimeSpan now, Action handle)
    {
        if (IsOver)
        {
            return [];
        }

        handle();
        if (!IsOver)
        {
            Advance(now);
        }

        if (!IsOver && (now >= _end || (IsIdle && IsExhausted)))
        {
            End(now >= _end ? PathOutcome.TimedOut : PathOutcome.Superseded, now);
        }

        return Output.Take();
    }

    protected void LoseSession(PathOutcome outcome, TimeSpan now)
    {
        CloseSession(now);
        if (Plan.MayPunch && Tries.Try == 0)
        {
            Output.Log.Skip(PathKind.Punched, "", outcome, now);
        }

        if (WantsRelay)
        {
            Relay.Skip(outcome, now);
        }

        Tries.Stop(outcome, now);
        Relay.Stop(outcome, now);
    }

    private void Choose(int attempt, PathKind kind, TimeSpan now)
    {
        if (Plan.IsTest)
        {
            Output.Add(new PathEffect.Cancel(attempt));
            Chosen = Chosen is { } best && best < kind ? best : kind;
            return;
        }

        Output.Add(new PathEffect.Carry(attempt, kind, Plan.IsUpgrade || Chosen is not null));
        Chosen = kind;
        if (kind != PathKind.Relayed)
        {
            End(PathOutcome.Superseded, now);
        }
    }

    private void End(PathOutcome outcome, TimeSpan now)
    {
        CloseSession(now);
        ForEach(part => part.Stop(outcome, now));
        if (WantsRelay)
        {
            Relay.Skip(outcome, now);
        }

        IsOver = true;
        Output.Add(new PathEffect.Ended(Chosen is null ? Output.Log.MostSpecific : null));
    }

    private void ForEach(Action<IPathPart> action)
    {
        foreach (var part in _parts)
        {
            action(part);
        }
    }
}
