using P2PChat.Discovery.Http;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Discovery.Hosting;

/// <summary>Rejects calls without the join token. Health and OpenAPI are open to all.</summary>
internal sealed class JoinTokenMiddleware(RequestDelegate next, JoinToken token)
{
    public Task InvokeAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return OpenPaths.Contains(context.Request.Path) || token.IsIn(context.Request)
            ? next(context)
            : context.WriteProblemAsync(Problems.JoinTokenRequired());
    }
}
