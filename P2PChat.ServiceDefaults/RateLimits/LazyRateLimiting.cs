using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace P2PChat.ServiceDefaults.RateLimits;

/// <summary>
/// Applies the global limiter of <see cref="RateLimiterOptions"/>. The framework's middleware would also create a
/// limiter for endpoints, whose timer fires ten times per second.
/// </summary>
public static class LazyRateLimiting
{
    public static IApplicationBuilder UseLazyRateLimiter(this IApplicationBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var options = app.ApplicationServices.GetRequiredService<IOptions<RateLimiterOptions>>().Value;
        if (options.GlobalLimiter is not { } limiter)
        {
            throw new InvalidOperationException("RateLimiterOptions has no global limiter.");
        }

        return app.Use(
            async (context, next) =>
            {
                using var lease = limiter.AttemptAcquire(context);
                if (lease.IsAcquired)
                {
                    await next(context);
                    return;
                }

                context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
                if (options.OnRejected is { } rejected)
                {
                    await rejected(
                        new OnRejectedContext { HttpContext = context, Lease = lease },
                        context.RequestAborted
                    );
                }
            }
        );
    }
}
