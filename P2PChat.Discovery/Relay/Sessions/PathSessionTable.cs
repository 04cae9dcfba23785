using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Diagnostics;
using P2PChat.Discovery.Http;
using P2PChat.Protocol.Paths;

namespace P2PChat.Discovery.Relay.Sessions;

/// <summary>Keeps this replica's path sessions in memory, within the limits of <see cref="PathOptions"/>.</summary>
internal sealed class PathSessionTable(
    DirectoryMetrics metrics,
    IOptions<DirectoryOptions> options,
    TimeProvider timeProvider
) : IPathSessions
{
    private readonly PathOptions _options = options.Value.Paths;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _sessions = new(StringComparer.Ordinal);

    // All sessions last equally long, so they end in the order of their start.
    private readonly Queue<Entry> _byEnd = new();
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <param name="EndsAt">A monotonic timestamp.</param>
    private sealed record Entry(PathSession Session, PathToken CallerToken, PathToken CalleeToken, long EndsAt);

    public string ReplicaId { get; } = PathToken.NewReplicaId();

    /// <summary>Number of open sessions.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                RemoveEnded();
                return _sessions.Count;
            }
        }
    }

    /// <summary>Starts a session.</summary>
    /// <param name="address">The caller's address, as <see cref="ClientAddress"/> identifies it.</param>
    /// <returns>The session, and the texts of both tokens.</returns>
    /// <exception cref="ProblemException">A limit is reached.</exception>
    public (PathSession Session, string CallerToken, string CalleeToken) Start(
        PathParty caller,
        PathParty callee,
        string address,
        SignedPath request
    )
    {
        lock (_gate)
        {
            RemoveEnded();
            var id = PathToken.NewSessionId();
            var session = new PathSession(
                id,
                caller,
                callee,
                address,
                request,
                timeProvider.GetUtcNow() + _options.Kept
            );
            CheckLimits(session);
            var entry = new Entry(
                session,
                PathToken.Create(id, ReplicaId, out var callerToken),
                PathToken.Create(id, ReplicaId, out var calleeToken),
                timeProvider.GetTimestamp() + (long)(_options.Kept.TotalSeconds * timeProvider.TimestampFrequency)
            );
            _sessions.Add(id, entry);
            _byEnd.Enqueue(entry);
            foreach (var (key, _) in LimitsOf(session))
            {
                _counts[key] = _counts.GetValueOrDefault(key) + 1;
            }

            return (session, callerToken, calleeToken);
        }
    }

    public SessionSide? Find(string sessionId, PathToken token)
    {
        lock (_gate)
        {
            RemoveEnded();
            if (token.SessionId != sessionId || !_sessions.TryGetValue(sessionId, out var entry))
            {
                return null;
            }

            return token.Matches(entry.CallerToken) ? new SessionSide(entry.Session, IsCaller: true)
                : token.Matches(entry.CalleeToken) ? new SessionSide(entry.Session, IsCaller: false)
                : null;
        }
    }

    public SessionSide? OpenLeg(string sessionId, PathToken token) =>
        Find(sessionId, token) is { } side && side.Session.TryOpenLeg(side.IsCaller) ? side : null;

    private void CheckLimits(PathSession session)
    {
        if (
            _sessions.Count >= _options.SessionsInTotal
            || LimitsOf(session).Any(limit => _counts.GetValueOrDefault(limit.Key) >= limit.Most)
        )
        {
            metrics.RateLimited("path-sessions");
            throw new ProblemException(PathProblems.TooManySessions(_options.Kept));
        }
    }

    private (string Key, int Most)[] LimitsOf(PathSession session) =>
        [
            ($"{session.Caller.PeerId} {session.Callee.PeerId}", _options.SessionsPerPair),
            (session.Caller.PeerId, _options.SessionsPerIdentity),
            // Never equal to a PeerId, which has no colon.
            ("to:" + session.Callee.PeerId, _options.SessionsPerCallee),
            ($"to:{session.Callee.PeerId} {session.Address}", _options.SessionsPerCalleeAndAddress),
            ("address:" + session.Address, _options.SessionsPerAddress),
        ];

    private void RemoveEnded()
    {
        var now = timeProvider.GetTimestamp();
        while (_byEnd.TryPeek(out var entry) && entry.EndsAt <= now)
        {
            _ = _byEnd.Dequeue();
            _ = _sessions.Remove(entry.Session.Id);
            foreach (var (key, _) in LimitsOf(entry.Session))
            {
                if (--_counts[key] == 0)
                {
                    _ = _counts.Remove(key);
                }
            }
        }
    }
}
