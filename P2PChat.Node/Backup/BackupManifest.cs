using System.Text.Json;
using System.Text.Json.Serialization;

namespace P2PChat.Node.Backup;

/// <summary>The owner of a backup, and the time when it was made.</summary>
public sealed record BackupManifest(
    [property: JsonRequired] string Username,
    [property: JsonRequired] string PeerId,
    [property: JsonRequired] DateTimeOffset CreatedAt
)
{
    /// <summary>The maximum size, in bytes.</summary>
    public const int MaxSize = 4096;

    internal byte[] ToUtf8() => JsonSerializer.SerializeToUtf8Bytes(this, BackupJson.Default.BackupManifest);

    /// <exception cref="BackupException">The content is not a manifest.</exception>
    public static BackupManifest Parse(ReadOnlySpan<byte> utf8)
    {
        try
        {
            if (
                utf8.Length <= MaxSize
                && JsonSerializer.Deserialize(utf8, BackupJson.Default.BackupManifest) is { } manifest
                && Protocol.Identity.Username.TryParse(manifest.Username, out _)
                && Protocol.Identity.PeerId.TryParse(manifest.PeerId, out _)
            )
            {
                return manifest;
            }
        }
        catch (JsonException exception)
        {
            throw new BackupException(BackupError.Damaged, exception);
        }

        throw new BackupException(BackupError.Damaged);
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(BackupManifest))]
internal sealed partial class BackupJson : JsonSerializerContext;
