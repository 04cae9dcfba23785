using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using P2PChat.Peer.Chat;

namespace P2PChat.Peer.Api;

/// <summary>Makes a problem of all that goes wrong, wherever it does.</summary>
internal static class ProblemHandling
{
    private const string ContentType = "application/problem+json";
    private const string RetryAfterSeconds = "1";

    public static IServiceCollection AddProblems(this IServiceCollection services)
    {
        services.AddExceptionHandler<ProblemExceptionHandler>();
        // In each environment alike: what cannot be bound says why.
        return services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
    }

    public static void UseProblems(this WebApplication app)
    {
        app.UseExceptionHandler(_ => { });
        app.UseStatusCodePages(context => WriteAsync(context.HttpContext, ApiProblems.ForStatus(context.HttpContext.Response.StatusCode)));
    }

    /// <summary>Answers with a problem, whatever the caller accepts: one who asks for a stream learns as well why there is none.</summary>
    public static Task WriteAsync(HttpContext context, ProblemDetails problem)
    {
        var response = context.Response;
        response.StatusCode = problem.Status ?? StatusCodes.Status500InternalServerError;
        if (response.StatusCode is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable)
            response.Headers.RetryAfter = RetryAfterSeconds;
        if (response.StatusCode == StatusCodes.Status401Unauthorized)
            response.Headers.WWWAuthenticate = "Bearer realm=\"p2pchat\"";
        problem.Extensions["traceId"] = Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier;
        return response.WriteAsJsonAsync(problem, JsonSerializerOptions.Web, ContentType, context.RequestAborted);
    }
}

/// <summary>A problem as what an endpoint answers.</summary>
internal sealed class ProblemResult(ProblemDetails problem) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext) => ProblemHandling.WriteAsync(httpContext, problem);
}

/// <summary>Turns exceptions into answers. One that stands for none is a 500 without details, and an error in the log.</summary>
internal sealed partial class ProblemExceptionHandler(ILogger<ProblemExceptionHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        // Whoever asked has gone; there is nobody to answer.
        if (httpContext.RequestAborted.IsCancellationRequested)
            return true;

        var problem = exception switch
        {
            PeerException refusal => ApiProblems.Of(refusal),
            BadHttpRequestException { InnerException: JsonException json } => ApiProblems.Malformed(
                $"The body is not the JSON that this call takes (at {json.Path ?? "$"}): see /openapi/v1.json."),
            BadHttpRequestException bad => ApiProblems.ForStatus(bad.StatusCode),
            _ => ApiProblems.ForStatus(StatusCodes.Status500InternalServerError),
        };
        if (problem.Status == StatusCodes.Status500InternalServerError)
            LogFailed(logger, exception);
        await ProblemHandling.WriteAsync(httpContext, problem);
        return true;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A call of the local API failed in a way that nobody foresaw")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
