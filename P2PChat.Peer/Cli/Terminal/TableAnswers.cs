using System.Globalization;
using P2PChat.Client;
using P2PChat.Node.Model;
using P2PChat.Peer.Formatting;
using P2PChat.Protocol.Identity;
using Spectre.Console;
using DirectoryState = P2PChat.Client.DirectoryState;
using DoctorVerdict = P2PChat.Client.DoctorVerdict;
using FindingLevel = P2PChat.Client.FindingLevel;
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
    private const int MinWidth = 20;

    // Below, the columns of the help are too narrow to read.
    private const int HelpWidth = 70;

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
                            new(peer.Username, Person(peer.Username, peer.PeerId)),
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
                ["name", "nickname", "", ""],
                response.Contacts.Select(contact =>
                    (Cell[])
                        [
                            new(contact.Username, Person(contact.Username, contact.PeerId)),
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

    public override IEnumerable<string> Doctor(DoctorResponse report)
    {
        yield return Paint(report.Verdict)(SafeText.Show(report.Summary));
        if (report.Peer is { } connected && DoctorText.Current(connected) is { } current)
        {
            yield return current;
        }

        foreach (var finding in report.Findings)
        {
            var text = $"- {Advise(DoctorCommand.Finding(finding))}";
            yield return finding.Level == FindingLevel.Problem ? ink.Attention(text) : text;
        }

        yield return "";
        foreach (
            var row in Table(
                [],
                DoctorText.MachineRows(report).Select(row => (Cell[])[new(row.Label, Quiet), new(row.Value, Plain)])
            )
        )
        {
            yield return row;
        }

        if (report.Peer is not { Candidates.Count: > 0 } peer)
        {
            yield break;
        }

        yield return "";
        foreach (
            var row in Table(
                [$"paths to {peer.Username}", "", ""],
                DoctorText
                    .CandidateRows(peer)
                    .Zip(peer.Candidates)
                    .Select(pair =>
                        (Cell[])
                            [
                                new(pair.First.Kind, Name),
                                new(pair.First.Address, Plain),
                                new(pair.First.Outcome, pair.Second.Outcome == "authenticated" ? Good : Plain),
                            ]
                    )
            )
        )
        {
            yield return row;
        }
    }

    public override IEnumerable<string> History(MessagesResponse page, TimeZoneInfo timeZone) =>
        page.Messages.Count == 0 ? base.History(page, timeZone) : lines.Page(page.Messages, size().Width);

    public override IEnumerable<string> SearchResults(SearchResponse results, TimeZoneInfo timeZone) =>
        [
            .. results.Messages.Count == 0 || results.Indexing
                ? base.SearchResults(results with { Messages = [] }, timeZone)
                : [],
            .. results.Messages.Select(found =>
                $"{lines.Name(found.With)}  {Line(found.Message, timeZone)}  {ink.Quiet($"[{found.Message.Id}]")}"
            ),
        ];

    public override IEnumerable<string> Help() => size().Width < HelpWidth ? NarrowHelp() : HelpTable();

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
        Table(
            [],
            HelpScreen.Groups.SelectMany(group =>
                (IEnumerable<Cell[]>)
                    [
                        [new(group.Title, Quiet), new("", Plain)],
                        .. group.Rows.Select(row => (Cell[])[new($"  {row.Usage}", Name), new(row.Summary, Plain)]),
                    ]
            )
        );

    private Func<string, string> Paint(DoctorVerdict verdict) =>
        verdict switch
        {
            DoctorVerdict.Good => ink.Good,
            DoctorVerdict.Failed => ink.Alarm,
            _ => ink.Attention,
        };

    private string Advise(string sentence) => advise?.Invoke(sentence) ?? sentence;

    private string Line(MessageItem message, TimeZoneInfo timeZone)
    {
        var state = CommandText.Remark(message.State) is { Length: > 0 } remark ? ink.Quiet($" ({remark})") : "";
        var (sentAt, from) = (ink.Quiet(SentAt(message, timeZone)), $"{lines.Name(message.From)}:");
        return $"{sentAt} {from} {SafeText.Show(message.Text)}{state}";
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
                    NoWrap = column == 0 && size().Width > 2 * MinWidth,
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
                ColorSystem = ink.Colors switch
                {
                    TerminalColors.None => ColorSystemSupport.NoColors,
                    TerminalColors.Sixteen => ColorSystemSupport.Standard,
                    _ => ColorSystemSupport.EightBit,
                },
                Interactive = InteractionSupport.No,
                Out = new AnsiConsoleOutput(drawn),
                Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
            }
        );
        console.Profile.Width = Math.Max(MinWidth, size().Width - 1);
        console.Write(table);
        return [.. drawn.ToString().TrimEnd('\n').Split('\n').Select(line => line.TrimEnd())];
    }

    private sealed record Cell(string Text, Style Style);
}
