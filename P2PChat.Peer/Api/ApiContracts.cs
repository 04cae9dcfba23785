using System.Text.Json;
using System.Text.Json.Serialization;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Storage;

namespace P2PChat.Peer.Api;

/// <summary>Answer to <c>GET /api/status</c>.</summary>
/// <param name="Endpoint">What the peer advertises, <c>host:port</c>; null before it listens.</param>
public sealed record StatusResponse(
    string Username,
    string PeerId,
    string? Endpoint,
    DirectoryStatus Directory,
    int Links,
    int ProcessId,
    string Version
)
{
    public static StatusResponse Of(PeerStatus status) =>
        new(
            status.Name.Value,
            status.PeerId.ToString(),
            status.Endpoint,
            new DirectoryStatus(status.Directory, status.DirectoryDetail),
            status.Links,
            status.ProcessId,
            status.Version
        );
}

/// <summary>How a peer stands with its directory; also the data of the event <c>directory</c>.</summary>
/// <param name="Detail">A sentence about a problem with the registration; null if there is none.</param>
public sealed record DirectoryStatus(
    [property: JsonConverter(typeof(KebabCase<DirectoryState>))] DirectoryState State,
    string? Detail
);

/// <summary>Answer to <c>GET /api/peers</c>.</summary>
public sealed record PeersResponse(IReadOnlyList<PeerItem> Peers)
{
    public static PeersResponse Of(IReadOnlyList<PeerView> peers) =>
        new([
            .. peers.Select(peer => new PeerItem(
                peer.Name.Value,
                peer.PeerId.ToString(),
                peer.Online,
                peer.LastSeen,
                peer.Relation,
                peer.Verified
            )),
        ]);
}

/// <summary>A peer of the directory's list.</summary>
/// <param name="Relation">What this peer is to it.</param>
/// <param name="Verified">Whether the safety number for this exact key has been compared.</param>
public sealed record PeerItem(
    string Username,
    string PeerId,
    bool Online,
    DateTimeOffset LastSeen,
    [property: JsonConverter(typeof(KebabCase<Relation>))] Relation Relation,
    bool Verified = false
);

/// <summary>Answer to <c>GET /api/requests</c>.</summary>
public sealed record RequestsResponse(IReadOnlyList<NameAndKeyData> Requests)
{
    public static RequestsResponse Of(IReadOnlyList<PeerRequest> requests) =>
        new([.. requests.Select(request => new NameAndKeyData(request.From.Value, request.Key.ToString()))]);
}

/// <summary>Answer to <c>POST /api/web-links</c>.</summary>
/// <param name="Url">Signs one browser in, once. A secret.</param>
public sealed record WebLinkResponse(string Url, DateTimeOffset ExpiresAt);

/// <summary>Body of <c>POST /api/connections</c>.</summary>
public sealed record ConnectRequest(string Username);

/// <summary>Answer to <c>GET /api/contacts</c>; by username.</summary>
public sealed record ContactsResponse(IReadOnlyList<ContactItem> Contacts)
{
    public static ContactsResponse Of(IReadOnlyList<Contact> contacts) =>
        new([
            .. contacts.Select(contact => new ContactItem(
                contact.Name.Value,
                contact.PeerId?.ToString(),
                contact.Nickname,
                contact.Verified,
                contact.Blocked,
                [.. contact.OtherKeys.Select(key => key.ToString())]
            )),
        ]);
}

/// <summary>Somebody whom this peer knows.</summary>
/// <param name="PeerId">The pinned key; null if an older version removed the pin, until the next connection.</param>
/// <param name="Verified">Whether the safety number has been compared.</param>
/// <param name="OtherKeys">Other keys that a warning showed since, newest last; a trust may accept one of them.</param>
public sealed record ContactItem(
    string Username,
    string? PeerId,
    string? Nickname,
    bool Verified,
    bool Blocked,
    IReadOnlyList<string> OtherKeys
);

/// <summary>Body of <c>POST /api/contacts/{username}/trust</c>.</summary>
/// <param name="PeerId">The key to accept, or at least its first seven characters; null if a warning showed only one.</param>
public sealed record TrustRequest(string? PeerId);

/// <summary>Answer to <c>POST /api/contacts/{username}/trust</c>.</summary>
/// <param name="PeerId">The key that is pinned now.</param>
/// <param name="Digits">The safety number for that key: twelve groups of five digits.</param>
public sealed record TrustResponse(string PeerId, string Digits);

