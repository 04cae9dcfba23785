using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace P2PChat.ServiceDefaults.Health;

/// <summary>The two probes. A check answers for readiness; one tagged <see cref="LiveTag"/> answers for liveness as well.</summary>
public static class HealthEndpoints
{
    public const string Readiness = "/health";

    public const string Liveness = "/alive";

    /// <summary>Tags a check whose failure only a restart can mend. Most can't claim that: Redis away is no reason to die.</summary>
    public const string LiveTag = "live";

    internal static void MapHealth(this IEndpointRouteBuilder app)
    {
        Map(app, Readiness, _ => true);
        Map(app, Liveness, check => check.Tags.Contains(LiveTag));
    }

    private static void Map(IEndpointRouteBuilder app, string path, Func<HealthCheckRegistration, bool> asked)
    {
        var options = new HealthCheckOptions { Predicate = asked, ResponseWriter = WriteAsync };
        // 200 also for Degraded: such a service still serves what it can.
        app.MapHealthChecks(path, options).AllowAnonymous().DisableRateLimiting().DisableHttpMetrics();
    }

    // {"status":"Degraded","checks":{"redis":"Degraded"}}
    private static Task WriteAsync(HttpContext context, HealthReport report) =>
        context.Response.WriteAsJsonAsync(
            new
            {
                status = report.Status.ToString(),
                checks = report.Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Status.ToString()),
            }
        );
}
