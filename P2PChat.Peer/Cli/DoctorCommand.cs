using P2PChat.Client;
using P2PChat.Peer.Formatting;
using SafeText = P2PChat.Node.Model.SafeText;

namespace P2PChat.Peer.Cli;

/// <summary>The command <c>doctor</c>.</summary>
internal static class DoctorCommand
{
    private const string Indent = "  ";

    public static CommandInfo Info { get; } =
        new(
            "doctor",
            "[username]",
            "find out why a connection fails",
            "Checks this machine's network, and with a username every path to that peer, for at most 15 seconds. Says "
                + "what is in the way, and what to change on a router if that would help. Open conversations are not "
                + "disturbed.",
            "doctor bob",
            Read,
            SupportsJson: true
        );

    /// <summary>The check as plain lines: the answer, the reasons, and the measurements.</summary>
    public static IEnumerable<string> Lines(DoctorResponse report) =>
        [
            SafeText.Show(report.Summary),
            .. report.Peer is { } connected && DoctorText.Current(connected) is { } current ? [current] : Empty,
            .. report.Findings.Select(finding => $"- {Finding(finding)}"),
            "",
            "This machine:",
            .. Machine(report),
            .. report.Peer is { Candidates.Count: > 0 } peer ? Paths(peer) : Empty,
        ];

    /// <summary>A finding and what to do, in one paragraph.</summary>
    public static string Finding(DoctorFindingItem finding)
    {
        var text = SafeText.Show(finding.Text);
        return finding.Advice is { } advice
            ? $"{text} {CommandHint.Add(SafeText.Show(advice), Hint(finding.Code))}"
            : text;
    }

    private static string[] Empty => [];

    private static IEnumerable<string> Machine(DoctorResponse report)
    {
        var rows = DoctorText.MachineRows(report).ToList();
        var width = rows.Max(row => row.Label.Length);
        return rows.Select(row => $"{Indent}{row.Label.PadRight(width)}  {SafeText.Show(row.Value)}");
    }

    private static IEnumerable<string> Paths(DoctorPeerItem peer)
    {
        var rows = DoctorText.CandidateRows(peer).ToList();
        var (kindWidth, addressWidth) = (rows.Max(row => row.Kind.Length), rows.Max(row => row.Address.Length));
        return
        [
            "",
            $"Paths to {peer.Username}:",
            .. rows.Select(row =>
                $"{Indent}{row.Kind.PadRight(kindWidth)}  {SafeText.Show(row.Address).PadRight(addressWidth)}  "
                + row.Outcome
            ),
        ];
    }

    // The peer's own sentences name no commands and no options.
    private static string? Hint(string code) =>
        code switch
        {
            "address-hidden" => "'set hide-address off'",
            "fixed-port" => "p2pchat peer <name> 8001",
            "forward-port" => "--advertise",
            "punch-off-here" => "Peer:Punch",
            "relay-off-here" => "Peer:Relay",
            "stun-off-here" => "Peer:Stun",
            "local-only" => "p2pchat up <name> --lan",
            _ => null,
        };

    private static ConsoleCommand Read(CommandInfo info, string arguments) =>
        arguments.Length == 0
            ? new ConsoleCommand.Doctor(null)
            : CommandArguments.Name(name => new ConsoleCommand.Doctor(name))(info, arguments);
}
