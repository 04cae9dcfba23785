using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Diagnostics;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Relay.Sessions;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Discovery.Relay.Legs;

/// <summary>
/// The relayed sessions of this replica, within the limits of <see cref="RelayOptions"/>. Thread-safe.
/// </summary>
internal sealed class RelayTable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(30);

    private readonly RelayOptions _options;
    private readonly DirectoryMetrics _directoryMetrics;
    private readonly RelayMetrics _metrics;
    private readonly TimeProvider _timeProvider;
    private readonly Lock _gate = new();
    private readonly Dictionary<PathSession, Entry> _sessions = [];
    private readonly Dictionary<string, int> _legs = new(StringComparer.Ordinal);
    private bool _isStopping;

    public RelayTable(
        IOptions<DirectoryOptions> options,
        DirectoryMetrics directoryMetrics,
        RelayMetrics metrics,
        TimeProvider timeProvider,
        IHostApplicationLifetime lifetime
    )
    {
        _options = options.Value.Relay;
        _directoryMetrics = directoryMetrics;
        _metrics = metrics;
        _timeProvider = timeProvider;
        lifetime.ApplicationStopping.Register(Stop);
    }

    /// <summary>Takes a slot for a leg. Release it with <see cref="Leave"/>.</summary>
    /// <param name="address">The peer's address, as <see cref="ClientAddress"/> identifies it.</param>
    /// <exception cref="ProblemException">A limit is reached.</exception>
    public RelaySession Enter(SessionSide side, string address)
    {
        lock (_gate)
        {
            var isNew = !_sessions.TryGetValue(side.Session, out var entry);
            if (
                isNew && _sessions.Count >= _options.SessionsInTotal
                || _legs.GetValueOrDefault(side.Self.PeerId) >= _options.SessionsPerIdentity
                || _legs.GetValueOrDefault(Key(address)) >= _options.SessionsPerAddress
            )
            {
                _directoryMetrics.RateLimited("relay-sessions");
                throw new ProblemException(PathProblems.TooManySessions(RetryAfter));
            }

            if (entry is null)
            {
                entry = new Entry(new RelaySession(_options, _timeProvider));
                _sessions.Add(side.Session, entry);
                if (_isStopping)
                {
                    entry.Session.End(RelayClose.Stopping);
                }
                else if (side.Session.HasLeg(!side.IsCaller))
                {
                    // A leg is opened once, so the other peer cannot open another.
                    entry.Session.End(RelayClose.PeerLeft);
                }
            }

            entry.Legs++;
            Count(side.Self.PeerId, 1);
            Count(Key(address), 1);
            return entry.Session;
        }
    }

    /// <inheritdoc cref="Enter"/>
    public void Leave(SessionSide side, string address)
    {
        RelaySession session;
        lock (_gate)
        {
            Count(side.Self.PeerId, -1);
            Count(Key(address), -1);
            var entry = _sessions[side.Session];
            if (--entry.Legs > 0)
            {
                return;
            }

            session = entry.Session;
            _sessions.Remove(side.Session);
        }

        _metrics.Moved(session.TakeBytes());
        if (session is { IsPaired: true, Reason: { } reason })
        {
            _metrics.Ended(reason, session.Age);
        }

        session.Dispose();
    }

    /// <summary>Ends the sessions that have reached a limit of time.</summary>
    public void Sweep()
    {
        foreach (var session in All())
        {
            _metrics.Moved(session.CheckTime());
        }
    }

    private void Stop()
    {
        lock (_gate)
        {
            _isStopping = true;
        }

        foreach (var session in All())
        {
            session.End(RelayClose.Stopping);
        }
    }

    private List<RelaySession> All()
    {
        lock (_gate)
        {
            return _sessions.Count == 0 ? [] : [.. _sessions.Values.Select(entry => entry.Session)];
        }
    }

    // Never equal to a PeerId, which has no colon.
    private static string Key(string address) => "address:" + address;

    private void Count(string key, int change)
    {
        var count = _legs.GetValueOrDefault(key) + change;
        if (count == 0)
        {
            _legs.Remove(key);
        }
        else
        {
            _legs[key] = count;
        }
    }

    private sealed class Entry(RelaySession session)
    {
        public RelaySession Session => session;

        /// <summary>Number of legs that hold a slot.</summary>
        public int Legs { get; set; }
    }
}