/// <summary>Body of <c>PUT /api/contacts/{username}/nickname</c>.</summary>
/// <param name="Nickname">1 to 64 characters; null to have none.</param>
public sealed record NicknameRequest(string? Nickname);

/// <summary>Answer to <c>GET /api/contacts/{username}/safety</c>.</summary>
/// <param name="Digits">Twelve groups of five.</param>
/// <param name="Qr">What a QR code is to hold.</param>
/// <param name="Verified">Whether it has been compared.</param>
public sealed record SafetyResponse(string Digits, string Qr, bool Verified)
{
    public static SafetyResponse Of(Safety safety) => new(safety.Digits, safety.QrText, safety.Verified);
}

/// <summary>Body of <c>POST /api/contacts/{username}/verify</c>.</summary>
/// <param name="Digits">60 digits, with or without spaces, as the other person reads them out.</param>
public sealed record VerifyRequest(string Digits);

/// <summary>Answer to <c>POST /api/contacts/{username}/verify</c>.</summary>
/// <param name="Matches">If so, the contact is marked.</param>
public sealed record VerifyResponse(bool Matches);

/// <summary>Answer to <c>GET /api/settings</c>.</summary>
public sealed record SettingsResponse(IReadOnlyList<SettingItem> Settings)
{
    public static SettingsResponse Of(IReadOnlyList<Setting> settings) =>
        new([
            .. settings.Select(setting => new SettingItem(
                setting.Name,
                setting.Value,
                setting.IsChosen,
                setting.Values,
                setting.Does
            )),
        ]);
}

/// <summary>Something that the person may choose.</summary>
/// <param name="Chosen">Whether the person has chosen it; else it is as the peer was started.</param>
/// <param name="Values">What it can be.</param>
/// <param name="Does">What it decides.</param>
public sealed record SettingItem(string Name, string Value, bool Chosen, IReadOnlyList<string> Values, string Does);

/// <summary>Body of <c>PUT /api/settings/{name}</c>.</summary>
/// <param name="Value">Null to have it as the peer was started.</param>
public sealed record SettingRequest(string? Value);

/// <summary>Body of <c>POST /api/backup</c>.</summary>
/// <param name="Path">Absolute, on the peer's machine.</param>
/// <param name="Passphrase">8 to 1,024 characters.</param>
/// <param name="Force">Whether a file that is there is replaced.</param>
public sealed record BackupRequest(string Path, string Passphrase, bool Force = false);

/// <summary>Body of <c>POST /api/conversations/{username}/messages</c>.</summary>
/// <param name="Text">1 byte to 64 KiB of UTF-8.</param>
public sealed record SendRequest(string Text);

/// <summary>Answer to <c>POST /api/conversations/{username}/messages</c>.</summary>
/// <param name="Route">How the message would go out now. It is stored in any case.</param>
public sealed record SendResponse(Guid Id, [property: JsonConverter(typeof(KebabCase<SendRoute>))] SendRoute Route);

/// <summary>Body of <c>POST /api/traces</c>.</summary>
/// <param name="Username">With whom the conversation is.</param>
/// <param name="Text">1 byte to 64 KiB of UTF-8.</param>
public sealed record TraceRequest(string Username, string Text);

/// <summary>Answer to <c>POST /api/traces</c>.</summary>
/// <param name="TraceId">In hexadecimal; null where this peer exports no telemetry.</param>
public sealed record TraceResponse(string? TraceId, IReadOnlyList<TraceStepItem> Steps);

/// <summary>A step, and when it was done, counted from the beginning.</summary>
public sealed record TraceStepItem(string Name, double AfterMilliseconds);

/// <summary>Answer to <c>GET /api/conversations/{username}/messages</c>; oldest first.</summary>
/// <param name="Next">To be passed as <c>after</c> (or, when paging back, as <c>before</c>) for more; null if there are none.</param>
public sealed record MessagesResponse(IReadOnlyList<MessageItem> Messages, Guid? Next)
{
    public static MessagesResponse Of(MessagePage page) => new([.. page.Messages.Select(MessageItem.Of)], page.Next);
}

/// <summary>A message; also the data of the event <c>message</c>.</summary>
/// <param name="SentAt">By its sender's clock.</param>
public sealed record MessageItem(
    Guid Id,
    string From,
    string Text,
    DateTimeOffset SentAt,
    [property: JsonConverter(typeof(KebabCase<MessageState>))] MessageState State
)
{
    public static MessageItem Of(Message message) =>
        new(message.Id, message.From.Value, message.Text, message.SentAt, message.State);
}

