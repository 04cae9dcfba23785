using System.Text.Json;
using System.Text.Json.Serialization;
using P2PChat.Node.Model;

namespace P2PChat.Node.Storage.Import;

/// <summary><c>settings.json</c> of a data directory of an older program.</summary>
internal sealed record SettingsFile([property: JsonRequired] Dictionary<string, string> Chosen)
{
    public const string FileName = "settings.json";

    /// <exception cref="PeerStartException">
    /// The file is damaged, or has settings that this program does not know.
    /// </exception>
    public static Dictionary<string, string> Parse(string json, string file)
    {
        try
        {
            var content = JsonSerializer.Deserialize(json, SettingsJson.Default.SettingsFile)
                ?? throw new JsonException("The file is empty.");
            Preferences.RequireKnown(content.Chosen, file);
            return content.Chosen;
        }
        catch (JsonException exception)
        {
            throw new PeerStartException(
                $"{file} is damaged. Delete it to start with the default settings.",
                exception
            );
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(SettingsFile))]
internal sealed partial class SettingsJson : JsonSerializerContext;
