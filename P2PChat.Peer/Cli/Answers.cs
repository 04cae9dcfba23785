using P2PChat.Client;

namespace P2PChat.Peer.Cli;

/// <summary>
/// Formats the answers of listing commands. The base class writes the plain lines that scripts rely on.
/// </summary>
public class Answers
{
    public virtual IEnumerable<string> Peers(PeersResponse response) => CommandText.Peers(response.Peers);

    public virtual IEnumerable<string> Requests(RequestsResponse response) => CommandText.Requests(response.Requests);

    public virtual IEnumerable<string> Contacts(ContactsResponse response) => CommandText.Contacts(response.Contacts);

    /// <param name="now">No message is later, whatever its sender's clock says.</param>
    public virtual IEnumerable<string> Chats(
        ConversationsResponse conversations,
        RoomsResponse rooms,
        DateTimeOffset now
    ) => CommandText.Chats(conversations.Conversations, rooms.Rooms, now);

    public virtual IEnumerable<string> Safety(string name, SafetyResponse safety) => CommandText.Safety(name, safety);

    public virtual IEnumerable<string> Invite(InviteItem invite, TimeZoneInfo timeZone) =>
        InviteText.Made(invite, timeZone, InviteText.Code(invite));

    public virtual IEnumerable<string> Invites(InvitesResponse response, TimeZoneInfo timeZone) =>
        InviteText.List(response.Invites, timeZone);

    /// <param name="url">Signs one browser in.</param>
    public virtual string WebLink(string url) => url;

    public virtual IEnumerable<string> Profile(ProfileResponse profile) => ProfileCommands.Lines(profile);

    public virtual IEnumerable<string> Settings(SettingsResponse response) => CommandText.Settings(response.Settings);

    public virtual IEnumerable<string> Status(StatusResponse status) => CommandText.Status(status);

    public virtual IEnumerable<string> Doctor(DoctorResponse report) => DoctorCommand.Lines(report);

    public virtual IEnumerable<string> History(MessagesResponse page, TimeZoneInfo timeZone) =>
        CommandText.History(page.Messages, timeZone);

    public virtual IEnumerable<string> Timer(string name, TimerResponse timer) => TimerCommand.Lines(name, timer);

    /// <summary>A message with its hidden text.</summary>
    public virtual IEnumerable<string> Revealed(MessageItem message, TimeZoneInfo timeZone) =>
        CommandText.History([message], timeZone);

    /// <inheritdoc cref="Revealed(MessageItem, TimeZoneInfo)"/>
    public virtual IEnumerable<string> Revealed(RoomMessageItem message, TimeZoneInfo timeZone) =>
        RoomText.History([message], timeZone);

    public virtual IEnumerable<string> Info(MessageInfoResponse info, TimeZoneInfo timeZone) =>
        ContentText.Info(info, timeZone);

    /// <param name="connected">The users who are connected.</param>
    public virtual IEnumerable<string> Files(FilesResponse response, IReadOnlySet<string> connected) =>
        FileText.List(response.Files, connected);

    public virtual IEnumerable<string> Rooms(RoomsResponse response) => RoomText.List(response.Rooms);

    public virtual IEnumerable<string> RoomMembers(RoomMembersResponse response) => RoomText.Members(response.Members);

    public virtual IEnumerable<string> RoomLink(RoomLinkItem link, TimeZoneInfo timeZone) =>
        RoomLinkLines.Made(link, timeZone);

    public virtual IEnumerable<string> RoomLinks(RoomLinksResponse response, TimeZoneInfo timeZone) =>
        RoomLinkLines.List(response.Links, timeZone);

    public virtual IEnumerable<string> RoomInfo(RoomMessageInfoResponse info, TimeZoneInfo timeZone) =>
        RoomText.Info(info, timeZone);

    public virtual IEnumerable<string> RoomHistory(RoomMessagesResponse page, TimeZoneInfo timeZone) =>
        RoomText.History(page.Messages, timeZone);

    public virtual IEnumerable<string> SearchResults(SearchResponse results, TimeZoneInfo timeZone) =>
        CommandText.SearchResults(results, timeZone);

    public virtual IEnumerable<string> Help() => CommandText.Help();

    public virtual IEnumerable<string> Help(CommandInfo command) => CommandText.Help(command);
}
