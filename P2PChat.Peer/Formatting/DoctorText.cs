using System.Globalization;
using P2PChat.Client;

namespace P2PChat.Peer.Formatting;

/// <summary>The measurements of a connection check in words, for the console and the page.</summary>
internal static class DoctorText
{
    // The directory's time has a resolution of one second.
    private const double ClockToleranceMs = 2_000;

    /// <summary>The measurements on this machine.</summary>
    public static IEnumerable<(string Label, string Value)> MachineRows(DoctorResponse report)
    {
        var (machine, directory, relay) = (report.Machine, report.Directory, report.Relay);
        yield return (
            "address",
            machine.HidesAddress ? "hidden"
            : machine.Endpoints.Count == 0 ? "not listening yet"
            : string.Join(", ", machine.Endpoints)
        );
        yield return ("public address", PublicAddress(machine));
        foreach (var nat in machine.Nat)
        {
            yield return (
                $"{nat.Transport.ToUpperInvariant()} over {(nat.Family == "ipv6" ? "IPv6" : "IPv4")}",
                Mapping(nat.Mapping)
            );
        }

        yield return ("clock", Clock(machine.ClockErrorMs));
        yield return (
            "directory",
            directory.State switch
            {
                DirectoryReachState.Reached => $"reached in {Milliseconds(directory.RoundTripMs)}",
                DirectoryReachState.Refused => "refuses this peer",
                _ => "not reached",
            }
        );
        yield return (
            "relay",
            relay.State switch
            {
                RelayReachState.Reached => $"reached in {Milliseconds(relay.RoundTripMs)}",
                RelayReachState.NotOffered => "not offered by the directory",
                RelayReachState.Disabled => "turned off at this peer",
                RelayReachState.Blocked => "not reached, although the directory is",
                _ => "not reached",
            }
        );
        yield return ("local network", LocalNetwork(machine));
    }

    /// <summary>The candidates of the other peer and their outcomes.</summary>
    public static IEnumerable<(string Kind, string Address, string Outcome)> CandidateRows(DoctorPeerItem peer) =>
        peer.Candidates.Select(one =>
            (
                PathText.Word((Node.Model.PathKind)one.Kind)
                    + (one.Try > 0 ? $" {one.Try.ToString(CultureInfo.InvariantCulture)}" : ""),
                one.Address,
                one.Text + (one.TookMs is { } took ? $", {Milliseconds(took)}" : "")
            )
        );

    /// <summary>How the open conversation travels, in a sentence; null while not connected.</summary>
    public static string? Current(DoctorPeerItem peer) =>
        peer.Path is { } path
            ? $"You are connected to {peer.Username} now ({PathText.Word((Node.Model.PathKind)path)})."
            : null;

    private static string LocalNetwork(DoctorMachineItem machine) =>
        !machine.Lan ? "not searched for contacts"
        : machine.LanContacts.Count == 0 ? "searched: no contact found"
        : $"contacts found: {string.Join(", ", machine.LanContacts)}";

    private static string PublicAddress(DoctorMachineItem machine) =>
        machine.NatProbe switch
        {
            NatProbeState.Done when PublicAddresses(machine) is { Count: > 0 } all => string.Join(", ", all),
            NatProbeState.Done => "not known: no STUN port answers",
            NatProbeState.Hidden => "not requested, because the address is hidden",
            NatProbeState.Disabled => "not requested: turned off at this peer",
            NatProbeState.NotOffered => "not known: the directory has no STUN server",
            NatProbeState.NotFinished => "not known: the check took too long",
            _ => "not known: the directory does not answer",
        };

    // With one public port for all destinations, the port belongs to the address.
    private static List<string> PublicAddresses(DoctorMachineItem machine)
    {
        var seen = machine.Nat.Where(nat => nat.Public is not null).ToList();
        var fixedPorts = seen.Where(nat => nat.Transport == "tcp" && HasOnePort(nat.Mapping))
            .Select(nat => nat.Public!)
            .ToList();
        return [.. fixedPorts, .. seen.Select(nat => HostOf(nat.Public!)).Distinct().Except(fixedPorts.Select(HostOf))];
    }

    private static bool HasOnePort(NatMapping mapping) =>
        mapping is NatMapping.None or NatMapping.EndpointIndependent or NatMapping.PortIndependent;

    private static string HostOf(string endPoint) => endPoint[..endPoint.LastIndexOf(':')].Trim('[', ']');

    private static string Mapping(NatMapping mapping) =>
        mapping switch
        {
            NatMapping.None => "no NAT",
            NatMapping.EndpointIndependent => "NAT: one public port for all destinations",
            NatMapping.PortIndependent =>
                "NAT: one public port for all ports of the directory; other addresses not tested",
            NatMapping.AddressDependent => "NAT: a different public port for each address",
            NatMapping.AddressAndPortDependent => "NAT: a different public port for each destination (symmetric)",
            NatMapping.Unknown => "one STUN port answers, the other does not",
            _ => "no answer from the directory's STUN ports",
        };

    private static string Clock(double? errorMs) =>
        errorMs switch
        {
            null => "not compared",
            { } error when Math.Abs(error) < ClockToleranceMs => "agrees with the directory's",
            { } error => $"{Span(TimeSpan.FromMilliseconds(Math.Abs(error)))} "
                + $"{(error > 0 ? "ahead of" : "behind")} the directory's",
        };

    private static string Span(TimeSpan time) =>
        time.TotalMinutes < 2
            ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F0} s")
            : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:F0} min");

    private static string Milliseconds(double? milliseconds) =>
        milliseconds switch
        {
            null => "an unknown time",
            < 1 => "less than 1 ms",
            < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:F0} ms"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000:F0} s"),
        };
}
