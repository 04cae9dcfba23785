using System.Text.Json.Serialization;

namespace P2PChat.Peer.Web.SignIn;

/// <summary>A browser that is signed in.</summary>
/// <param name="Hash">Of the secret in its cookie.</param>
/// <param name="Browser">What it calls itself, in a few words.</param>
internal sealed record BrowserSession(
    [property: JsonRequired] string Hash,
    [property: JsonRequired] string Browser,
    [property: JsonRequired] DateTimeOffset SignedInAt,
    [property: JsonRequired] DateTimeOffset ExpiresAt
);

/// <summary><c>browser-sessions.json</c> of a data directory.</summary>
internal sealed record BrowserSessionsFile([property: JsonRequired] IReadOnlyList<BrowserSession> Sessions);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    RespectNullableAnnotations = true
)]
[JsonSerializable(typeof(BrowserSessionsFile))]
internal sealed partial class BrowserSessionsJson : JsonSerializerContext;
