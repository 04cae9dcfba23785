using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Passes on the signals of path sessions: those that other peers start, and what the other side of a session sends.
/// Thread-safe.
/// </summary>
internal sealed partial class PathSignals(
    PathRequestVerifier verifier,
    TimeProvider timeProvider,
    ILogger<PathSignals> logger
)
{
    private const int MaxIncoming = 64;
    private const int MaxEarly = 32;
    private static readonly TimeSpan EarlyLifetime = TimeSpan.FromSeconds(60);

    private readonly ILogger<PathSignals> _logger = logger;
    private readonly Channel<IncomingPath> _incoming = Channel.CreateBounded<IncomingPath>(
        new BoundedChannelOptions(MaxIncoming) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
        dropped => dropped.Dispose()
    );

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Action<PathSignal>> _listeners = new(StringComparer.Ordinal);

    // Answers that arrived before the response to the call that opened their session.
    private readonly Queue<(PathSignal Signal, long At)> _early = new();

    /// <summary>
    /// The verified requests of other peers. The reader disposes them. When nobody reads, the oldest are dropped.
    /// </summary>
    public ChannelReader<IncomingPath> Incoming => _incoming.Reader;

    /// <param name="json">The data of an event <see cref="SignalTypes.Session"/>.</param>
    public void OnSession(string json)
    {
        if (Read(json, DirectoryJson.Default.SessionSignal) is not { } signal)
        {
            return;
        }

        if (verifier.Verify(signal, out var refusal) is { } path)
        {
            path.Listen(this);
            _ = _incoming.Writer.TryWrite(path);
        }
        else
        {
            LogNotVerified(refusal);
        }
    }

    /// <param name="json">The data of an event <see cref="SignalTypes.Path"/>.</param>
    public void OnPath(string json)
    {
        if (Read(json, DirectoryJson.Default.PathSignal) is not { } signal)
        {
            return;
        }

        lock (_gate)
        {
            if (_listeners.TryGetValue(signal.SessionId, out var listener))
            {
                listener(signal);
                return;
            }

            // A start never precedes its session on the stream. Starts of strangers must not push out an answer.
            if (signal.Signal.Kind != PathSignalKinds.Answer)
            {
                return;
            }

            if (_early.Count == MaxEarly)
            {
                _ = _early.Dequeue();
            }

            _early.Enqueue((signal, timeProvider.GetTimestamp()));
        }
    }

    /// <summary>Listens to a session until disposed. Includes an answer that has already arrived.</summary>
    /// <param name="onSignal">Must not block.</param>
    public IDisposable Listen(string sessionId, Action<PathSignal> onSignal)
    {
        lock (_gate)
        {
            _listeners[sessionId] = onSignal;
            for (var left = _early.Count; left > 0; left--)
            {
                var early = _early.Dequeue();
                if (early.Signal.SessionId == sessionId)
                {
                    onSignal(early.Signal);
                }
                else if (timeProvider.GetElapsedTime(early.At) < EarlyLifetime)
                {
                    _early.Enqueue(early);
                }
            }
        }

        return new Subscription(this, sessionId);
    }

    private static T? Read<T>(string json, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) is { } signal && DirectoryAnswers.IsComplete(signal)
                ? signal
                : null;
        }
        catch (JsonException)
        {
            // A signal may be lost, so an unreadable one is ignored.
            return null;
        }
    }

    private sealed class Subscription(PathSignals signals, string sessionId) : IDisposable
    {
        public void Dispose()
        {
            lock (signals._gate)
            {
                _ = signals._listeners.Remove(sessionId);
            }
        }
    }

    [LoggerMessage(LogLevel.Debug, "Path request ignored: {Refusal}.")]
    private partial void LogNotVerified(PathRefusal refusal);
}
