using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace P2PChat.ServiceDefaults.Export;

/// <summary>
/// Tells each server span what came of its request: route, status, kind of error. ASP.NET Core 10 gives its own spans only
/// what is known at their start.
/// </summary>
internal sealed class ServerSpanRoute : IStartupFilter
{
    // Before everything else, so that it sees what the error handling has made of a failure.
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(RunAsync);
        next(app);
    };

    private static async Task RunAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception exception)
        {
            // Nobody has answered; the server will, with 500.
            Describe(context, StatusCodes.Status500InternalServerError, exception);
            throw;
        }

        Describe(context, context.Response.StatusCode, context.Features.Get<IExceptionHandlerFeature>()?.Error);
    }

    private static void Describe(HttpContext context, int status, Exception? exception)
    {
        if (context.Features.Get<IHttpActivityFeature>()?.Activity is not { IsAllDataRequested: true } activity) return;

        // The error handling runs the request again under another endpoint, or none.
        var endpoint = context.Features.Get<IExceptionHandlerFeature>()?.Endpoint ?? context.GetEndpoint();
        if (endpoint is RouteEndpoint { RoutePattern.RawText: { } route }) activity.SetTag("http.route", route);
        activity.SetTag("http.response.status_code", status);
        if (status < StatusCodes.Status500InternalServerError) return;
        activity.SetTag("error.type", exception?.GetType().FullName ?? $"{status}");
        activity.SetStatus(ActivityStatusCode.Error);
    }
}
