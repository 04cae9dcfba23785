using System.Text.Json;
using System.Text.Json.Serialization;
using P2PChat.Peer.Chat;

namespace P2PChat.Peer.Api;

/// <summary>Answer to <c>GET /api/status</c>.</summary>
/// <param name="Endpoint">What the peer advertises, <c>host:port</c>; null before it listens.</param>
public sealed record StatusResponse(
    string Username, string PeerId, string? Endpoint, DirectoryStatus Directory, int Links, int ProcessId, string Version);

/// <summary>How a peer stands with its directory; also the data of the event <c>directory</c>.</summary>
/// <param name="Detail">A sentence on why it is not registered; null if it is.</param>
public sealed record DirectoryStatus(
    [property: JsonConverter(typeof(KebabCase<DirectoryState>))] DirectoryState State, string? Detail);

/// <summary>Answer to <c>GET /api/peers</c>.</summary>
public sealed record PeersResponse(IReadOnlyList<PeerItem> Peers);

/// <summary>A peer of the directory's list.</summary>
/// <param name="Relation">What this peer is to it.</param>
public sealed record PeerItem(
    string Username,
    string PeerId,
    bool Online,
    DateTimeOffset LastSeen,
    [property: JsonConverter(typeof(KebabCase<Relation>))] Relation Relation);

/// <summary>Answer to <c>GET /api/requests</c>.</summary>
public sealed record RequestsResponse(IReadOnlyList<NameData> Requests);

/// <summary>Answer to <c>POST /api/web-links</c>.</summary>
/// <param name="Url">Signs one browser in, once. A secret.</param>
public sealed record WebLinkResponse(string Url, DateTimeOffset ExpiresAt);

/// <summary>Body of <c>POST /api/connections</c>.</summary>
public sealed record ConnectRequest(string Username);

/// <summary>Body of <c>POST /api/conversations/{username}/messages</c>.</summary>
/// <param name="Text">1 byte to 64 KiB of UTF-8.</param>
public sealed record SendRequest(string Text);

/// <summary>Answer to <c>POST /api/conversations/{username}/messages</c>.</summary>
public sealed record SendResponse(Guid Id);

/// <summary>Answer to <c>GET /api/conversations/{username}/messages</c>; oldest first.</summary>
/// <param name="Next">To be passed as <c>after</c> (or, when paging back, as <c>before</c>) for more; null if there are none.</param>
public sealed record MessagesResponse(IReadOnlyList<MessageItem> Messages, Guid? Next);

/// <summary>A message; also the data of the event <c>message</c>.</summary>
/// <param name="SentAt">By its sender's clock.</param>
public sealed record MessageItem(
    Guid Id,
    string From,
    string Text,
    DateTimeOffset SentAt,
    [property: JsonConverter(typeof(KebabCase<MessageState>))] MessageState State)
{
    public static MessageItem Of(Message message) =>
        new(message.Id, message.From.Value, message.Text, message.SentAt, message.State);
}

/// <summary>Data of the events <c>request</c>, <c>request-withdrawn</c> and <c>connected</c>.</summary>
public sealed record NameData(string Username);

/// <summary>Data of the event <c>disconnected</c>.</summary>
public sealed record DisconnectedData(
    string Username, [property: JsonConverter(typeof(KebabCase<DisconnectReason>))] DisconnectReason Reason);

/// <summary>Data of the event <c>receipt</c>.</summary>
/// <param name="Username">To whom the message went.</param>
public sealed record ReceiptData(
    string Username, Guid Id, [property: JsonConverter(typeof(KebabCase<MessageState>))] MessageState State);

/// <summary>Writes an enumeration's words as <c>connection-lost</c>.</summary>
public sealed class KebabCase<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false)
    where T : struct, Enum;

/// <summary>JSON of the local API, without reflection.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(StatusResponse))]
[JsonSerializable(typeof(PeersResponse))]
[JsonSerializable(typeof(RequestsResponse))]
[JsonSerializable(typeof(WebLinkResponse))]
[JsonSerializable(typeof(ConnectRequest))]
[JsonSerializable(typeof(SendRequest))]
[JsonSerializable(typeof(SendResponse))]
[JsonSerializable(typeof(MessagesResponse))]
[JsonSerializable(typeof(DisconnectedData))]
[JsonSerializable(typeof(ReceiptData))]
public sealed partial class ApiJson : JsonSerializerContext;
