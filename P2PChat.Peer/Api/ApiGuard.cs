using Microsoft.Extensions.Primitives;
using P2PChat.ServiceDefaults.Health;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Peer.Api;

/// <summary>
/// Requires the API token, and refuses foreign host names (DNS rebinding) and foreign web pages. Browser sessions are
/// not
/// accepted. Health probes need no token, and the web page has its own guard.
/// </summary>
internal sealed class ApiGuard(RequestDelegate next, ApiToken token)
{
    private const string Scheme = "Bearer ";

    public Task InvokeAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var request = context.Request;
        if (!Guards(request.Path))
        {
            return next(context);
        }

        if (!IsOwnHost(request.Host.Host) || !IsOwnOrigin(request.Headers.Origin, $"{request.Scheme}://{request.Host}"))
        {
            return context.WriteProblemAsync(ApiProblems.ForeignHost());
        }

        return HasToken(request.Headers.Authorization.ToString())
            ? next(context)
            : context.WriteProblemAsync(ApiProblems.TokenRequired());
    }

    public static bool Guards(PathString path) =>
        path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase)
        || path.StartsWithSegments("/openapi", StringComparison.OrdinalIgnoreCase);

    public static bool IsProbe(PathString path) =>
        path == HealthEndpoints.Readiness || path == HealthEndpoints.Liveness;

    private static bool IsOwnHost(string host) =>
        host is "127.0.0.1" or "[::1]"
        || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);

    private static bool IsOwnOrigin(StringValues origin, string own) =>
        origin.Count == 0 || (origin.Count == 1 && own.Equals(origin[0], StringComparison.OrdinalIgnoreCase));

    private bool HasToken(string authorization) =>
        authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && token.Matches(authorization[Scheme.Length..]);
}
