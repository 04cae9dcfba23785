using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Protocol.Records;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Node.Paths;

/// <summary>
/// Races the addresses of a peer against each other (Happy Eyeballs, RFC 8305): attempts start a short delay apart, the
/// families alternate, and the first to authenticate wins. A part of <see cref="CallerPathMachine"/>.
/// </summary>
internal sealed class DirectRace(PathPlan plan, PathOutput output) : IPathPart
{
    private const int LanOrder = -1;

    private readonly CandidateRules _rules = new(plan.Context, plan.Endpoints);
    private readonly CandidateQueue _waiting = new();
    private readonly HashSet<IPEndPoint> _known = [];
    private readonly Dictionary<int, Lookup> _lookups = [];
    private readonly Dictionary<int, Attempt> _attempts = [];
    private readonly HashSet<int> _resolved = [];
    private readonly List<DirectCandidate> _silent = [];
    private TimeSpan _nextStart;
    private bool _hasAccepted;
    private bool _isLimitSpent;
    private bool _isFull;

    /// <summary>Whether <see cref="Start"/> has been called.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>
    /// The start of the oldest attempt without an answer; null if there is none, or any address has accepted TCP.
    /// </summary>
    public TimeSpan? SilentSince =>
        _hasAccepted || _attempts.Count == 0
            ? null
            : _attempts.Values.Min(attempt => attempt.Deadline) - Options.ConnectTimeout;

    private PathOptions Options => output.Options;

    public bool IsIdle => _waiting.IsEmpty && _lookups.Count == 0 && _attempts.Count == 0;

    public TimeSpan? Deadline =>
        _attempts
            .Values.Select(attempt => attempt.Deadline)
            .Concat(_lookups.Values.Select(lookup => lookup.Deadline))
            .Concat(_waiting.IsEmpty ? [] : [Later(_nextStart, _waiting.NextAt)])
            .Select(time => (TimeSpan?)time)
            .Min();

    public void Start(TimeSpan now)
    {
        (IsStarted, _nextStart) = (true, now);
        if (!plan.MayDial)
        {
            SkipAll(PathOutcome.NotAllowed, now);
            return;
        }

        foreach (var address in plan.LanAddresses)
        {
            Add(LanOrder, new IPEndPoint(address.Address.Unmap(), address.Port), default, now);
        }

        foreach (var (order, endpoint) in plan.Endpoints.Index())
        {
            if (endpoint.Transport != Transport.Tcp || endpoint.Port is 0 or > ushort.MaxValue)
            {
                continue;
            }

            if (IPAddress.TryParse(endpoint.Host, out var address))
            {
                Add(order, new IPEndPoint(address.Unmap(), (int)endpoint.Port), endpoint.Kind, now);
                continue;
            }

            AddLookup(order, endpoint, AddressFamily.InterNetworkV6, now);
            AddLookup(order, endpoint, AddressFamily.InterNetwork, now);
        }

        Advance(now);
    }

    /// <summary>Handles the result of a <see cref="PathEffect.Resolve"/>.</summary>
    /// <param name="addresses">Empty if the lookup failed.</param>
    public void Resolved(int lookup, IReadOnlyList<IPAddress> addresses, TimeSpan now)
    {
        if (_lookups.Remove(lookup, out var pending))
        {
            AddResolved(pending, addresses, now);
            Advance(now);
        }
    }

    public void Connected(int attempt, IPEndPoint? remote, TimeSpan now)
    {
        if (_attempts.TryGetValue(attempt, out var running))
        {
            _hasAccepted = true;
            _attempts[attempt] = running with { Deadline = now + Options.HandshakeTimeout, IsConnected = true };
            // TLS to a distant peer takes longer than the delay, so the next attempt waits for another delay.
            _nextStart = Later(_nextStart, now + Options.AttemptDelay);
        }
    }

    public void Failed(int attempt, PathOutcome outcome, TimeSpan now)
    {
        if (_attempts.Remove(attempt, out var failed))
        {
            End(failed, outcome, now);
            Advance(now);
        }
    }

    public PathKind? Authenticated(int attempt, IPEndPoint? remote, TimeSpan now)
    {
        if (!_attempts.Remove(attempt, out var winner))
        {
            return null;
        }

        output.Log.End(winner.Row, PathOutcome.Authenticated, now);
        return winner.Candidate.Kind;
    }

    public void Tick(TimeSpan now)
    {
        foreach (var (number, attempt) in _attempts.Where(attempt => attempt.Value.Deadline <= now).ToList())
        {
            _ = _attempts.Remove(number);
            output.Add(new PathEffect.Cancel(number));
            End(attempt, attempt.TimeOut, now);
        }

        foreach (var (number, lookup) in _lookups.Where(lookup => lookup.Value.Deadline <= now).ToList())
        {
            _ = _lookups.Remove(number);
            AddResolved(lookup, [], now);
        }

        Advance(now);
    }

    /// <summary>
    /// Dials the addresses that have not answered once more, as far as the SYN budget allows: a SYN may have been lost.
    /// </summary>
    public void DialAgain(TimeSpan now)
    {
        foreach (var candidate in _silent.Where(candidate => output.Budget.Allows(candidate.Address)))
        {
            _waiting.Add(candidate);
        }

        _silent.Clear();
        Advance(now);
    }

