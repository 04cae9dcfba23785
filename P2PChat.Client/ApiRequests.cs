using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Serialization.Metadata;

namespace P2PChat.Client;

/// <summary>Makes the paths, headers and bodies of API requests.</summary>
internal static class ApiRequests
{
    public const string IdempotencyKeyHeader = "Idempotency-Key";

    public static string Contact(string username, string call) => $"/api/contacts/{Segment(username)}/{call}";

    public static (string, string)? Header(string name, string? value) => value is null ? null : (name, value);

    public static string Segment(string text) => Uri.EscapeDataString(text);

    public static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    public static string Query(string name, IFormattable? value) =>
        value is null ? "" : $"&{name}={value.ToString(null, CultureInfo.InvariantCulture)}";

    /// <summary>The query that says which side has sent the message or file with an id; empty for either.</summary>
    public static string Side(bool? yours, char separator) =>
        yours is { } side ? $"{separator}yours={(side ? "true" : "false")}" : "";

    public static JsonContent Body<T>(T value, JsonTypeInfo<T> type) => JsonContent.Create(value, type);
}
