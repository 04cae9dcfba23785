using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using P2PChat.Discovery.Http;

namespace P2PChat.Discovery.Relay.Sessions;

/// <summary>Reads the JSON body of a call for a path session.</summary>
internal static class PathBody
{
    /// <exception cref="ProblemException">The body is not JSON, or is malformed.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
    {
        if (!context.Request.HasJsonContentType())
        {
            throw new ProblemException(Problems.UnsupportedMediaType());
        }

        // Read the whole body first: System.Text.Json may throw an undocumented exception if a stream ends within a
        // word.
        using var bytes = new MemoryStream();
        await context.Request.Body.CopyToAsync(bytes, context.RequestAborted);
        try
        {
            if (JsonSerializer.Deserialize(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), type) is { } body)
            {
                return body;
            }
        }
        catch (JsonException)
        {
            // Treated like null.
        }

        throw new ProblemException(Problems.Malformed("The body must be a JSON object. See /openapi/v1.json."));
    }
}
