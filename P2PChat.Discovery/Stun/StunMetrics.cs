using System.Diagnostics.Metrics;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Discovery.Stun;

/// <summary>The STUN server's metrics: <c>p2pchat.directory.stun.*</c>. They name no address.</summary>
internal sealed class StunMetrics
{
    private readonly Counter<long> _requests;
    private readonly UpDownCounter<long> _connections;

    public StunMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(Telemetry.Name, Telemetry.Version);
        _requests = meter.CreateCounter<long>(
            "p2pchat.directory.stun.requests",
            "{request}",
            "Messages received by the STUN server, by outcome."
        );
        _connections = meter.CreateUpDownCounter<long>(
            "p2pchat.directory.stun.connections",
            "{connection}",
            "Open TCP connections of the STUN server."
        );
    }

    public void Received(string transport, BindingOutcome outcome) =>
        Received(
            transport,
            outcome switch
            {
                BindingOutcome.Answered => "answered",
                BindingOutcome.UnknownAttribute => "unknown_attribute",
                _ => "ignored",
            }
        );

    public void RateLimited(string transport) => Received(transport, "rate_limited");

    public void Opened() => _connections.Add(1);

    public void Closed() => _connections.Add(-1);

    private void Received(string transport, string outcome) =>
        _requests.Add(
            1,
            new KeyValuePair<string, object?>("network.transport", transport),
            new KeyValuePair<string, object?>("outcome", outcome)
        );
}
