using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Extensions.Options;
using P2PChat.Discovery.Peers;

namespace P2PChat.Discovery.Http;

/// <summary>Makes a problem of all that goes wrong, wherever it does.</summary>
internal static class ProblemHandling
{
    public static IServiceCollection AddProblems(this IServiceCollection services)
    {
        services.AddExceptionHandler<ProblemExceptionHandler>();
        // In each environment alike: what cannot be bound says why.
        return services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
    }

    public static void UseProblems(this WebApplication app)
    {
        app.UseExceptionHandler(_ => { });
        app.UseStatusCodePages(context => ProblemWriter.WriteAsync(context.HttpContext, Problems.ForStatus(context.HttpContext.Response.StatusCode)));
    }
}

/// <summary>Turns exceptions into answers. One that stands for none is a 500 without details, and an error in the log.</summary>
internal sealed partial class ProblemExceptionHandler(IOptions<DirectoryOptions> options, ILogger<ProblemExceptionHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        // Whoever asked has gone; there is nobody to answer.
        if (httpContext.RequestAborted.IsCancellationRequested)
            return true;

        var problem = exception switch
        {
            ProblemException { Problem: var known } => known,
            StoreUnavailableException => Problems.StoreUnavailable(options.Value.StoreRetryAfter),
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Problems.TooLarge(options.Value.RegistrationBodyBytes),
            BadHttpRequestException bad => Problems.Malformed(bad.Message),
            _ => Problems.ForStatus(StatusCodes.Status500InternalServerError),
        };
        if (problem.Status == StatusCodes.Status500InternalServerError)
            LogFailed(logger, exception);
        await ProblemWriter.WriteAsync(httpContext, problem);
        return true;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A request failed in a way that nobody foresaw")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
