using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace P2PChat.ServiceDefaults.Problems;

/// <summary>Answers every failure with problem details from the app's catalogue.</summary>
public static class ProblemHandling
{
    public static IServiceCollection AddProblems<TCatalogue>(this IServiceCollection services)
        where TCatalogue : class, IProblemCatalogue
    {
        services.AddSingleton<IProblemCatalogue, TCatalogue>();
        // Registered before the framework's writer, because the first one that can write is used.
        services.AddSingleton<IProblemDetailsWriter, ProblemWriter>();
        services.AddProblemDetails();
        services.AddExceptionHandler<ProblemExceptionHandler>();
        // In every environment, the response says why a request could not be bound.
        return services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
    }

    public static void UseProblems(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
    }

    /// <summary>Writes a problem from a middleware. Endpoints return <c>TypedResults.Problem</c> instead.</summary>
    public static Task WriteProblemAsync(this HttpContext context, Problem problem) =>
        TypedResults.Problem(problem).ExecuteAsync(context);
}

/// <summary>Turns exceptions of the catalogue into responses, and leaves the others to the framework.</summary>
internal sealed class ProblemExceptionHandler(IProblemCatalogue catalogue) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(
        HttpContext httpContext,
        Exception exception,
        CancellationToken cancellationToken
    )
    {
        // The client has disconnected.
        if (httpContext.RequestAborted.IsCancellationRequested)
        {
            return true;
        }

        if (catalogue.Find(exception) is not { } problem)
        {
            return false;
        }

        await httpContext.WriteProblemAsync(problem);
        return true;
    }
}
