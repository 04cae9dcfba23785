using System.Globalization;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using Spectre.Console;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>Listings as tables for a terminal: columns wrap within themselves where it is narrow.</summary>
/// <param name="width">Of the terminal, in columns.</param>
public sealed class TableAnswers(Func<int> width, Ink ink) : Answers
{
    private const int MinWidth = 20;

    // Below it a column of text would be a word wide.
    private const int MinWidthOfHistory = 60;

    private static readonly Style Plain = Style.Plain;
    private static readonly Style Name = new(Color.Teal, decoration: Decoration.Bold);
    private static readonly Style Quiet = new(decoration: Decoration.Dim);
    private static readonly Style Good = new(Color.Green);
    private static readonly Style Attention = new(Color.Olive);
    private static readonly Style Alarm = new(Color.Maroon);

    public override IEnumerable<string> List(IReadOnlyList<PeerView> peers) =>
        peers.Count == 0
            ? base.List(peers)
            : Table(
                [],
                peers.Select(peer =>
                    (Cell[])
                        [
                            new(peer.Name.Value, Name),
                            peer.Online ? new("online", Good) : new("offline", Quiet),
                            new(CommandText.Remark(peer), peer.Relation == Relation.Asking ? Attention : Plain),
                        ]
                )
            );

    public override IEnumerable<string> Contacts(IReadOnlyList<Contact> contacts) =>
        contacts.Count == 0
            ? base.Contacts(contacts)
            : Table(
                ["name", "nickname", ""],
                contacts.Select(contact =>
                    (Cell[])
                        [
                            new(contact.Name.Value, Name),
                            new(contact.Nickname ?? "", Plain),
                            contact.Blocked ? new("blocked", Alarm)
                            : contact.PeerId is null ? new("waits for its new key", Attention)
                            : contact.OtherKeys.Count > 0 ? new(CommandText.OtherKeys(contact), Alarm)
                            : contact.Verified ? new("verified", Good)
                            : new("not verified", Quiet),
                        ]
                )
            );

    public override IEnumerable<string> Safety(Username name, Safety safety)
    {
        // Broken at the edge it is no QR code.
        var code = QrText.Draw(safety.QrText);
        return code[0].Length <= width()
            ? CommandText.Safety(name, safety, code)
            :
            [
                .. CommandText.Safety(name, safety, code: []),
                ink.Quiet($"A terminal of {code[0].Length} columns shows it as a QR code too."),
            ];
    }

    public override IEnumerable<string> Settings(IReadOnlyList<Setting> settings) =>
        Table(
            [],
            settings.Select(setting =>
                (Cell[])
                    [
                        new(setting.Name, Name),
                        new(setting.Value, setting.IsChosen ? Good : Plain),
                        new(CommandText.Remark(setting), Quiet),
                    ]
            )
        );

    public override IEnumerable<string> Status(PeerStatus status) =>
        Table(
            [],
            CommandText
                .StatusRows(status)
                .Select(row =>
                    (Cell[])
                        [
                            new(row.What, Quiet),
                            new(
                                row.Value,
                                row.What == "directory"
                                && status.Directory is DirectoryState.Unreachable or DirectoryState.Refused
                                    ? Alarm
                                    : Plain
                            ),
                        ]
                )
        );

    public override IEnumerable<string> History(MessagePage page, TimeZoneInfo zone) =>
        page.Messages.Count == 0 ? base.History(page, zone)
        : width() < MinWidthOfHistory ? page.Messages.Select(message => Written(message, zone))
        : Table([], page.Messages.Select(message => Line(message, zone)));

    public override IEnumerable<string> Found(SearchPage page, TimeZoneInfo zone) =>
        [
            .. page.Messages.Count == 0 || page.Indexing ? base.Found(page with { Messages = [] }, zone) : [],
            .. page.Messages.Select(message =>
                $"{message.With}  {Written(message, zone)}  {ink.Quiet($"[{message.Id}]")}"
            ),
        ];

    public override IEnumerable<string> Help() =>
        Table([], CommandInfo.All.Select(command => (Cell[])[new(command.Usage, Name), new(command.Does, Plain)]));

    private string Written(Message message, TimeZoneInfo zone)
    {
        var state = CommandText.Remark(message.State) is { Length: > 0 } remark ? ink.Quiet($" ({remark})") : "";
        return $"{ink.Quiet(SentAt(message, zone))} {ink.Name($"{message.From}:")} {SafeText.Show(message.Text)}{state}";
    }

    private static string SentAt(Message message, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(message.SentAt, zone).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private static Cell[] Line(Message message, TimeZoneInfo zone) =>
        [
            new(SentAt(message, zone), Quiet),
            new(message.From.Value, Name),
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
                // Without it the colours of System.Console are reset for each cell, wherever the cells are written to.
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
