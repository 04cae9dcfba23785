using System.Diagnostics.Metrics;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Discovery.Relay.Sessions;

/// <summary>The path sessions' metrics: <c>p2pchat.directory.path.*</c>, without names or addresses.</summary>
internal sealed class PathMetrics
{
    private readonly Counter<long> _sessions;
    private readonly Counter<long> _signals;

    public PathMetrics(IMeterFactory meters, PathSessionTable table)
    {
        var meter = meters.Create(Telemetry.Name, Telemetry.Version);
        _sessions = meter.CreateCounter<long>(
            "p2pchat.directory.path.sessions",
            "{session}",
            "Attempts to start a path session by outcome."
        );
        _signals = meter.CreateCounter<long>(
            "p2pchat.directory.path.signals",
            "{signal}",
            "Signals passed on between the sides of path sessions by kind."
        );
        meter.CreateObservableGauge(
            "p2pchat.directory.path.open_sessions",
            () => (long)table.Count,
            "{session}",
            "Open path sessions on this replica."
        );
    }

    public void Started(string outcome) =>
        _sessions.Add(1, new KeyValuePair<string, object?>("outcome", Telemetry.Word(outcome)));

    /// <param name="kind">A member of <see cref="P2PChat.Protocol.DirectoryApi.PathSignalKinds"/>.</param>
    public void Signalled(string kind) => _signals.Add(1, new KeyValuePair<string, object?>("kind", kind));
}
