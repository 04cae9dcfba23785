using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using P2PChat.Protocol.Directory;

namespace P2PChat.Discovery.Http;

/// <summary>
/// Writes a problem as the answer, with the headers that belong to it. Unlike the framework's own it does so whatever the
/// caller accepts: one who asks for an event stream learns as well why there is none.
/// </summary>
internal static class ProblemWriter
{
    private const string ContentType = "application/problem+json";

    // Sentences have apostrophes, and nobody puts this into a page of HTML.
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Task WriteAsync(HttpContext context, ProblemDetails problem)
    {
        var response = context.Response;
        response.StatusCode = problem.Status ?? StatusCodes.Status500InternalServerError;
        if (problem is RetryableProblem { RetryAfter: var after })
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(after.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        if (problem.Type == ProblemTypes.JoinTokenRequired)
            response.Headers.WWWAuthenticate = "P2PChat-Join-Token realm=\"p2pchat\"";
        else if (problem.Type == ProblemTypes.OperatorKeyRequired)
            response.Headers.WWWAuthenticate = "P2PChat-Operator-Key realm=\"p2pchat\"";
        else if (problem.Type == ProblemTypes.LeaseTokenUnknown)
            response.Headers.WWWAuthenticate = "Bearer realm=\"p2pchat\", error=\"invalid_token\"";
        problem.Extensions["traceId"] = Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier;

        // As the base type: what a derived one adds is for the headers.
        JsonAnswer.Write(response, ContentType, JsonSerializer.SerializeToUtf8Bytes<ProblemDetails>(problem, Json));
        return Task.CompletedTask;
    }
}

/// <summary>A problem that passes by itself.</summary>
internal sealed class RetryableProblem : ProblemDetails
{
    public required TimeSpan RetryAfter { get; init; }
}

/// <summary>A problem as what an endpoint answers.</summary>
internal sealed class ProblemResult(ProblemDetails problem) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext) => ProblemWriter.WriteAsync(httpContext, problem);
}