    public void Stop(PathOutcome outcome, TimeSpan now)
    {
        if (!IsStarted)
        {
            SkipAll(outcome, now);
        }

        foreach (var (number, attempt) in _attempts)
        {
            output.Add(new PathEffect.Cancel(number));
            var isTimeOut = attempt.Deadline <= now || outcome == PathOutcome.TimedOut;
            output.Log.End(attempt.Row, isTimeOut ? attempt.TimeOut : outcome, now);
        }

        foreach (var candidate in _waiting.Clear())
        {
            Skip(candidate.Kind, candidate.Address, outcome, now);
        }

        foreach (var order in _lookups.Values.Select(lookup => lookup.Order).Distinct())
        {
            SkipName(order, outcome, now);
        }

        _attempts.Clear();
        _lookups.Clear();
        _silent.Clear();
        IsStarted = true;
    }

    private void Advance(TimeSpan now)
    {
        while (!_waiting.IsEmpty && Later(_nextStart, _waiting.NextAt) <= now)
        {
            var candidate = _waiting.Take(now);
            if (candidate.IsLimited && _isLimitSpent)
            {
                Skip(candidate.Kind, candidate.Address, PathOutcome.NotConfirmed, now);
            }
            else if (!output.Budget.TrySpend(candidate.Address))
            {
                Skip(candidate.Kind, candidate.Address, PathOutcome.OverLimit, now);
            }
            else
            {
                Begin(candidate, now);
            }
        }
    }

    private void Begin(DirectCandidate candidate, TimeSpan now)
    {
        var number = output.NextNumber();
        var row = output.Log.Begin(candidate.Kind, candidate.Address.ToString(), now);
        _attempts.Add(number, new Attempt(candidate, row, now + Options.ConnectTimeout, IsConnected: false));
        output.Add(new PathEffect.Connect(number, candidate.Address, candidate.Kind));
        _nextStart = now + Options.AttemptDelay;
        _isLimitSpent |= candidate.IsLimited;
    }

    // The next attempt starts at once after a failure (RFC 8305, section 5).
    private void End(Attempt attempt, PathOutcome outcome, TimeSpan now)
    {
        output.Log.End(attempt.Row, outcome, now);
        _nextStart = now;
        if (outcome == PathOutcome.TimedOut && !attempt.Candidate.IsLimited)
        {
            _silent.Add(attempt.Candidate);
        }

        // No SYN has left this machine.
        _isLimitSpent &= !(outcome == PathOutcome.NoRoute && attempt.Candidate.IsLimited);
    }

    private void AddResolved(Lookup lookup, IReadOnlyList<IPAddress> addresses, TimeSpan now)
    {
        var endpoint = plan.Endpoints[lookup.Order];
        var awaitsOther = _lookups.Values.Any(other => other.Order == lookup.Order);
        var isIPv4 = lookup.Family == AddressFamily.InterNetwork;
        foreach (var address in addresses.Where(address => address.AddressFamily == lookup.Family))
        {
            var endPoint = new IPEndPoint(address.Unmap(), (int)endpoint.Port);
            Add(lookup.Order, endPoint, endpoint.Kind, now, isIPv4 && awaitsOther ? Options.ResolutionDelay : default);
        }

        if (!isIPv4)
        {
            _waiting.Release(lookup.Order);
        }

        if (addresses.Count > 0)
        {
            _ = _resolved.Add(lookup.Order);
        }
        else if (!awaitsOther && !_resolved.Contains(lookup.Order))
        {
            SkipName(lookup.Order, PathOutcome.NotResolved, now);
        }
    }

    private void AddLookup(int order, Endpoint endpoint, AddressFamily family, TimeSpan now)
    {
        var number = output.NextNumber();
        _lookups.Add(number, new Lookup(order, family, now + Options.LookupTimeout));
        output.Add(new PathEffect.Resolve(number, endpoint.Host, family));
    }

    private void Add(int order, IPEndPoint endPoint, CandidateKind kind, TimeSpan now, TimeSpan delay = default)
    {
        if (_known.Contains(endPoint) || _isFull)
        {
            return;
        }

        if (_known.Count >= Options.MaxAddresses)
        {
            _isFull = true;
            SkipName(order, PathOutcome.OverLimit, now);
            return;
        }

        _ = _known.Add(endPoint);
        var isLan = order == LanOrder;
        var verdict = isLan ? _rules.CheckLan(endPoint) : _rules.Check(endPoint, kind);
        var pathKind = isLan ? PathKind.Lan : PathKind.Direct;
        if (verdict.Refusal is { } refusal)
        {
            Skip(pathKind, endPoint, refusal, now);
            return;
        }

        _waiting.Add(new DirectCandidate(order, endPoint, pathKind, now + delay, verdict.IsLimited));
    }

    private void Skip(PathKind kind, IPEndPoint endPoint, PathOutcome outcome, TimeSpan now) =>
        output.Log.Skip(kind, endPoint.ToString(), outcome, now);

    private void SkipName(int order, PathOutcome outcome, TimeSpan now) =>
        output.Log.Skip(PathKind.Direct, AdvertisedEndpoints.Text(plan.Endpoints[order]), outcome, now);

    private void SkipAll(PathOutcome outcome, TimeSpan now)
    {
        foreach (var order in Enumerable.Range(0, plan.Endpoints.Count))
        {
            SkipName(order, outcome, now);
        }
    }

    private static TimeSpan Later(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private readonly record struct Lookup(int Order, AddressFamily Family, TimeSpan Deadline);

    private readonly record struct Attempt(DirectCandidate Candidate, int Row, TimeSpan Deadline, bool IsConnected)
    {
        public PathOutcome TimeOut => IsConnected ? PathOutcome.HandshakeTimedOut : PathOutcome.TimedOut;
    }
}
