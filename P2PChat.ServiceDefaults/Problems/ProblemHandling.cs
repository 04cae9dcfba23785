using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace P2PChat.ServiceDefaults.Problems;

/// <summary>Answers every failure with a problem: ASP.NET's problem details, from the app's catalogue.</summary>
public static class ProblemHandling
{
    public static IServiceCollection AddProblems<TCatalogue>(this IServiceCollection services)
        where TCatalogue : class, IProblemCatalogue
    {
        services.AddSingleton<IProblemCatalogue, TCatalogue>();
        // Before the framework's, because the first writer that can write does.
        services.AddSingleton<IProblemDetailsWriter, ProblemWriter>();
        services.AddProblemDetails();
        services.AddExceptionHandler<ProblemExceptionHandler>();
        // In every environment, the answer says why a request could not be bound.
        return services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
    }

    public static void UseProblems(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
    }

    /// <summary>Answers with a problem from a middleware; an endpoint returns <c>TypedResults.Problem</c>.</summary>
    public static Task WriteProblemAsync(this HttpContext context, Problem problem) =>
        TypedResults.Problem(problem).ExecuteAsync(context);
}

/// <summary>Turns the exceptions of the catalogue into answers, and leaves the others to the framework.</summary>
internal sealed class ProblemExceptionHandler(IProblemCatalogue catalogue) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(
        HttpContext httpContext,
        Exception exception,
        CancellationToken cancellationToken
    )
    {
        // The caller has gone; there is nobody to answer.
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