/// <summary>Data of the events <c>request-withdrawn</c> and <c>connected</c>.</summary>
public sealed record NameData(string Username);

/// <summary>Data of the events <c>request</c>, <c>key-changed</c> and <c>name-claimed</c>.</summary>
/// <param name="PeerId">The key that the peer has shown. People see its first seven characters.</param>
public sealed record NameAndKeyData(string Username, string PeerId);

/// <summary>Data of the event <c>disconnected</c>.</summary>
public sealed record DisconnectedData(
    string Username,
    [property: JsonConverter(typeof(KebabCase<DisconnectReason>))] DisconnectReason Reason
);

/// <summary>Data of the event <c>receipt</c>. The state <c>read</c> counts for all messages that were sent before it too.</summary>
/// <param name="Username">To whom the message went.</param>
public sealed record ReceiptData(
    string Username,
    Guid Id,
    [property: JsonConverter(typeof(KebabCase<MessageState>))] MessageState State
);

/// <summary>Data of the event <c>typing</c>.</summary>
public sealed record TypingData(string Username, bool Active);

/// <summary>Data of the event <c>presence</c>.</summary>
public sealed record PresenceData(string Username, bool Away);

/// <summary>Body of <c>POST /api/conversations/{username}/read</c>.</summary>
/// <param name="UpTo">The last message that was read; null for all that have come.</param>
public sealed record ReadRequest(Guid? UpTo);

/// <summary>Body of <c>POST /api/conversations/{username}/typing</c>.</summary>
public sealed record TypingRequest(bool Active);

/// <summary>Body of <c>POST /api/presence</c>.</summary>
public sealed record PresenceRequest(bool Away);

/// <summary>Answer to <c>GET /api/search</c>; newest first.</summary>
/// <param name="Next">To be passed as <c>before</c> for more; null if there are none.</param>
/// <param name="Indexing">Whether older messages are still being indexed after an upgrade and cannot be found yet.</param>
public sealed record SearchResponse(IReadOnlyList<FoundItem> Messages, long? Next, bool Indexing = false)
{
    public static SearchResponse Of(SearchPage page) =>
        new(
            [.. page.Messages.Select(message => new FoundItem(message.With.Value, MessageItem.Of(message)))],
            page.Next,
            page.Indexing
        );
}

/// <summary>A message that was found.</summary>
/// <param name="With">Whose conversation it is in.</param>
public sealed record FoundItem(string With, MessageItem Message);

/// <summary>Answer to <c>DELETE /api/conversations/{username}/messages</c>.</summary>
public sealed record DeletedResponse(int Deleted);

/// <summary>Writes an enumeration's words as <c>connection-lost</c>.</summary>
public sealed class KebabCase<T>()
    : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false)
    where T : struct, Enum;

/// <summary>JSON of the local API, without reflection.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(StatusResponse))]
[JsonSerializable(typeof(PeersResponse))]
[JsonSerializable(typeof(RequestsResponse))]
[JsonSerializable(typeof(WebLinkResponse))]
[JsonSerializable(typeof(ConnectRequest))]
[JsonSerializable(typeof(ContactsResponse))]
[JsonSerializable(typeof(NicknameRequest))]
[JsonSerializable(typeof(TrustRequest))]
[JsonSerializable(typeof(TrustResponse))]
[JsonSerializable(typeof(NameAndKeyData))]
[JsonSerializable(typeof(NameData))]
[JsonSerializable(typeof(SafetyResponse))]
[JsonSerializable(typeof(VerifyRequest))]
[JsonSerializable(typeof(VerifyResponse))]
[JsonSerializable(typeof(SettingsResponse))]
[JsonSerializable(typeof(SettingRequest))]
[JsonSerializable(typeof(BackupRequest))]
[JsonSerializable(typeof(SendRequest))]
[JsonSerializable(typeof(SendResponse))]
[JsonSerializable(typeof(MessagesResponse))]
[JsonSerializable(typeof(TraceRequest))]
[JsonSerializable(typeof(TraceResponse))]
[JsonSerializable(typeof(DisconnectedData))]
[JsonSerializable(typeof(ReceiptData))]
[JsonSerializable(typeof(TypingData))]
[JsonSerializable(typeof(PresenceData))]
[JsonSerializable(typeof(ReadRequest))]
[JsonSerializable(typeof(TypingRequest))]
[JsonSerializable(typeof(PresenceRequest))]
[JsonSerializable(typeof(SearchResponse))]
[JsonSerializable(typeof(DeletedResponse))]
public sealed partial class ApiJson : JsonSerializerContext;
