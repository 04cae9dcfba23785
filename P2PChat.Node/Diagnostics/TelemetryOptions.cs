namespace P2PChat.Node.Diagnostics;

/// <summary>Configuration under <c>Telemetry:</c>.</summary>
public sealed class TelemetryOptions
{
    public const string Section = "Telemetry";

    /// <summary>
    /// Whether to send trace context to other peers and accept theirs. It links the activities of both sides, so it is
    /// off unless one operator runs both.
    /// </summary>
    public bool AcrossPeers { get; set; }
}
