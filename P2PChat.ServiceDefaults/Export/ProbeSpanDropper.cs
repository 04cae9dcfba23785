using System.Diagnostics;
using OpenTelemetry;
using P2PChat.ServiceDefaults.Health;

namespace P2PChat.ServiceDefaults.Export;

/// <summary>
/// Drops the spans of health probes and of the calls that they make: frequent, and without information.
/// </summary>
internal sealed class ProbeSpanDropper : BaseProcessor<Activity>
{
    public override void OnStart(Activity data)
    {
        if (!IsProbe(data) && data.Parent is not { Recorded: false })
        {
            return;
        }

        data.IsAllDataRequested = false;
        data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
    }

    private static bool IsProbe(Activity activity) =>
        activity.Kind == ActivityKind.Server
        && activity.GetTagItem("url.path") is HealthEndpoints.Readiness or HealthEndpoints.Liveness;
}
