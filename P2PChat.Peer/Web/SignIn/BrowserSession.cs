using System.Text.Json.Serialization;

namespace P2PChat.Peer.Web.SignIn;

/// <summary>A signed-in browser.</summary>
/// <param name="Hash">The hash of the secret in its cookie.</param>
/// <param name="Browser">Its name, such as <c>Firefox on Linux</c>.</param>
internal sealed record BrowserSession(
    [property: JsonRequired] string Hash,
    [property: JsonRequired] string Browser,
    [property: JsonRequired] DateTimeOffset SignedInAt,
    [property: JsonRequired] DateTimeOffset ExpiresAt
);

/// <summary>The content of <c>browser-sessions.json</c> in a data directory.</summary>
internal sealed record BrowserSessionsFile([property: JsonRequired] IReadOnlyList<BrowserSession> Sessions);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    RespectNullableAnnotations = true
)]
[JsonSerializable(typeof(BrowserSessionsFile))]
internal sealed partial class BrowserSessionsJson : JsonSerializerContext;
