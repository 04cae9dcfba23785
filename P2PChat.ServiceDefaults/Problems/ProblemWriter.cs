using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace P2PChat.ServiceDefaults.Problems;

/// <summary>
/// Writes a problem with its headers. Unlike the framework's writer it ignores <c>Accept</c>, so that a client asking
/// for an event stream also learns why there is none.
/// </summary>
internal sealed class ProblemWriter(IProblemCatalogue catalogue) : IProblemDetailsWriter
{
    // Keeps apostrophes readable: a problem is never part of an HTML page.
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public bool CanWrite(ProblemDetailsContext context) => true;

    public ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var (http, response) = (context.HttpContext, context.HttpContext.Response);
        // The framework's own middleware knows only the status code.
        var problem =
            context.ProblemDetails as Problem
            ?? catalogue.ForStatus(context.ProblemDetails.Status ?? response.StatusCode);
        problem.Extensions["traceId"] = Activity.Current?.TraceId.ToHexString() ?? http.TraceIdentifier;

        response.StatusCode = problem.Status!.Value;
        if (problem.RetryAfter is { TotalSeconds: var wait })
        {
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait)).ToString(CultureInfo.InvariantCulture);
        }

        if (problem.Challenge is not null)
        {
            response.Headers.WWWAuthenticate = problem.Challenge;
        }
        // Serialized as the base type, because the properties of Problem become headers.
        var body = JsonSerializer.SerializeToUtf8Bytes<ProblemDetails>(problem, Json);
        response.ContentType = "application/problem+json";
        response.ContentLength = body.Length;
        response.BodyWriter.Write(body);
        return default;
    }
}
