using System.Net;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Protocol.Records;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Node.Paths;

/// <summary>
/// The simultaneous opens of a run. In each, both sides connect at the same moment, each from the port at which it
/// listens to every candidate of the other.
/// </summary>
internal sealed class PunchTries(PathOutput output) : IPathPart
{
    /// <summary>The attempt number of connections that arrive before the first try.</summary>
    public const int BeforeFirst = 0;

    private readonly Dictionary<IPEndPoint, Target> _open = [];
    private IReadOnlyList<IPEndPoint> _targets = [];
    private IReadOnlyList<IPAddress> _expected = [];
    private (int Number, TimeSpan Deadline)? _running;
    private int? _accepting;

    /// <inheritdoc cref="PathPlan.MaySend"/>
    public Func<IPAddress, bool> MaySend { get; init; } = _ => true;

    private readonly record struct Target(int Row, bool IsConnected);

    /// <summary>The last try that has begun; 0 before the first.</summary>
    public int Try { get; private set; }

    /// <summary>Whether one has succeeded.</summary>
    public bool HasAuthenticated { get; private set; }

    /// <summary>Whether the other side can be expected to connect.</summary>
    public bool IsPossible => _expected.Count > 0;

    public bool IsIdle => _running is null;

    public TimeSpan? Deadline => _running?.Deadline;

    /// <summary>Chooses the targets from the candidates of a path message. Host names are ignored.</summary>
    /// <param name="observed">Where the directory saw the other side; a NAT may show it there at any port.</param>
    public void Prepare(IReadOnlyList<Endpoint> candidates, CandidateRules rules, IPAddress? observed, TimeSpan now)
    {
        var targets = new HashSet<IPEndPoint>();
        foreach (var endpoint in candidates)
        {
            if (
                endpoint.Transport != Transport.Tcp
                || endpoint.Port is 0 or > ushort.MaxValue
                || !IPAddress.TryParse(endpoint.Host, out var address)
            )
            {
                continue;
            }

            var target = new IPEndPoint(address.Unmap(), (int)endpoint.Port);
            var verdict = rules.Check(target, endpoint.Kind);
            // A limited address gets a SYN only if this peer's user chose the moment, and that is a dial.
            var refusal = verdict.Refusal ?? (verdict.IsLimited ? PathOutcome.NotConfirmed : null);
            if (refusal is { } outcome)
            {
                output.Log.Skip(PathKind.Punched, target.ToString(), outcome, now);
            }
            else
            {
                _ = targets.Add(target);
            }
        }

        _targets = [.. targets];
        _expected = [.. targets.Select(target => target.Address).Concat(Observed()).Distinct()];

        IEnumerable<IPAddress> Observed() => observed is null || candidates.Count == 0 ? [] : [observed.Unmap()];
    }

    /// <summary>
    /// Accepts connections before the first try. No try may follow, because the answer may be lost.
    /// </summary>
    public void Await() => _accepting = BeforeFirst;

    public void Begin(int tryNumber, TimeSpan now)
    {
        Try = tryNumber;
        var targets = _targets
            .Where(target => output.Budget.Allows(target) && MaySend(target.Address) && output.Budget.TrySpend(target))
            .ToList();
        foreach (var target in targets)
        {
            _open.Add(target, new Target(BeginRow(target, now), IsConnected: false));
        }

        var number = output.NextNumber();
        (_running, _accepting) = ((number, now + output.Options.TryTimeout), number);
        output.Add(new PathEffect.Punch(number, tryNumber, targets, _expected));
    }

    public void Connected(int attempt, IPEndPoint? remote, TimeSpan now)
    {
        if (_running?.Number == attempt && remote is not null)
        {
            _open[remote] = new Target(RowOf(remote, now), IsConnected: true);
        }
    }

    /// <summary>
    /// Records that one target has failed. The try goes on, because the other side may still connect.
    /// </summary>
    public void TargetFailed(int attempt, IPEndPoint target, PathOutcome outcome, TimeSpan now)
    {
        if (_running?.Number == attempt && _open.Remove(target, out var failed))
        {
            output.Log.End(failed.Row, outcome, now);
        }
    }

    public void Failed(int attempt, PathOutcome outcome, TimeSpan now)
    {
        if (_running?.Number == attempt)
        {
            End(_ => outcome, now);
        }
    }

    public PathKind? Authenticated(int attempt, IPEndPoint? remote, TimeSpan now)
    {
        // The other side may start a little later, so a connection also counts after the try and before the next.
        if (_accepting != attempt)
        {
            return null;
        }

        (HasAuthenticated, _accepting) = (true, null);
        if (remote is not null)
        {
            output.Log.End(RowOf(remote, now), PathOutcome.Authenticated, now);
        }

        End(_ => PathOutcome.Superseded, now);
        return PathKind.Punched;
    }

    public void Tick(TimeSpan now)
    {
        if (_running is { } running && running.Deadline <= now)
        {
            output.Add(new PathEffect.Cancel(running.Number));
            End(TimeOut, now);
        }
    }

    public void Stop(PathOutcome outcome, TimeSpan now)
    {
        Tick(now);
        if (_running is { } running)
        {
            output.Add(new PathEffect.Cancel(running.Number));
            End(outcome == PathOutcome.TimedOut ? TimeOut : _ => outcome, now);
        }

        _accepting = null;
    }

    private static PathOutcome TimeOut(Target target) =>
        target.IsConnected ? PathOutcome.HandshakeTimedOut : PathOutcome.TimedOut;

    private void End(Func<Target, PathOutcome> outcome, TimeSpan now)
    {
        foreach (var target in _open.Values)
        {
            output.Log.End(target.Row, outcome(target), now);
        }

        _open.Clear();
        _running = null;
    }

    // A connection that the other side has opened may come from a port that is not among the targets.
    private int RowOf(IPEndPoint remote, TimeSpan now) =>
        _open.TryGetValue(remote, out var target) ? target.Row : BeginRow(remote, now);

    private int BeginRow(IPEndPoint target, TimeSpan now) =>
        output.Log.Begin(PathKind.Punched, target.ToString(), now, Try);
}
