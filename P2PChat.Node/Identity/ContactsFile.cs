using System.Text.Json;
using System.Text.Json.Serialization;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Identity;

/// <summary><c>contacts.json</c> of a data directory.</summary>
/// <param name="Version">Absent in the first version, which had pins and sequences only.</param>
internal sealed record ContactsFile(
    [property: JsonRequired] ulong OwnSequence,
    [property: JsonRequired] Dictionary<string, ContactEntry> Peers,
    int Version = 1
)
{
    public const string FileName = "contacts.json";
    public const int Newest = 2;

    /// <exception cref="PeerStartException">The file is damaged, or of a newer version.</exception>
    public static (ulong OwnSequence, Dictionary<Username, ContactState> Contacts) Parse(string json, string file)
    {
        try
        {
            var content = JsonSerializer.Deserialize(json, ContactsJson.Default.ContactsFile)
                ?? throw new JsonException("The file is empty.");
            if (content.Version > Newest)
            {
                throw new PeerStartException($"{file} was written by a newer version of this program: run that one.");
            }

            if (content.Peers.ContainsValue(null!))
            {
                throw new JsonException("A contact is null.");
            }

            return (
                content.OwnSequence,
                content.Peers.ToDictionary(peer => Username.Parse(peer.Key), peer => ContactState.Of(peer.Value))
            );
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException)
        {
            // To go on without it would forget every pinned key, in silence.
            throw new PeerStartException(
                $"{file} is damaged: restore it from a backup, or move it away to forget whom this peer knows.",
                e
            );
        }
    }

    public static string Write(ulong ownSequence, IEnumerable<KeyValuePair<Username, ContactState>> contacts) =>
        JsonSerializer.Serialize(
            new ContactsFile(
                ownSequence,
                contacts.ToDictionary(contact => contact.Key.Value, contact => contact.Value.ToEntry()),
                Newest
            ),
            ContactsJson.Default.ContactsFile
        );
}

/// <param name="PeerId">The pinned key; null while the next one that the directory gives is to be pinned.</param>
/// <param name="Sequence">Of the newest record that was seen.</param>
/// <param name="Stranger">Never connected: here only because it is blocked.</param>
/// <param name="OtherKeys">See <see cref="Contact.OtherKeys"/>; absent if there are none.</param>
internal sealed record ContactEntry(
    [property: JsonRequired] string? PeerId,
    [property: JsonRequired] ulong Sequence,
    string? Nickname = null,
    bool Verified = false,
    bool Blocked = false,
    bool Stranger = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? OtherKeys = null
);

/// <summary>What is kept of one name.</summary>
internal readonly record struct ContactState(
    PeerId? PeerId,
    ulong Sequence,
    string? Nickname,
    bool Verified,
    bool Blocked,
    bool Stranger
)
{
    private readonly IReadOnlyList<PeerId>? _otherKeys;

    public IReadOnlyList<PeerId> OtherKeys
    {
        get => _otherKeys ?? [];
        init => _otherKeys = value;
    }

    public static ContactState Of(ContactEntry entry) =>
        new(
            entry.PeerId is { } text ? Protocol.Identity.PeerId.Parse(text) : null,
            entry.Sequence,
            entry.Nickname,
            entry.Verified,
            entry.Blocked,
            entry.Stranger
        )
        {
            OtherKeys = entry.OtherKeys is { Count: > 0 } keys ? [.. keys.Select(Protocol.Identity.PeerId.Parse)] : [],
        };

    public ContactEntry ToEntry() =>
        new(
            PeerId?.ToString(),
            Sequence,
            Nickname,
            Verified,
            Blocked,
            Stranger,
            OtherKeys.Count == 0 ? null : [.. OtherKeys.Select(key => key.ToString())]
        );
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    RespectNullableAnnotations = true
)]
[JsonSerializable(typeof(ContactsFile))]
internal sealed partial class ContactsJson : JsonSerializerContext;
