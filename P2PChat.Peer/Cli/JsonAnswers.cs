using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Storage;
using P2PChat.Peer.Api;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary>
/// What the local API answers to the same question, as one line; docs/openapi.json describes it. What is not ASCII is
/// escaped, so that no text of another's reaches a terminal as it is.
/// </summary>
public sealed class JsonAnswers : Answers
{
    private JsonAnswers() { }

    public static JsonAnswers Only { get; } = new();

    public override IEnumerable<string> List(IReadOnlyList<PeerView> peers) =>
        Line(PeersResponse.Of(peers), ApiJson.Default.PeersResponse);

    public override IEnumerable<string> Requests(IReadOnlyList<PeerRequest> requests) =>
        Line(RequestsResponse.Of(requests), ApiJson.Default.RequestsResponse);

    public override IEnumerable<string> Contacts(IReadOnlyList<Contact> contacts) =>
        Line(ContactsResponse.Of(contacts), ApiJson.Default.ContactsResponse);

    public override IEnumerable<string> Safety(Username name, Safety safety) =>
        Line(SafetyResponse.Of(safety), ApiJson.Default.SafetyResponse);

    public override IEnumerable<string> Settings(IReadOnlyList<Setting> settings) =>
        Line(SettingsResponse.Of(settings), ApiJson.Default.SettingsResponse);

    public override IEnumerable<string> Status(PeerStatus status) =>
        Line(StatusResponse.Of(status), ApiJson.Default.StatusResponse);

    public override IEnumerable<string> History(MessagePage page, TimeZoneInfo zone) =>
        Line(MessagesResponse.Of(page), ApiJson.Default.MessagesResponse);

    public override IEnumerable<string> Found(SearchPage page, TimeZoneInfo zone) =>
        Line(SearchResponse.Of(page), ApiJson.Default.SearchResponse);

    private static string[] Line<T>(T answer, JsonTypeInfo<T> type) => [JsonSerializer.Serialize(answer, type)];
}
