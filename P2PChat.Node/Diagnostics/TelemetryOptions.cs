namespace P2PChat.Node.Diagnostics;

/// <summary>Configuration under <c>Telemetry:</c>.</summary>
public sealed class TelemetryOptions
{
    public const string Section = "Telemetry";

    /// <summary>
    /// Send trace context to other peers and take theirs. It tells an operator of both sides which of their requests
    /// belong together, so it is off unless one operator has both.
    /// </summary>
    public bool AcrossPeers { get; set; }
}
