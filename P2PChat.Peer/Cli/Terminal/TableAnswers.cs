using System.Globalization;
using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Peer.Formatting;
using P2PChat.Protocol.Identity;
using Spectre.Console;
using static P2PChat.Peer.Cli.Terminal.TextTable;
using DirectoryState = P2PChat.Client.DirectoryState;
using Relation = P2PChat.Client.Relation;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>Listings as tables for a terminal. Text wraps within its column.</summary>
/// <param name="size">Returns the width and height of the terminal, in columns and rows.</param>
/// <param name="lines">Draws messages.</param>
/// <param name="advise">Writes the commands in a sentence as they are typed now; null to leave them.</param>
public sealed class TableAnswers(
    Func<(int Width, int Height)> size,
    Ink ink,
    MessageLines lines,
    Func<string, string>? advise = null
) : Answers
{
    // Below, the columns of the help are too narrow to read.
    private const int HelpWidth = 70;

    // Received text must not begin a row.
    private const string LineIndent = "    ";

    private readonly TextTable _tables = new(size, ink);

    public override IEnumerable<string> Peers(PeersResponse response) =>
        response.Peers.Count == 0
            ? base.Peers(response)
            : _tables.Draw(
                [],
                response.Peers.Select(peer =>
                    (TextCell[])
                        [
                            new(peer.Username, Person(peer.Username, peer.PeerId)),
                            new(ProfileCommands.Quote(peer.DisplayName), Plain),
                            peer.Online ? new("online", Good) : new("offline", Quiet),
                            new(
                                CommandText.Remark(peer),
                                peer.Relation == Relation.RequestReceived ? Attention : Plain
                            ),
                        ]
                )
            );

    public override IEnumerable<string> Contacts(ContactsResponse response) =>
        response.Contacts.Count == 0
            ? base.Contacts(response)
            : _tables.Draw(
                [
                    "name",
                    response.Contacts.Any(one => one.DisplayName is not null) ? "display name" : "",
                    "nickname",
                    "",
                    "",
                ],
                response.Contacts.Select(contact =>
                    (TextCell[])
                        [
                            new(contact.Username, Person(contact.Username, contact.PeerId)),
                            new(ProfileCommands.Quote(contact.DisplayName), Plain),
                            new(contact.Nickname ?? "", Plain),
                            contact.Blocked ? new("blocked", Alarm)
                            : contact.PeerId is null ? new(CommandText.NoKey, Attention)
                            : contact.OtherKeys.Count > 0 ? new(CommandText.OtherKeys(contact), Alarm)
                            : new(
                                contact.JoinedByInvite
                                    ? $"{CommandText.Verification(contact)}, {CommandText.JoinedByInvite}"
                                    : CommandText.Verification(contact),
                                contact.Verified ? Good : Attention
                            ),
                            new(contact.Path is { } path ? $"connected ({CommandText.Path(path)})" : "", Quiet),
                        ]
                )
            );

    public override IEnumerable<string> Requests(RequestsResponse response) => base.Requests(response).Select(Advise);

    public override IEnumerable<string> Safety(string name, SafetyResponse safety) =>
        QrPanel.Draw(
            QrText.DrawCompact(safety.Qr),
            [
                .. CommandText.Digits(safety.Digits).Select(digits => digits.Trim()),
                "",
                Advise(CommandText.HowToCompare(name, safety)),
            ],
            size(),
            ink
        );

    public override IEnumerable<string> Invite(InviteItem invite, TimeZoneInfo timeZone) =>
        [
            .. invite.Link is { } link ? [ink.Link(link, link, invite.Id)] : Array.Empty<string>(),
            .. QrPanel.Draw(InviteText.Code(invite), [.. InviteText.Notes(invite, timeZone)], size(), ink),
        ];

    public override IEnumerable<string> Invites(InvitesResponse response, TimeZoneInfo timeZone) =>
        base.Invites(response, timeZone).Select(Advise);

    public override string WebLink(string url) => ink.Link(url, url, "web");

    public override IEnumerable<string> Settings(SettingsResponse response) =>
        _tables.Draw(
            [],
            response.Settings.Select(setting =>
                (TextCell[])
                    [
                        new(setting.Name, Name),
                        new(setting.Value, setting.Chosen ? Good : Plain),
                        new(CommandText.Remark(setting), Quiet),
                    ]
            )
        );

    public override IEnumerable<string> Status(StatusResponse status) =>
        _tables.Draw(
            [],
            CommandText
                .StatusRows(status)
                .Select(row =>
                    (TextCell[])
                        [
                            new(row.Label, Quiet),
                            new(
                                row.Value,
                                row.Label == CommandText.DirectoryLabel
                                && status.Directory.State is DirectoryState.Unreachable or DirectoryState.Refused
                                    ? Alarm
                                    : Plain
                            ),
                        ]
                )
        );

    public override IEnumerable<string> Doctor(DoctorResponse report) =>
        new DoctorTables(_tables, ink).Draw(report, Advise);

    public override IEnumerable<string> History(MessagesResponse page, TimeZoneInfo timeZone) =>
        page.Messages.Count == 0 ? base.History(page, timeZone) : lines.Page(page.Messages, size().Width);

    public override IEnumerable<string> Revealed(MessageItem message, TimeZoneInfo timeZone) =>
        lines.Page([message], size().Width, showsSpoilers: true);

    public override IEnumerable<string> RoomHistory(RoomMessagesResponse page, TimeZoneInfo timeZone) =>
        page.Messages.Count == 0 ? base.RoomHistory(page, timeZone) : lines.Page(page.Messages, size().Width);

    public override IEnumerable<string> Revealed(RoomMessageItem message, TimeZoneInfo timeZone) =>
        lines.Page([message], size().Width, showsSpoilers: true);

    public override IEnumerable<string> SearchResults(SearchResponse results, TimeZoneInfo timeZone) =>
        [
            .. (results.Messages.Count == 0 && results.Rooms is not { Messages.Count: > 0 }) || results.Indexing
                ? base.SearchResults(results with { Messages = [], Rooms = null }, timeZone)
                : [],
            .. FoundLines
                .Merge(
                    results,
                    found =>
                        $"{lines.Name(found.With)}  {Line(found.Message, timeZone)}  "
                        + ink.Quiet($"[{found.Message.Id}]"),
                    message => RoomText.Found(message, timeZone)
                )
                .SelectMany(found => found.Split('\n').Select((line, index) => index == 0 ? line : LineIndent + line)),
            .. results.Rooms is { Next: not null } ? [FoundLines.MayBeOlder] : Array.Empty<string>(),
        ];

    public override IEnumerable<string> Help() => size().Width < HelpWidth ? NarrowHelp() : HelpTable();

    public override IEnumerable<string> Help(CommandInfo command) => CommandText.Help(command, size().Width);

    private IEnumerable<string> NarrowHelp() =>
        HelpScreen.Groups.SelectMany(group =>
            (IEnumerable<string>)
                [
                    ink.Quiet(group.Title),
                    .. group.Rows.SelectMany(row =>
                        (IEnumerable<string>)[$"  {ink.Name(row.Usage)}", $"    {row.Summary}"]
                    ),
                ]
        );

    private string[] HelpTable() =>
        _tables.Draw(
            [],
            HelpScreen.Groups.SelectMany(group =>
                (IEnumerable<TextCell[]>)
                    [
                        [new(group.Title, Quiet), new("", Plain)],
                        .. group.Rows.Select(row => (TextCell[])[new($"  {row.Usage}", Name), new(row.Summary, Plain)]),
                    ]
            )
        );

    private string Advise(string sentence) => advise?.Invoke(sentence) ?? sentence;

    private string Line(MessageItem message, TimeZoneInfo timeZone)
    {
        var state = CommandText.Remark(message.State) is { Length: > 0 } remark ? ink.Quiet($" ({remark})") : "";
        var (sentAt, from) = (ink.Quiet(SentAt(message, timeZone)), $"{lines.Name(message.From)}:");
        return $"{sentAt} {from} {MessageText.Flatten(message.Text)}{state}";
    }

    private static string SentAt(MessageItem message, TimeZoneInfo timeZone) =>
        TimeZoneInfo.ConvertTime(message.SentAt, timeZone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    // The key's hue, even of someone who is not a contact.
    private Style Person(string username, string? peerId) =>
        new(
            Color.FromInt32(
                ink.ColorOf(
                    peerId is null ? PersonHue.Of(Username.Parse(username)) : PersonHue.Of(PeerId.Parse(peerId))
                )
            ),
            decoration: Decoration.Bold
        );
}
