using System.Net;
using System.Net.Sockets;
using P2PChat.Protocol.Records;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Node.Links;

/// <summary>
/// Races the addresses of a peer against each other (Happy Eyeballs, RFC 8305): attempts start a short delay apart, the
/// families alternate, and the first to authenticate wins. A state machine without I/O: inputs are method calls, and
/// each returns the effects to execute.
/// </summary>
/// <remarks>
/// Times are durations since a fixed moment, by a monotonic clock. Future kinds of candidates (a punched path, a relay)
/// become entries of <see cref="_waiting"/> with their own effect.
/// </remarks>
internal sealed class DialRace
{
    private readonly DialOptions _options;
    private readonly IReadOnlyList<Endpoint> _endpoints;
    private readonly List<Candidate> _waiting = [];
    private readonly HashSet<IPEndPoint> _known = [];
    private readonly Dictionary<int, Lookup> _lookups = [];
    private readonly Dictionary<int, Attempt> _attempts = [];
    private readonly List<DialFailure> _failures = [];
    private readonly TimeSpan _end;
    private List<DialEffect> _effects = [];
    private AddressFamily _nextFamily = AddressFamily.InterNetworkV6;
    private TimeSpan _nextStart;
    private int _lastNumber;

    /// <param name="endpoints">The endpoints of the peer's record. Their order is kept within a family.</param>
    public DialRace(IReadOnlyList<Endpoint> endpoints, DialOptions options, TimeSpan now)
    {
        _endpoints = endpoints;
        _options = options;
        _nextStart = now;
        _end = now + options.TotalTimeout;
    }

    /// <summary>Whether the race has been won or lost.</summary>
    public bool IsOver { get; private set; }

    /// <summary>One failure per failed address, in the order of the failures.</summary>
    public IReadOnlyList<DialFailure> Failures => _failures;

    /// <summary>When <see cref="Tick"/> next has something to do; null once the race is over.</summary>
    public TimeSpan? Deadline
    {
        get
        {
            if (IsOver)
            {
                return null;
            }

            var deadline = _end;
            if (_waiting.Count > 0)
            {
                Consider(NextStart);
            }

            foreach (var attempt in _attempts.Values)
            {
                Consider(attempt.Deadline);
            }

            foreach (var lookup in _lookups.Values)
            {
                Consider(lookup.Deadline);
            }

            return deadline;

            void Consider(TimeSpan time) => deadline = time < deadline ? time : deadline;
        }
    }

    /// <summary>Starts the race.</summary>
    public IReadOnlyList<DialEffect> Start(TimeSpan now)
    {
        for (var order = 0; order < _endpoints.Count; order++)
        {
            var endpoint = _endpoints[order];
            if (endpoint.Transport != Transport.Tcp || endpoint.Port is 0 or > ushort.MaxValue)
            {
                continue;
            }

            if (IPAddress.TryParse(endpoint.Host, out var address))
            {
                Add(order, address, (int)endpoint.Port, now);
                continue;
            }

            AddLookup(order, endpoint, AddressFamily.InterNetworkV6, now);
            AddLookup(order, endpoint, AddressFamily.InterNetwork, now);
        }

        return Advance(now);
    }

    /// <summary>Handles the result of a <see cref="DialEffect.Resolve"/>.</summary>
    /// <param name="addresses">Empty if the lookup failed.</param>
    public IReadOnlyList<DialEffect> Resolved(int lookup, IReadOnlyList<IPAddress> addresses, TimeSpan now)
    {
        if (IsOver || !_lookups.Remove(lookup, out var pending))
        {
            return [];
        }

        AddResolved(pending, addresses, now);
        return Advance(now);
    }

    private void AddResolved(Lookup lookup, IReadOnlyList<IPAddress> addresses, TimeSpan now)
    {
        var awaitsIPv6 =
            lookup.Family == AddressFamily.InterNetwork && _lookups.Values.Any(other => other.Order == lookup.Order);
        foreach (var address in addresses.Where(address => address.AddressFamily == lookup.Family))
        {
            Add(lookup.Order, address, lookup.Port, awaitsIPv6 ? now + _options.ResolutionDelay : now);
        }

        if (lookup.Family == AddressFamily.InterNetworkV6)
        {
            Release(lookup.Order);
        }

        if (addresses.Count == 0)
        {
            _failures.Add(DialFailure.NoAddress);
        }
    }

    /// <summary>Records that the attempt's TCP connect has succeeded. TLS follows.</summary>
    public IReadOnlyList<DialEffect> Connected(int attempt, TimeSpan now)
    {
        if (IsOver || !_attempts.ContainsKey(attempt))
        {
            return [];
        }

        _attempts[attempt] = new Attempt(now + _options.HandshakeTimeout, IsConnected: true);
        // TLS to a distant peer takes longer than the delay, so the next attempt waits for another delay.
        _nextStart = Later(_nextStart, now + _options.AttemptDelay);
        return Advance(now);
    }

