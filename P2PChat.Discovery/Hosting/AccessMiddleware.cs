using P2PChat.Discovery.Access;
using P2PChat.Discovery.Http;
using P2PChat.ServiceDefaults.Problems;

namespace P2PChat.Discovery.Hosting;

/// <summary>
/// Rejects calls without the join token, unless their path is open to all or <see cref="AccessPolicy"/> admits them.
/// </summary>
internal sealed class AccessMiddleware(RequestDelegate next, JoinToken token, AccessPolicy policy)
{
    public Task InvokeAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return OpenPaths.Contains(context.Request.Path) || token.IsIn(context.Request)
            ? next(context)
            : InvokeWithoutTokenAsync(context);
    }

    private async Task InvokeWithoutTokenAsync(HttpContext context)
    {
        if (!await policy.AdmitsAsync(context))
        {
            await context.WriteProblemAsync(Problems.JoinTokenRequired());
            return;
        }

        await using var signer = context.Features.Get<SignerAccess>();
        await next(context);
    }
}
