using System.Text.Json.Serialization;

namespace P2PChat.Peer.Identity;

/// <summary><c>contacts.json</c> of a data directory.</summary>
internal sealed record ContactsFile(
    [property: JsonRequired] ulong OwnSequence, [property: JsonRequired] Dictionary<string, ContactEntry> Peers);

/// <param name="PeerId">The pinned key.</param>
/// <param name="Sequence">Of the newest record that was seen.</param>
internal sealed record ContactEntry([property: JsonRequired] string PeerId, [property: JsonRequired] ulong Sequence);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(ContactsFile))]
internal sealed partial class ContactsJson : JsonSerializerContext;
