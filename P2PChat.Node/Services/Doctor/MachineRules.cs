using System.Globalization;
using P2PChat.Node.Model;
using P2PChat.Protocol.Records;

namespace P2PChat.Node.Services.Doctor;

/// <summary>The conclusions about this machine and its network.</summary>
internal static class MachineRules
{
    // The Date header has a resolution of one second.
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(10);

    /// <summary>The answer if no other peer was tried. The last row always fits.</summary>
    public static IReadOnlyList<Answer<DoctorFacts>> Answers { get; } =
    [
        new(
            DoctorVerdict.Failed,
            facts => facts.Directory.State == DirectoryReachState.Unreachable,
            facts =>
                facts.Local.Lan
                    ? "The directory cannot be reached, so only contacts on the local network can be found."
                    : "The directory cannot be reached, so no other peer can be found."
        ),
        new(DoctorVerdict.Failed, IsClockWrong, _ =>
            "This machine's clock is too far from the directory's, so connections are refused."
        ),
        new(
            DoctorVerdict.Failed,
            facts => facts.Directory.State == DirectoryReachState.Refused,
            _ => "The directory answers, but refuses this peer."
        ),
        new(
            DoctorVerdict.Limited,
            facts => facts.Local.HidesAddress,
            facts =>
                facts.Relay.State == RelayReachState.Reached
                    ? "The address of this peer is hidden: all its connections go through the relay."
                    : "The address of this peer is hidden, and the relay cannot be used. "
                        + "Nobody can connect to this peer."
        ),
        new(
            DoctorVerdict.Limited,
            facts => facts.Local.LocalOnly,
            _ => "This peer accepts connections only from programs on this machine."
        ),
        new(
            DoctorVerdict.Limited,
            facts => facts.IsStunSilent,
            facts =>
                facts.Relay.State == RelayReachState.Reached
                    ? "The directory can be reached, but its STUN ports cannot. Some connections may have to be "
                        + "relayed."
                    : "The directory can be reached, but its STUN ports cannot. Peers behind other routers may not "
                        + "be able to connect."
        ),
        new(
            DoctorVerdict.Good,
            facts => facts is { Tcp: not null, IsPublicKnown: false } or { Tcp: null, Local.IsDirectoryHere: true },
            _ =>
                "The directory is on this machine or its network. Only a directory on the internet can see this "
                + "machine's public address."
        ),
        new(DoctorVerdict.Limited, IsSymmetric, facts =>
            "This network gives each connection a different public port. Direct connections work only with "
            + "peers that can be reached from outside"
            + (facts.Relay.State == RelayReachState.Reached ? "; the others are relayed." : ".")
        ),
        new(
            DoctorVerdict.Good,
            facts => facts.Tcp?.Mapping == NatMapping.None,
            _ => "This machine has a public address. Others can connect to it if its firewall lets them in."
        ),
        new(
            DoctorVerdict.Good,
            facts => facts.Tcp?.Mapping == NatMapping.EndpointIndependent,
            _ => "This network suits direct connections: the router uses one public port for all destinations."
        ),
        new(
            DoctorVerdict.Good,
            facts => facts.Tcp?.Mapping == NatMapping.PortIndependent,
            _ =>
                "This network probably suits direct connections: the router uses one public port for all ports of "
                + "the directory. Other addresses were not tested."
        ),
        new(
            DoctorVerdict.Unknown,
            facts => facts.IsStopped,
            _ => "The directory can be reached. The check took too long and was stopped early."
        ),
        new(
            DoctorVerdict.Unknown,
            facts => facts.Relay.State == RelayReachState.Reached,
            _ =>
                "The directory and its relay can be reached. Whether direct connections work is not known, because "
                + "this network's router could not be examined."
        ),
        new(
            DoctorVerdict.Unknown,
            _ => true,
            _ =>
                "The directory can be reached. Whether connections work is not known, because this network's router "
                + "could not be examined."
        ),
    ];

