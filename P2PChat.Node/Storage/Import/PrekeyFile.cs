using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;

namespace P2PChat.Node.Storage.Import;

/// <summary><c>prekeys.json</c> of a data directory of an older program.</summary>
internal sealed record PrekeyFile([property: JsonRequired] List<PrekeyEntry> Prekeys)
{
    public const string FileName = "prekeys.json";

    /// <exception cref="PeerStartException">The file is damaged.</exception>
    public static List<StoredPrekey> Parse(string json, string file)
    {
        try
        {
            var content = JsonSerializer.Deserialize(json, PrekeyJson.Default.PrekeyFile)
                ?? throw new JsonException("The file is empty.");
            if (content.Prekeys.Contains(null!))
            {
                throw new JsonException("A prekey is null.");
            }

            return content.Prekeys.ConvertAll(entry => entry.ToPrekey());
        }
        catch (Exception exception) when (exception is JsonException or FormatException or CryptographicException)
        {
            // Without it waiting mail would become unreadable unnoticed.
            throw new PeerStartException(
                $"{file} is damaged. Restore it from a backup. If you move it away instead, mail that waits for "
                    + "this peer cannot be read until it is sent again.",
                exception
            );
        }
    }
}

/// <inheritdoc cref="StoredPrekey"/>
/// <param name="PrivateKey">PKCS #8, in base64.</param>
internal sealed record PrekeyEntry(
    [property: JsonRequired] ulong Id,
    [property: JsonRequired] DateTimeOffset Created,
    DateTimeOffset? ReplacedAt,
    [property: JsonRequired] string PrivateKey
)
{
    public StoredPrekey ToPrekey()
    {
        var key = Convert.FromBase64String(PrivateKey);
        using var check = ECDiffieHellman.Create();
        check.ImportPkcs8PrivateKey(key, out _);
        return new StoredPrekey(Id, Created, ReplacedAt, key);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(PrekeyFile))]
internal sealed partial class PrekeyJson : JsonSerializerContext;
