using System.Diagnostics.Metrics;
using P2PChat.ServiceDefaults;

namespace P2PChat.Peer;

/// <summary>What a peer counts. Tags are words of closed sets: no name, no key, no address.</summary>
internal sealed class PeerMetrics
{
    private readonly Counter<long> _handshakes = Telemetry.Meter.CreateCounter<long>(
        "p2pchat.peer.handshakes", "{handshake}", "Connections that were tried, by side and outcome.");

    private readonly UpDownCounter<long> _links = Telemetry.Meter.CreateUpDownCounter<long>(
        "p2pchat.peer.links", "{link}", "Links whose two ends have shown their keys.");

    private readonly Counter<long> _messages = Telemetry.Meter.CreateCounter<long>(
        "p2pchat.peer.messages", "{message}", "Messages: sent, received, acknowledged by the other side, refused.");

    private readonly Counter<long> _bytes = Telemetry.Meter.CreateCounter<long>(
        "p2pchat.peer.io", "By", "Bytes of frames inside TLS.");

    private readonly Counter<long> _errors = Telemetry.Meter.CreateCounter<long>(
        "p2pchat.peer.errors", "{error}", "Ends of links and refusals that nobody asked for, by kind.");

    /// <param name="outcome">For instance <c>accepted</c>, <c>rejected</c>, <c>timed_out</c>.</param>
    public void Handshake(bool dialled, string outcome) =>
        _handshakes.Add(1, new("side", dialled ? "dialled" : "accepted"), new("outcome", outcome));

    public void LinkUp() => _links.Add(1);

    public void LinkDown() => _links.Add(-1);

    public void MessageSent() => _messages.Add(1, new KeyValuePair<string, object?>("event", "sent"));

    public void MessageReceived() => _messages.Add(1, new KeyValuePair<string, object?>("event", "received"));

    public void MessageAcknowledged() => _messages.Add(1, new KeyValuePair<string, object?>("event", "acknowledged"));

    public void MessageRefused() => _messages.Add(1, new KeyValuePair<string, object?>("event", "refused"));

    public void BytesSent(long bytes) => _bytes.Add(bytes, new KeyValuePair<string, object?>("direction", "sent"));

    public void BytesReceived(long bytes) => _bytes.Add(bytes, new KeyValuePair<string, object?>("direction", "received"));

    public void Error(string kind) => _errors.Add(1, new KeyValuePair<string, object?>("kind", kind));
}
