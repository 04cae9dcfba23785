using System.Text.Json.Serialization;

namespace P2PChat.Node.Identity;

/// <summary><c>prekeys.json</c> of a data directory.</summary>
internal sealed record PrekeyFile([property: JsonRequired] List<PrekeyEntry> Prekeys);

/// <param name="PrivateKey">PKCS #8, in base64.</param>
/// <param name="ReplacedAt">When a record with a newer one was published; null until then.</param>
internal sealed record PrekeyEntry(
    [property: JsonRequired] ulong Id,
    [property: JsonRequired] DateTimeOffset Created,
    DateTimeOffset? ReplacedAt,
    [property: JsonRequired] string PrivateKey
);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    RespectNullableAnnotations = true
)]
[JsonSerializable(typeof(PrekeyFile))]
internal sealed partial class PrekeyJson : JsonSerializerContext;