    public static IReadOnlyList<Rule<DoctorFacts>> Findings { get; } =
    [
        new(
            FindingCode.ClockWrong,
            FindingLevel.Problem,
            IsClockWrong,
            facts =>
                $"This machine's clock is {Clock(facts)} the directory's. A difference of more than 5 minutes is not "
                + "accepted.",
            _ =>
                "Set this machine's clock; the peer then registers by itself. If the clock is right, tell the "
                + "directory's operator."
        ),
        new(
            FindingCode.ClockOff,
            FindingLevel.Note,
            facts => facts.Directory.ClockError?.Duration() > ClockTolerance && !IsClockWrong(facts),
            facts => $"This machine's clock is {Clock(facts)} the directory's. Up to 5 minutes are accepted."
        ),
        new(
            FindingCode.DirectoryUnreachable,
            FindingLevel.Problem,
            facts => facts.Directory.State == DirectoryReachState.Unreachable,
            facts => facts.Directory.Detail ?? "The directory did not answer in time."
        ),
        new(
            FindingCode.DirectoryRefuses,
            FindingLevel.Problem,
            facts => facts.Directory.State == DirectoryReachState.Refused && !IsClockWrong(facts),
            facts => facts.Directory.Detail ?? "The directory refuses this peer."
        ),
        new(
            FindingCode.DirectoryOlder,
            FindingLevel.Note,
            facts => facts.Directory.IsOlder,
            _ => "The directory runs an older version, which has neither a STUN server nor a relay.",
            _ => "Ask its operator to update it."
        ),
        new(
            FindingCode.AddressHidden,
            FindingLevel.Note,
            facts => facts.Local.HidesAddress,
            _ => "You hide this peer's address, so it connects only through the relay.",
            _ => "Stop hiding the address if direct connections matter more to you."
        ),
        new(
            FindingCode.LocalOnly,
            FindingLevel.Note,
            facts => facts.Local.LocalOnly,
            _ => "This peer listens on this machine only, so nobody else can connect to it.",
            _ => "To let friends on other computers connect, start it for other machines too."
        ),
        new(
            FindingCode.StunBlocked,
            FindingLevel.Note,
            facts => facts is { IsStunSilent: true, IsDirectoryReached: true },
            _ =>
                "The directory's STUN ports do not answer over TCP, so this machine's public address is not known. "
                + "A firewall may block them.",
            _ => "Allow outgoing TCP connections to the directory's ports 3478 and 3479."
        ),
        new(
            FindingCode.NoStun,
            FindingLevel.Note,
            facts =>
                facts
                    is { Nat.State: NatProbeState.NotOffered, Directory.IsOlder: false, Local.IsDirectoryHere: false },
            _ => "The directory has no STUN server, so this machine's public address is not known.",
            _ => "Its operator can turn the STUN server on."
        ),
        new(
            FindingCode.StunOffHere,
            FindingLevel.Note,
            facts => facts.Nat.State == NatProbeState.Disabled,
            _ => "This peer does not ask for its public address, so peers on other networks may be unable to reach it.",
            _ => "Start it with STUN turned on."
        ),
        new(
            FindingCode.RelayOff,
            FindingLevel.Note,
            facts => facts.Directory.HasRelay == false && !facts.Directory.IsOlder,
            _ => "The directory offers no relay.",
            _ => "Its operator can turn the relay on."
        ),
        new(
            FindingCode.RelayOffHere,
            FindingLevel.Note,
            facts => facts.Relay.State == RelayReachState.Disabled,
            _ => "This peer does not use the relay.",
            _ => "Start it with the relay turned on."
        ),
        new(
            FindingCode.RelayBlocked,
            FindingLevel.Problem,
            facts => facts.Relay.State == RelayReachState.Blocked,
            _ => "The directory can be reached, but its relay cannot: a proxy in between blocks WebSockets.",
            _ => "Allow WebSockets in the proxy in front of the directory, or in this network's proxy."
        ),
        new(
            FindingCode.CheckStopped,
            FindingLevel.Note,
            facts => facts.IsStopped,
            _ => "The check took too long and was stopped early.",
            _ => "Check again in a minute."
        ),
    ];

    public static bool IsSymmetric(DoctorFacts facts) =>
        facts.Tcp?.Mapping is NatMapping.AddressDependent or NatMapping.AddressAndPortDependent;

    private static bool IsClockWrong(DoctorFacts facts) =>
        facts.Directory.ClockError?.Duration() > SignedRecord.ClockSkew;

    private static string Clock(DoctorFacts facts)
    {
        var error = facts.Directory.ClockError!.Value;
        return $"{Span(error.Duration())} {(error > TimeSpan.Zero ? "ahead of" : "behind")}";
    }

    private static string Span(TimeSpan time) =>
        time switch
        {
            { TotalDays: >= 2 } => Count(time.TotalDays, "days"),
            { TotalHours: >= 2 } => Count(time.TotalHours, "hours"),
            { TotalMinutes: >= 2 } => Count(time.TotalMinutes, "minutes"),
            _ => Count(time.TotalSeconds, "seconds"),
        };

    private static string Count(double number, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{Math.Round(number)} {unit}");
}
