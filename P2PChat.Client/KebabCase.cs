using System.Text.Json;
using System.Text.Json.Serialization;

namespace P2PChat.Client;

/// <summary>Writes an enumeration's members in kebab case, for example <c>connection-lost</c>.</summary>
public sealed class KebabCase<T>()
    : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
