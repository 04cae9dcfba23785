using System.Text.Json;
using System.Text.Json.Serialization;

namespace P2PChat.Client;

/// <summary>
/// Reads an enumeration as <see cref="KebabCase{T}"/> does, but a word of a later version as its member <c>Other</c>.
/// </summary>
internal sealed class KnownOrOther<T> : JsonConverter<T>
    where T : struct, Enum
{
    private static readonly T Other = Enum.Parse<T>("Other");
    private static readonly Dictionary<string, T> Values = Enum.GetValues<T>()
        .ToDictionary(Word, StringComparer.Ordinal);

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String
            ? Values.GetValueOrDefault(reader.GetString()!, Other)
            : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(Word(value));
    }

    private static string Word(T value) => JsonNamingPolicy.KebabCaseLower.ConvertName($"{value}");
}
