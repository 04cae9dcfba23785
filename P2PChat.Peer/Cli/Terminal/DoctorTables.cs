using P2PChat.Client;
using P2PChat.Peer.Formatting;
using static P2PChat.Peer.Cli.Terminal.TextTable;
using SafeText = P2PChat.Node.Model.SafeText;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>Draws a connection check: the answer, the reasons, and the measurements as tables.</summary>
internal sealed class DoctorTables(TextTable tables, Ink ink)
{
    /// <param name="advise">Writes the commands in a sentence as they are typed now.</param>
    public IEnumerable<string> Draw(DoctorResponse report, Func<string, string> advise)
    {
        var (paths, findings) = (report.Peer is { Candidates.Count: > 0 } peer ? Paths(peer) : [], report.Findings);
        return
        [
            Paint(report.Verdict)(SafeText.Show(report.Summary)),
            .. report.Peer is { } connected && DoctorText.Current(connected) is { } current ? new[] { current } : [],
            .. findings.Select(finding =>
            {
                var text = $"- {advise(DoctorCommand.Finding(finding))}";
                return finding.Level == FindingLevel.Problem ? ink.Attention(text) : text;
            }),
            "",
            .. tables.Draw(
                [],
                DoctorText.MachineRows(report).Select(row => (TextCell[])[new(row.Label, Quiet), new(row.Value, Plain)])
            ),
            .. paths,
        ];
    }

    private IEnumerable<string> Paths(DoctorPeerItem peer) =>
        [
            "",
            .. tables.Draw(
                ["path", "", ""],
                DoctorText
                    .CandidateRows(peer)
                    .Zip(peer.Candidates)
                    .Select(pair =>
                        (TextCell[])
                            [
                                new(pair.First.Kind, Name),
                                new(pair.First.Address, Plain),
                                new(pair.First.Outcome, pair.Second.Outcome == "authenticated" ? Good : Plain),
                            ]
                    )
            ),
        ];

    private Func<string, string> Paint(DoctorVerdict verdict) =>
        verdict switch
        {
            DoctorVerdict.Good => ink.Good,
            DoctorVerdict.Failed => ink.Alarm,
            _ => ink.Attention,
        };
}