    /// <summary>Records that the attempt has failed. Its socket must be closed.</summary>
    public IReadOnlyList<DialEffect> Failed(int attempt, DialFailure failure, TimeSpan now)
    {
        if (IsOver || !_attempts.Remove(attempt))
        {
            return [];
        }

        NoteFailure(failure, now);
        return Advance(now);
    }

    /// <summary>Records that the attempt has authenticated the expected key.</summary>
    public IReadOnlyList<DialEffect> Authenticated(int attempt, TimeSpan now)
    {
        if (IsOver || !_attempts.Remove(attempt))
        {
            return [new DialEffect.Cancel(attempt)];
        }

        End();
        return [new DialEffect.Won(attempt), .. TakeEffects()];
    }

    /// <summary>Checks timeouts and starts the attempts that are due.</summary>
    public IReadOnlyList<DialEffect> Tick(TimeSpan now)
    {
        if (IsOver)
        {
            return [];
        }

        foreach (
            var (number, attempt) in _attempts.Where(attempt => attempt.Value.Deadline <= now || now >= _end).ToList()
        )
        {
            _ = _attempts.Remove(number);
            _effects.Add(new DialEffect.Cancel(number));
            NoteFailure(attempt.IsConnected ? DialFailure.HandshakeTimedOut : DialFailure.TimedOut, now);
        }

        foreach (var (number, lookup) in _lookups.Where(lookup => lookup.Value.Deadline <= now).ToList())
        {
            _ = _lookups.Remove(number);
            AddResolved(lookup, [], now);
        }

        return Advance(now);
    }

    // The next attempt starts at once after a failure (RFC 8305, section 5).
    private void NoteFailure(DialFailure failure, TimeSpan now)
    {
        _failures.Add(failure);
        _nextStart = now;
    }

    private List<DialEffect> Advance(TimeSpan now)
    {
        while (now < _end && _waiting.Count > 0 && NextStart <= now)
        {
            Begin(TakeNext(now), now);
        }

        if (now >= _end || (_waiting.Count == 0 && _attempts.Count == 0 && _lookups.Count == 0))
        {
            End();
            _effects.Add(new DialEffect.Lost(_failures.Count == 0 ? DialFailure.NoAddress : _failures.Max()));
        }

        return TakeEffects();
    }

    private void Begin(Candidate candidate, TimeSpan now)
    {
        var number = ++_lastNumber;
        _attempts.Add(number, new Attempt(now + _options.ConnectTimeout, IsConnected: false));
        _effects.Add(new DialEffect.Connect(number, candidate.Address));
        _nextStart = now + _options.AttemptDelay;
    }

    // The families alternate, starting with IPv6 (RFC 8305, section 4). Each keeps the order of the record.
    private Candidate TakeNext(TimeSpan now)
    {
        var ready = _waiting
            .Where(candidate => candidate.NotBefore <= now)
            .OrderBy(candidate => candidate.Order)
            .ToList();
        var next = ready.FirstOrDefault(candidate => candidate.Address.AddressFamily == _nextFamily) ?? ready[0];
        _nextFamily =
            next.Address.AddressFamily == AddressFamily.InterNetworkV6
                ? AddressFamily.InterNetwork
                : AddressFamily.InterNetworkV6;
        _ = _waiting.Remove(next);
        return next;
    }

    private TimeSpan NextStart => Later(_nextStart, _waiting.Min(candidate => candidate.NotBefore));

    private void Add(int order, IPAddress address, int port, TimeSpan notBefore)
    {
        var endPoint = new IPEndPoint(address.Unmap(), port);
        if (_known.Count < _options.MaxAddresses && _known.Add(endPoint))
        {
            _waiting.Add(new Candidate(order, endPoint, notBefore));
        }
    }

    private void AddLookup(int order, Endpoint endpoint, AddressFamily family, TimeSpan now)
    {
        var number = ++_lastNumber;
        _lookups.Add(number, new Lookup(order, (int)endpoint.Port, family, now + _options.LookupTimeout));
        _effects.Add(new DialEffect.Resolve(number, endpoint.Host, family));
    }

    // The IPv6 result has arrived, so the IPv4 addresses of that name need not wait.
    private void Release(int order)
    {
        for (var i = 0; i < _waiting.Count; i++)
        {
            if (_waiting[i].Order == order)
            {
                _waiting[i] = _waiting[i] with { NotBefore = TimeSpan.MinValue };
            }
        }
    }

    private void End()
    {
        IsOver = true;
        foreach (var number in _attempts.Keys)
        {
            _effects.Add(new DialEffect.Cancel(number));
        }

        _attempts.Clear();
        _waiting.Clear();
        _lookups.Clear();
    }

    private List<DialEffect> TakeEffects()
    {
        var effects = _effects;
        _effects = [];
        return effects;
    }

    private static TimeSpan Later(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private sealed record Candidate(int Order, IPEndPoint Address, TimeSpan NotBefore);

    private readonly record struct Lookup(int Order, int Port, AddressFamily Family, TimeSpan Deadline);

    private readonly record struct Attempt(TimeSpan Deadline, bool IsConnected);
}
