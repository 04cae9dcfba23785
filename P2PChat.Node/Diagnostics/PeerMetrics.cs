using System.Diagnostics.Metrics;
using P2PChat.Node.Model;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Node.Diagnostics;

/// <summary>A peer's metrics. Tag values are from closed sets, and never a name, a key or an address.</summary>
internal sealed class PeerMetrics
{
    private readonly Meter _meter;
    private readonly Counter<long> _handshakes;
    private readonly UpDownCounter<long> _links;
    private readonly Counter<long> _messages;
    private readonly Histogram<double> _latency;
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _mail;
    private readonly Counter<long> _errors;
    private readonly Counter<long> _paths;
    private readonly Histogram<double> _pathDuration;

    public PeerMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(Telemetry.Name, Telemetry.Version);
        _handshakes = _meter.CreateCounter<long>(
            "p2pchat.peer.handshakes",
            "{handshake}",
            "Connection attempts, by side and outcome."
        );
        _links = _meter.CreateUpDownCounter<long>(
            "p2pchat.peer.links",
            "{link}",
            "Links with both sides authenticated."
        );
        _messages = _meter.CreateCounter<long>(
            "p2pchat.peer.messages",
            "{message}",
            "Messages sent, received, acknowledged by the other side, or refused."
        );
        _latency = _meter.CreateHistogram<double>(
            "p2pchat.peer.message.latency",
            "s",
            "Time from sending a message to its acknowledgement.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries =
                [
                    0.001,
                    0.0025,
                    0.005,
                    0.01,
                    0.025,
                    0.05,
                    0.1,
                    0.25,
                    0.5,
                    1,
                    2.5,
                    5,
                    10,
                    60,
                    600,
                ],
            }
        );
        _bytes = _meter.CreateCounter<long>("p2pchat.peer.io", "By", "Bytes of frames, inside TLS.");
        _mail = _meter.CreateCounter<long>(
            "p2pchat.peer.mail",
            "{envelope}",
            "Envelopes by outcome: deposited in other peers' mailboxes, collected, or refused."
        );
        _errors = _meter.CreateCounter<long>(
            "p2pchat.peer.errors",
            "{error}",
            "Links that ended unexpectedly, and refused connections, by kind."
        );
        _paths = _meter.CreateCounter<long>(
            "p2pchat.peer.paths",
            "{attempt}",
            "Candidates of other peers that were tried or ruled out, by kind of path and outcome."
        );
        _pathDuration = _meter.CreateHistogram<double>(
            "p2pchat.peer.path.duration",
            "s",
            "Time from the start of a search for a path to the authenticated link.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
            }
        );
    }

    /// <summary>Observes the write queues.</summary>
    /// <param name="frames">Returns the number of waiting frames on all links. Called at each export.</param>
    public void ObserveQueue(Func<long> frames) =>
        _meter.CreateObservableUpDownCounter(
            "p2pchat.peer.queue.depth",
            frames,
            "{frame}",
            "Frames waiting to be written, on all links."
        );

    /// <param name="outcome">For example <c>accepted</c>, <c>rejected</c> or <c>timed_out</c>.</param>
    public void Handshake(bool isOutbound, string outcome) =>
        _handshakes.Add(1, new("side", isOutbound ? "dialled" : "accepted"), new("outcome", Telemetry.Word(outcome)));

    public void LinkUp() => _links.Add(1);

    public void LinkDown() => _links.Add(-1);

    public void MessageSent() => _messages.Add(1, new KeyValuePair<string, object?>("event", "sent"));

    public void MessageReceived() => _messages.Add(1, new KeyValuePair<string, object?>("event", "received"));

    /// <param name="latency">The time since it was sent, by this peer's clock.</param>
    public void MessageAcknowledged(TimeSpan latency)
    {
        _messages.Add(1, new KeyValuePair<string, object?>("event", "acknowledged"));
        _latency.Record(Math.Max(0, latency.TotalSeconds));
    }

    public void MessageRefused() => _messages.Add(1, new KeyValuePair<string, object?>("event", "refused"));

    /// <param name="outcome">For example <c>deposited</c>, <c>collected</c> or <c>refused</c>.</param>
    public void Mail(string outcome) => _mail.Add(1, new KeyValuePair<string, object?>("event", outcome));

    public void BytesSent(long bytes) => _bytes.Add(bytes, new KeyValuePair<string, object?>("direction", "sent"));

    public void BytesReceived(long bytes) =>
        _bytes.Add(bytes, new KeyValuePair<string, object?>("direction", "received"));

    public void Error(string kind) => _errors.Add(1, new KeyValuePair<string, object?>("kind", Telemetry.Word(kind)));

    /// <param name="side"><c>caller</c> or <c>callee</c>.</param>
    public void PathTried(PathKind kind, PathOutcome outcome, string side) =>
        _paths.Add(
            1,
            new("kind", Telemetry.Word(kind)),
            new("outcome", Telemetry.Word(outcome)),
            new KeyValuePair<string, object?>("side", side)
        );

    /// <summary>Records that a search for a path has led to an authenticated link.</summary>
    public void PathFound(PathKind kind, TimeSpan after) =>
        _pathDuration.Record(after.TotalSeconds, new KeyValuePair<string, object?>("kind", Telemetry.Word(kind)));
}
