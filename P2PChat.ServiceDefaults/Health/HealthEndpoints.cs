using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace P2PChat.ServiceDefaults.Health;

/// <summary>
/// Maps the readiness and liveness probes. Every check counts for readiness, <see cref="LiveTag"/> ones for both.
/// </summary>
public static class HealthEndpoints
{
    public const string Readiness = "/health";

    public const string Liveness = "/alive";

    /// <summary>
    /// Tags a check whose failure only a restart can fix. An unreachable Redis, for example, is not one.
    /// </summary>
    public const string LiveTag = "live";

    internal static void MapHealth(this IEndpointRouteBuilder app)
    {
        Map(app, Readiness, _ => true);
        Map(app, Liveness, check => check.Tags.Contains(LiveTag));
    }

    private static void Map(IEndpointRouteBuilder app, string path, Func<HealthCheckRegistration, bool> includes)
    {
        var options = new HealthCheckOptions { Predicate = includes, ResponseWriter = WriteAsync };
        // Degraded is also 200: the service still handles some requests.
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
