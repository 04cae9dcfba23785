using System.Text.Json;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Records;

namespace P2PChat.Peer.Web.SignIn;

/// <summary>
/// The browsers that are signed in. They stay so across restarts of the peer, so that a page that is open comes back by
/// itself. Thread-safe.
/// </summary>
internal sealed partial class BrowserSessions
{
    private const string FileName = "browser-sessions.json";

    // One more browser, and the one that signed in longest ago is signed out.
    private const int Max = 32;

    private readonly Lock _gate = new();
    private readonly DataDirectory _directory;
    private readonly TimeSpan _lifetime;
    private readonly TimeProvider _time;
    private readonly ILogger<BrowserSessions> _logger;
    private readonly SaveState _state;
    private readonly List<BrowserSession> _sessions;
    private readonly Dictionary<string, CancellationTokenSource> _ends = [];

    // Each session's remaining time, by steady time since this process first saw it.
    private readonly Dictionary<string, (long SeenAt, TimeSpan Left)> _limits = [];

    public BrowserSessions(
        DataDirectory directory,
        PeerOptions options,
        TimeProvider time,
        ILogger<BrowserSessions> logger
    )
    {
        _directory = directory;
        _lifetime = options.BrowserSessionLifetime;
        _time = time;
        _logger = logger;
        _state = new SaveState(time);
        _sessions = Load();
        foreach (var session in _sessions)
        {
            Limit(session);
        }
    }

    public IReadOnlyList<BrowserSession> All
    {
        get
        {
            lock (_gate)
            {
                return [.. _sessions.Where(IsLive)];
            }
        }
    }

    /// <returns>The session, and the secret for its cookie.</returns>
    public (BrowserSession Session, string Secret) Begin(string browser)
    {
        var secret = Secret.New();
        var now = _time.GetUtcNow();
        var session = new BrowserSession(Secret.HashOf(secret), browser, now, now + _lifetime);
        lock (_gate)
        {
            foreach (var old in _sessions.Where(old => !IsLive(old)).ToList())
            {
                Remove(old);
            }

            if (_sessions.Count >= Max)
            {
                Remove(_sessions[0]);
            }

            _sessions.Add(session);
            Limit(session);
            Save();
        }

        return (session, secret);
    }

    /// <returns>Null for a secret that opens nothing, or does not any more.</returns>
    public BrowserSession? Find(string secret)
    {
        var hash = Secret.HashOf(secret);
        lock (_gate)
        {
            return _sessions.Find(session => session.Hash == hash && IsLive(session));
        }
    }

    /// <summary>Calls back once when the session ends, at once if it has; what is returned takes the call back off.</summary>
    public IDisposable OnEnd(BrowserSession session, Action ended)
    {
        lock (_gate)
        {
            if (_sessions.Contains(session) && IsLive(session))
            {
                if (!_ends.TryGetValue(session.Hash, out var end))
                {
                    // This program never wrote an end later than a new session's, and it may be too late for a timer.
                    var left = session.ExpiresAt - _time.GetUtcNow();
                    _ends.Add(
                        session.Hash,
                        end = new CancellationTokenSource(left < _lifetime ? left : _lifetime, _time)
                    );
                }

                return end.Token.Register(ended);
            }
        }

        ended();
        return CancellationToken.None.Register(() => { });
    }

    public void End(BrowserSession session) => End(one => one.Hash == session.Hash);

    public void EndAll() => End(_ => true);

    private void End(Func<BrowserSession, bool> which)
    {
        lock (_gate)
        {
            foreach (var session in _sessions.Where(which).ToList())
            {
                Remove(session);
            }

            Save();
        }
    }

    private void Remove(BrowserSession session)
    {
        _sessions.Remove(session);
        _ = _limits.Remove(session.Hash);
        // Not here and now: what waits for it would run under this lock.
        if (_ends.Remove(session.Hash, out var end))
        {
            _ = end.CancelAsync();
        }
    }

    private void Limit(BrowserSession session) =>
        _limits[session.Hash] = (_time.GetTimestamp(), session.ExpiresAt - _time.GetUtcNow());

    // A session ends as soon as either clock says so. One begun in the future came from a wrong clock.
    private bool IsLive(BrowserSession session) =>
        _time.GetUtcNow() is var now
        && session.ExpiresAt > now
        && session.SignedInAt - now <= SignedRecord.ClockSkew
        && _limits.TryGetValue(session.Hash, out var limit)
        && _time.GetElapsedTime(limit.SeenAt) < limit.Left;

    private List<BrowserSession> Load()
    {
        try
        {
            return _directory.Read(FileName) is { } json
                ?
                [
                    .. JsonSerializer
                        .Deserialize(json, BrowserSessionsJson.Default.BrowserSessionsFile)
                        ?.Sessions.OfType<BrowserSession>()
                        ?? [],
                ]
                : [];
        }
        catch (JsonException)
        {
            // Nothing is lost but that browsers must sign in again.
            LogDamaged();
            return [];
        }
    }

    private void Save()
    {
        try
        {
            _directory.Write(
                FileName,
                JsonSerializer.Serialize(
                    new BrowserSessionsFile(_sessions),
                    BrowserSessionsJson.Default.BrowserSessionsFile
                )
            );
            if (_state.Saved())
            {
                LogSaved();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (_state.Failed())
            {
                LogNotSaved(SaveState.FailureReason(e));
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The file of signed-in browsers is damaged: they must sign in again.")]
    private partial void LogDamaged();

    [LoggerMessage(
        LogLevel.Warning,
        "Which browsers are signed in cannot be saved ({Error}): free some space or mend the data directory."
    )]
    private partial void LogNotSaved(string error);

    [LoggerMessage(LogLevel.Warning, "Which browsers are signed in is saved again.")]
    private partial void LogSaved();
}
