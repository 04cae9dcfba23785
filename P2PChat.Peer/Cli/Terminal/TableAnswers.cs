using System.Globalization;
using P2PChat.Client;
using Spectre.Console;
using SafeText = P2PChat.Node.Model.SafeText;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>Listings as tables for a terminal. Text wraps within its column.</summary>
/// <param name="width">The terminal's width in columns.</param>
public sealed class TableAnswers(Func<int> width, Ink ink) : Answers
{
    private const int MinWidth = 20;

    // In a narrower terminal a column of text would be one word wide.
    private const int MinWidthOfHistory = 60;

    private static readonly Style Plain = Style.Plain;
    private static readonly Style Name = new(Color.Teal, decoration: Decoration.Bold);
    private static readonly Style Quiet = new(decoration: Decoration.Dim);
    private static readonly Style Good = new(Color.Green);
    private static readonly Style Attention = new(Color.Olive);
    private static readonly Style Alarm = new(Color.Maroon);

    public override IEnumerable<string> Peers(PeersResponse response) =>
        response.Peers.Count == 0
            ? base.Peers(response)
            : Table(
                [],
                response.Peers.Select(peer =>
                    (Cell[])
                        [
                            new(peer.Username, Name),
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
            : Table(
                ["name", "nickname", ""],
                response.Contacts.Select(contact =>
                    (Cell[])
                        [
                            new(contact.Username, Name),
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
                        ]
                )
            );

    public override IEnumerable<string> Safety(string name, SafetyResponse safety)
    {
        // A wrapped QR code cannot be scanned.
        var code = QrText.Draw(safety.Qr);
        return code[0].Length <= width()
            ? CommandText.Safety(name, safety, code)
            :
            [
                .. CommandText.Safety(name, safety, code: []),
                ink.Quiet($"A terminal with at least {code[0].Length} columns also shows a QR code."),
            ];
    }

    public override IEnumerable<string> Invite(InviteItem invite, TimeZoneInfo timeZone)
    {
        var code = InviteText.Code(invite);
        return InviteText.Made(invite, timeZone, code.Count > 0 && code[0].Length <= width() ? code : []);
    }

    public override IEnumerable<string> Settings(SettingsResponse response) =>
        Table(
            [],
            response.Settings.Select(setting =>
                (Cell[])
                    [
                        new(setting.Name, Name),
                        new(setting.Value, setting.Chosen ? Good : Plain),
                        new(CommandText.Remark(setting), Quiet),
                    ]
            )
        );

    public override IEnumerable<string> Status(StatusResponse status) =>
        Table(
            [],
            CommandText
                .StatusRows(status)
                .Select(row =>
                    (Cell[])
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

    public override IEnumerable<string> History(MessagesResponse page, TimeZoneInfo timeZone) =>
        page.Messages.Count == 0 ? base.History(page, timeZone)
        : width() < MinWidthOfHistory ? page.Messages.Select(message => Line(message, timeZone))
        : Table([], page.Messages.Select(message => Row(message, timeZone)));

    public override IEnumerable<string> SearchResults(SearchResponse results, TimeZoneInfo timeZone) =>
        [
            .. results.Messages.Count == 0 || results.Indexing
                ? base.SearchResults(results with { Messages = [] }, timeZone)
                : [],
            .. results.Messages.Select(found =>
                $"{found.With}  {Line(found.Message, timeZone)}  {ink.Quiet($"[{found.Message.Id}]")}"
            ),
        ];

    public override IEnumerable<string> Help() =>
        Table([], CommandTable.All.Select(command => (Cell[])[new(command.Usage, Name), new(command.Summary, Plain)]));

    private string Line(MessageItem message, TimeZoneInfo timeZone)
    {
        var state = CommandText.Remark(message.State) is { Length: > 0 } remark ? ink.Quiet($" ({remark})") : "";
        var (sentAt, from) = (ink.Quiet(SentAt(message, timeZone)), ink.Name($"{message.From}:"));
        return $"{sentAt} {from} {SafeText.Show(message.Text)}{state}";
    }

    private static string SentAt(MessageItem message, TimeZoneInfo timeZone) =>
        TimeZoneInfo.ConvertTime(message.SentAt, timeZone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static Cell[] Row(MessageItem message, TimeZoneInfo timeZone) =>
        [
            new(SentAt(message, timeZone), Quiet),
            new(message.From, Name),
            new(message.Text, Plain),
            new(
                CommandText.Remark(message.State),
                message.State
                    is MessageState.Expired
                        or MessageState.Unconfirmed
                        or MessageState.Refused
                        or MessageState.Lost
                    ? Alarm
                    : Quiet
            ),
        ];

    private string[] Table(string[] heads, IEnumerable<Cell[]> rows)
    {
        var cells = rows.ToList();
        var table = new Table { Border = TableBorder.None, ShowHeaders = heads.Length > 0 };
        for (var column = 0; column < cells[0].Length; column++)
        {
            var head = heads.Length > 0 ? heads[column] : "";
            var isEmpty = head.Length == 0 && cells.TrueForAll(row => row[column].Text.Length == 0);
            _ = table.AddColumn(
                new TableColumn(new Text(head, Styled(Quiet)))
                {
                    Padding = new Padding(0, 0, isEmpty || column == cells[0].Length - 1 ? 0 : 2, 0),
                    NoWrap = column == 0 && width() > 2 * MinWidth,
                }
            );
        }

        foreach (var row in cells)
        {
            _ = table.AddRow(row.Select(cell => new Text(SafeText.Show(cell.Text), Styled(cell.Style))));
        }

        return Draw(table);
    }

    private Style Styled(Style style) => ink.IsColored ? style : Plain;

    private string[] Draw(Table table)
    {
        using var drawn = new StringWriter(CultureInfo.InvariantCulture);
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                // Otherwise Spectre resets the colours of System.Console for each cell, even though it writes
                // elsewhere.
                Ansi = AnsiSupport.Yes,
                ColorSystem = ink.IsColored ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
                Interactive = InteractionSupport.No,
                Out = new AnsiConsoleOutput(drawn),
                Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
            }
        );
        console.Profile.Width = Math.Max(MinWidth, width() - 1);
        console.Write(table);
        return [.. drawn.ToString().TrimEnd('\n').Split('\n').Select(line => line.TrimEnd())];
    }

    private sealed record Cell(string Text, Style Style);
}
