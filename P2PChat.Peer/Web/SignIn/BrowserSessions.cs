using System.Text.Json;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Records;

namespace P2PChat.Peer.Web.SignIn;

/// <summary>
/// Manages signed-in browsers. Sessions survive a restart of the peer, so that open pages reconnect. Thread-safe.
/// </summary>
internal sealed partial class BrowserSessions
{
    private const string FileName = "browser-sessions.json";

    // If one more browser signs in, the oldest session ends.
    private const int MaxSessions = 32;

    private readonly Lock _gate = new();
    private readonly DataDirectory _directory;
    private readonly TimeSpan _lifetime;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<BrowserSessions> _logger;
    private readonly SaveState _saveState;
    private readonly List<BrowserSession> _sessions;
    private readonly Dictionary<string, CancellationTokenSource> _endings = [];

    // Each session's remaining lifetime, by the monotonic clock since this process first saw it.
    private readonly Dictionary<string, (long SeenAt, TimeSpan Left)> _limits = [];

    public BrowserSessions(
        DataDirectory directory,
        PeerOptions options,
        TimeProvider timeProvider,
        ILogger<BrowserSessions> logger
    )
    {
        _directory = directory;
        _lifetime = options.BrowserSessionLifetime;
        _timeProvider = timeProvider;
        _logger = logger;
        _saveState = new SaveState(timeProvider);
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

    /// <summary>Signs a browser in.</summary>
    /// <returns>The session and the secret for its cookie.</returns>
    public (BrowserSession Session, string Secret) Begin(string browser)
    {
        var secret = Secret.New();
        var now = _timeProvider.GetUtcNow();
        var session = new BrowserSession(Secret.HashOf(secret), browser, now, now + _lifetime);
        lock (_gate)
        {
            foreach (var old in _sessions.Where(old => !IsLive(old)).ToList())
            {
                Remove(old);
            }

            if (_sessions.Count >= MaxSessions)
            {
                Remove(_sessions[0]);
            }

            _sessions.Add(session);
            Limit(session);
            Save();
        }

        return (session, secret);
    }

    /// <returns>The session of a cookie's secret; null if there is none or it has ended.</returns>
    public BrowserSession? Find(string secret)
    {
        var hash = Secret.HashOf(secret);
        lock (_gate)
        {
            return _sessions.Find(session => session.Hash == hash && IsLive(session));
        }
    }

    /// <summary>Calls back once when the session ends, or now if it has ended.</summary>
    /// <returns>Dispose it to cancel the callback.</returns>
    public IDisposable OnEnd(BrowserSession session, Action callback)
    {
        lock (_gate)
        {
            if (_sessions.Contains(session) && IsLive(session))
            {
                if (!_endings.TryGetValue(session.Hash, out var end))
                {
                    // A file that this program did not write may hold a time that is too far away for a timer.
                    var left = session.ExpiresAt - _timeProvider.GetUtcNow();
                    _endings.Add(
                        session.Hash,
                        end = new CancellationTokenSource(left < _lifetime ? left : _lifetime, _timeProvider)
                    );
                }

                return end.Token.Register(callback);
            }
        }

        callback();
        return CancellationToken.None.Register(() => { });
    }

    public void End(BrowserSession session) => End(other => other.Hash == session.Hash);

    public void EndAll() => End(_ => true);

    private void End(Func<BrowserSession, bool> predicate)
    {
        lock (_gate)
        {
            foreach (var session in _sessions.Where(predicate).ToList())
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
        // Asynchronously, because the callbacks must not run under this lock.
        if (_endings.Remove(session.Hash, out var end))
        {
            _ = end.CancelAsync();
        }
    }

    private void Limit(BrowserSession session) =>
        _limits[session.Hash] = (_timeProvider.GetTimestamp(), session.ExpiresAt - _timeProvider.GetUtcNow());

    // A session ends as soon as either clock says so. A start in the future was taken from a wrong clock.
    private bool IsLive(BrowserSession session) =>
        _timeProvider.GetUtcNow() is var now
        && session.ExpiresAt > now
        && session.SignedInAt - now <= SignedRecord.ClockSkew
        && _limits.TryGetValue(session.Hash, out var limit)
        && _timeProvider.GetElapsedTime(limit.SeenAt) < limit.Left;

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
            if (_saveState.Saved())
            {
                LogSaved();
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (_saveState.Failed())
            {
                LogNotSaved(SaveState.FailureReason(exception));
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The file of signed-in browsers is damaged. They must sign in again.")]
    private partial void LogDamaged();

    [LoggerMessage(
        LogLevel.Warning,
        "Saving the signed-in browsers failed ({Error}). Free disk space or repair the data directory."
    )]
    private partial void LogNotSaved(string error);

    [LoggerMessage(LogLevel.Warning, "Saving the signed-in browsers works again.")]
    private partial void LogSaved();
}
