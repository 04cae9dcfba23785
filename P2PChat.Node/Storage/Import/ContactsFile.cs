using System.Text.Json;
using System.Text.Json.Serialization;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Storage.Import;

/// <summary><c>contacts.json</c> of a data directory of an older program.</summary>
/// <param name="Version">Absent in the first version, which had pins and sequences only.</param>
internal sealed record ContactsFile(
    [property: JsonRequired] ulong OwnSequence,
    [property: JsonRequired] Dictionary<string, ContactEntry> Peers,
    int Version = 1
)
{
    public const string FileName = "contacts.json";
    private const int Newest = 2;

    /// <exception cref="PeerStartException">The file is damaged, or of a newer version.</exception>
    public static (ulong OwnSequence, Dictionary<Username, StoredContact?> Contacts) Parse(string json, string file)
    {
        try
        {
            var content = JsonSerializer.Deserialize(json, ContactsJson.Default.ContactsFile)
                ?? throw new JsonException("The file is empty.");
            if (content.Version > Newest)
            {
                throw new PeerStartException(
                    $"{file} was written by a newer version of this program. Start that version."
                );
            }

            if (content.Peers.ContainsValue(null!))
            {
                throw new JsonException("A contact is null.");
            }

            return (
                content.OwnSequence,
                content.Peers.ToDictionary(
                    peer => Username.Parse(peer.Key),
                    peer => (StoredContact?)peer.Value.ToContact()
                )
            );
        }
        catch (Exception exception) when (exception is JsonException or FormatException or ArgumentException)
        {
            // Without it every pinned key would be forgotten unnoticed.
            throw new PeerStartException(
                $"{file} is damaged. Restore it from a backup, or move it away to forget all contacts.",
                exception
            );
        }
    }
}

/// <inheritdoc cref="StoredContact"/>
internal sealed record ContactEntry(
    [property: JsonRequired] string? PeerId,
    [property: JsonRequired] ulong Sequence,
    string? Nickname = null,
    bool Verified = false,
    bool Blocked = false,
    bool Stranger = false,
    IReadOnlyList<string>? OtherKeys = null
)
{
    public StoredContact ToContact() =>
        new(
            PeerId is { } text ? Protocol.Identity.PeerId.Parse(text) : null,
            Sequence,
            Nickname,
            Verified ? VerifiedBy.Comparison : VerifiedBy.None,
            Blocked,
            Stranger
        )
        {
            OtherKeys = OtherKeys is { Count: > 0 } keys ? [.. keys.Select(Protocol.Identity.PeerId.Parse)] : [],
        };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ContactsFile))]
internal sealed partial class ContactsJson : JsonSerializerContext;
