using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using P2PChat.Client;

namespace P2PChat.Peer.Cli;

/// <summary>
/// Formats answers as the local API does, on one line (docs/openapi.json). Non-ASCII characters are escaped, so no text
/// of another peer reaches a terminal unescaped.
/// </summary>
public sealed class JsonAnswers : Answers
{
    private JsonAnswers() { }

    public static JsonAnswers Instance { get; } = new();

    public override IEnumerable<string> Peers(PeersResponse response) => Line(response, ApiJson.Default.PeersResponse);

    public override IEnumerable<string> Requests(RequestsResponse response) =>
        Line(response, ApiJson.Default.RequestsResponse);

    public override IEnumerable<string> Contacts(ContactsResponse response) =>
        Line(response, ApiJson.Default.ContactsResponse);

    /// <returns>The answers about conversations and about rooms, as one object.</returns>
    public override IEnumerable<string> Chats(
        ConversationsResponse conversations,
        RoomsResponse rooms,
        DateTimeOffset now
    ) => Line(new ChatsAnswer(conversations.Conversations, rooms.Rooms), ChatsJson.Default.ChatsAnswer);

    public override IEnumerable<string> Safety(string name, SafetyResponse safety) =>
        Line(safety, ApiJson.Default.SafetyResponse);

    public override IEnumerable<string> Invite(InviteItem invite, TimeZoneInfo timeZone) =>
        Line(invite, ApiJson.Default.InviteItem);

    public override IEnumerable<string> Invites(InvitesResponse response, TimeZoneInfo timeZone) =>
        Line(response, ApiJson.Default.InvitesResponse);

    public override IEnumerable<string> Profile(ProfileResponse profile) =>
        Line(profile, ApiJson.Default.ProfileResponse);

    public override IEnumerable<string> Settings(SettingsResponse response) =>
        Line(response, ApiJson.Default.SettingsResponse);

    public override IEnumerable<string> Status(StatusResponse status) => Line(status, ApiJson.Default.StatusResponse);

    public override IEnumerable<string> Doctor(DoctorResponse report) => Line(report, ApiJson.Default.DoctorResponse);

    public override IEnumerable<string> History(MessagesResponse page, TimeZoneInfo timeZone) =>
        Line(page, ApiJson.Default.MessagesResponse);

    public override IEnumerable<string> Timer(string name, TimerResponse timer) =>
        Line(timer, ApiJson.Default.TimerResponse);

    public override IEnumerable<string> Info(MessageInfoResponse info, TimeZoneInfo timeZone) =>
        Line(info, ApiJson.Default.MessageInfoResponse);

    public override IEnumerable<string> Files(FilesResponse response, IReadOnlySet<string> connected) =>
        Line(response, ApiJson.Default.FilesResponse);

    public override IEnumerable<string> Rooms(RoomsResponse response) => Line(response, ApiJson.Default.RoomsResponse);

    public override IEnumerable<string> RoomMembers(RoomMembersResponse response) =>
        Line(response, ApiJson.Default.RoomMembersResponse);

    public override IEnumerable<string> RoomLink(RoomLinkItem link, TimeZoneInfo timeZone) =>
        Line(link, ApiJson.Default.RoomLinkItem);

    public override IEnumerable<string> RoomLinks(RoomLinksResponse response, TimeZoneInfo timeZone) =>
        Line(response, ApiJson.Default.RoomLinksResponse);

    public override IEnumerable<string> RoomInfo(RoomMessageInfoResponse info, TimeZoneInfo timeZone) =>
        Line(info, ApiJson.Default.RoomMessageInfoResponse);

    public override IEnumerable<string> RoomHistory(RoomMessagesResponse page, TimeZoneInfo timeZone) =>
        Line(page, ApiJson.Default.RoomMessagesResponse);

    public override IEnumerable<string> SearchResults(SearchResponse results, TimeZoneInfo timeZone) =>
        Line(results, ApiJson.Default.SearchResponse);

    private static string[] Line<T>(T answer, JsonTypeInfo<T> type) => [JsonSerializer.Serialize(answer, type)];
}

/// <summary>The answer to <c>chats</c>, for which the local API has two calls.</summary>
internal sealed record ChatsAnswer(IReadOnlyList<ConversationItem> Conversations, IReadOnlyList<RoomItem> Rooms);

/// <summary>Writes <see cref="ChatsAnswer"/> as <see cref="ApiJson"/> writes its parts.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(ChatsAnswer))]
internal sealed partial class ChatsJson : JsonSerializerContext;
