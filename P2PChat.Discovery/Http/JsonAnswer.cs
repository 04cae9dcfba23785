using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace P2PChat.Discovery.Http;

/// <summary>
/// JSON as what an endpoint answers, with its length. The framework's own results stream it instead: in chunks, of which the
/// last, an empty one, goes out by a system call of its own. Answers here are short, and that call was a third of their price.
/// </summary>
internal sealed class JsonAnswer<T>(T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK) : IResult
{
    /// <summary>The header of that name.</summary>
    public string? Location { get; init; }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        if (Location is not null)
        {
            response.Headers.Location = Location;
        }

        var body = JsonSerializer.SerializeToUtf8Bytes(value, type);
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = body.Length;
        response.BodyWriter.Write(body);
        return Task.CompletedTask;
    }
}
