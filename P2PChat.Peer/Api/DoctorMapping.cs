using System.Text.Json;
using P2PChat.Client;
using P2PChat.Node.Model;
using DirectoryReachState = P2PChat.Client.DirectoryReachState;
using DoctorPeerState = P2PChat.Client.DoctorPeerState;
using DoctorVerdict = P2PChat.Client.DoctorVerdict;
using FindingLevel = P2PChat.Client.FindingLevel;
using NatMapping = P2PChat.Client.NatMapping;
using NatProbeState = P2PChat.Client.NatProbeState;
using PathKind = P2PChat.Client.PathKind;
using RelayReachState = P2PChat.Client.RelayReachState;

namespace P2PChat.Peer.Api;

/// <summary>Converts a connection check into the contract of the local API.</summary>
/// <remarks>The enumerations have the same members with the same numbers. A test checks that.</remarks>
internal static class DoctorMapping
{
    public static DoctorResponse ToContract(this DoctorReport report) =>
        new(
            report.StartedAt,
            Milliseconds(report.Took),
            (DoctorVerdict)report.Verdict,
            report.Summary,
            [.. report.Findings.Select(ToContract)],
            new DoctorMachineItem(
                report.Machine.Endpoints,
                report.Machine.HidesAddress,
                report.Machine.Lan,
                [.. report.Machine.LanContacts.Select(name => name.Value)],
                (NatProbeState)report.Nat.State,
                [.. report.Nat.Observations.Select(ToContract)],
                Milliseconds(report.Machine.ClockError)
            ),
            new DoctorDirectoryItem(
                (DirectoryReachState)report.Directory.State,
                Milliseconds(report.Directory.RoundTrip),
                report.Directory.Detail
            ),
            new DoctorRelayItem((RelayReachState)report.Relay.State, Milliseconds(report.Relay.RoundTrip)),
            report.Peer?.ToContract()
        );

    private static DoctorFindingItem ToContract(DoctorFinding finding) =>
        new(Word(finding.Code), (FindingLevel)finding.Level, finding.Text, finding.Advice);

    private static NatItem ToContract(NatObservation one) =>
        new(
            one.Transport == NatTransport.Tcp ? "tcp" : "udp",
            one.IsIPv6 ? "ipv6" : "ipv4",
            (NatMapping)one.Mapping,
            one.Local?.ToString(),
            one.Public?.ToString(),
            Milliseconds(one.RoundTrip)
        );

    private static DoctorPeerItem ToContract(this DoctorPeer peer) =>
        new(
            peer.Name.Value,
            (DoctorPeerState)peer.State,
            (PathKind?)peer.Path,
            [
                .. peer.Attempts.Select(one => new CandidateItem(
                    (PathKind)one.Kind,
                    one.Candidate,
                    Word(one.Outcome),
                    PathOutcomeText.Describe(one.Outcome),
                    Milliseconds(one.After),
                    Milliseconds(one.Took),
                    one.Try
                )),
            ]
        );

    private static string Word(Enum value) => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    // A network varies by more than this, so further digits would be noise.
    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 1);

    private static double? Milliseconds(TimeSpan? time) => time is { } known ? Milliseconds(known) : null;
}
