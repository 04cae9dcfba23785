using System.Diagnostics;
using OpenTelemetry;
using P2PChat.ServiceDefaults.Health;

namespace P2PChat.ServiceDefaults.Export;

/// <summary>Health probes come every few seconds and tell nothing: neither they nor what they call become spans.</summary>
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
