using System.Net.Sockets;
using P2PChat.Node.Model;

namespace P2PChat.Node.Services.Doctor;

/// <summary>
/// Why no direct path to another peer works: what the attempts say about the addresses, the punch and the relay.
/// Applied only if the other peer is online, the paths were tried, and at most the relay worked.
/// </summary>
internal static class PairRules
{
    public static IReadOnlyList<Rule<PairView>> All { get; } = [.. Addresses(), .. Punch(), .. Relay()];

    private static Rule<PairView>[] Addresses() =>
        [
            new(
                FindingCode.HiddenThere,
                FindingLevel.Note,
                pair => pair.HidesThere,
                pair =>
                    $"{pair.Name}'s peer publishes no address, so only the relay can reach it. Its address may "
                    + "be hidden."
            ),
            new(
                FindingCode.WrongIdentity,
                FindingLevel.Problem,
                pair => pair.Has(PathOutcome.WrongIdentity),
                pair => $"A different peer answers at {pair.Named(PathOutcome.WrongIdentity)}. Nothing was sent to it."
            ),
            new(
                FindingCode.VersionMismatch,
                FindingLevel.Problem,
                pair => pair.Has(PathOutcome.VersionMismatch) || pair.HasPunch(PathOutcome.VersionMismatch),
                pair => $"{pair.Name}'s program and this one have no protocol version in common.",
                _ => "Update the older one of the two programs."
            ),
            new(
                FindingCode.HandshakeFailed,
                FindingLevel.Problem,
                pair => pair.Has(PathOutcome.HandshakeFailed),
                pair =>
                    $"Something answers at {pair.Named(PathOutcome.HandshakeFailed)}, but the secure connection "
                    + "failed. It may be another program, or a proxy."
            ),
            new(
                FindingCode.HandshakeTimedOut,
                FindingLevel.Problem,
                pair => pair.Has(PathOutcome.HandshakeTimedOut),
                pair =>
                    $"Something answers at {pair.Named(PathOutcome.HandshakeTimedOut)}, but the secure connection took "
                    + $"too long. {pair.Name}'s peer may be overloaded, or the network in between very slow.",
                _ => "Check again in a minute."
            ),
            new(
                FindingCode.WebOnly,
                FindingLevel.Note,
                pair => pair.IsWebOnly,
                pair =>
                    $"Neither the directory's STUN ports nor {pair.Name}'s addresses answered. This network may "
                    + "allow only web traffic.",
                _ => "For direct connections, its firewall must allow outgoing TCP connections to any port."
            ),
            new(
                FindingCode.OnlyPrivateAddresses,
                FindingLevel.Note,
                pair => pair is { IsOnlyPrivate: true, IsHidden: false },
                pair =>
                    pair.IsOnlyTheirMachine
                        ? $"{pair.Name}'s peer accepts connections only from its own machine."
                        : $"{pair.Name}'s peer published only addresses of its own network, which cannot be reached "
                            + "from here.",
                pair => pair.IsOnlyTheirMachine ? $"Ask {pair.Name} to start it for other machines too." : null
            ),
            new(
                FindingCode.NoCommonFamily,
                FindingLevel.Note,
                pair => pair.MissingFamily is not null,
                pair =>
                    pair.MissingFamily == AddressFamily.InterNetworkV6
                        ? $"{pair.Name}'s addresses are IPv6, and this machine has no IPv6 network."
                        : $"{pair.Name}'s addresses are IPv4, and this machine has no IPv4 network."
            ),
            new(
                FindingCode.HostNotFound,
                FindingLevel.Problem,
                pair => pair.Has(PathOutcome.NotResolved),
                pair => $"The host name in {pair.Named(PathOutcome.NotResolved)} cannot be found.",
                pair => $"Ask {pair.Name} to check the address that the peer advertises."
            ),
            new(
                FindingCode.NotConfirmed,
                FindingLevel.Note,
                pair => pair.Has(PathOutcome.NotConfirmed),
                pair =>
                    $"{pair.Named(PathOutcome.NotConfirmed)} was not tried: the directory did not see {pair.Name}'s "
                    + "peer there, and you are not contacts yet."
            ),
            new(
                FindingCode.ForbiddenPort,
                FindingLevel.Note,
                pair => pair.Has(PathOutcome.ForbiddenPort),
                pair =>
                    $"{pair.Named(PathOutcome.ForbiddenPort)} was not tried, because peers do not connect to ports "
                    + "below 1024 except 443.",
                pair => $"Ask {pair.Name} to use another port."
            ),
            new(
                FindingCode.PortRefused,
                FindingLevel.Problem,
                pair => pair.IsRefused,
                pair =>
                    pair.IsPrivateOnly
                        ? $"The connection to {pair.Failed(PathOutcome.Refused)} was refused. {Private(pair)}"
                        : $"The connection to {pair.Failed(PathOutcome.Refused)} was refused: a firewall or router "
                            + "refuses it, or no program listens there."
            ),
            new(
                FindingCode.PortSilent,
                FindingLevel.Problem,
                pair => pair is { IsSilent: true, IsWebOnly: false },
                pair =>
                    pair.IsPrivateOnly
                        ? $"Nothing answered at {pair.Failed(PathOutcome.TimedOut)}. {Private(pair)}"
                        : $"Nothing answered at {pair.Failed(PathOutcome.TimedOut)}. Most likely a router or firewall "
                            + "on the way drops the connection."
            ),
            new(
                FindingCode.TooManyAddresses,
                FindingLevel.Note,
                pair => pair.Has(PathOutcome.OverLimit),
                pair => $"{pair.Name}'s peer has too many addresses, so only some of them were tried.",
                pair => $"Ask {pair.Name} to check the host names that the peer advertises."
            ),
        ];

    private static string Private(PairView pair) =>
        $"A private address works only if you and {pair.Name} are on the same network. If you are, {pair.Name}'s "
        + $"firewall is most likely in the way; if not, {pair.Name}'s peer does not know its public address.";

    private static Rule<PairView>[] Punch() =>
        [
            new(
                FindingCode.NoSignalAnswer,
                FindingLevel.Problem,
                pair => pair.HasNotAnswered,
                pair =>
                    $"{pair.Name}'s peer did not respond when the directory asked it to connect from its side too. "
                    + "It may be busy or have just lost its connection, run an older version, or have a wrong clock.",
                pair =>
                    $"Check again in a minute. If nothing changes, ask {pair.Name} to update P2PChat and set the clock."
            ),
            new(
                FindingCode.SignalsFailed,
                FindingLevel.Problem,
                pair => pair is { HasLostSignals: true, Facts.Directory.IsOlder: false },
                _ => "The directory did not pass on the signals that let both sides connect at the same time.",
                _ => "Check again in a minute."
            ),
            new(
                FindingCode.PunchOffHere,
                FindingLevel.Note,
                pair => pair.HasPunch(PathOutcome.NotAllowed) && !pair.IsHidden && !pair.Facts.Local.Punch,
                _ => "This peer does not connect through NATs.",
                _ => "Start it with punching turned on."
            ),
            new(
                FindingCode.PunchOffThere,
                FindingLevel.Note,
                pair => pair.HasPunch(PathOutcome.NotAllowed) && !pair.IsHidden && pair.Facts.Local.Punch,
                pair => $"{pair.Name}'s peer does not connect through NATs."
            ),
            new(
                FindingCode.PunchSymmetricHere,
                FindingLevel.Problem,
                pair => pair is { HasPunchTried: true, IsWebOnly: false } && MachineRules.IsSymmetric(pair.Facts),
                pair =>
                    "Your router uses a different public port for each destination (a symmetric NAT), so "
                    + $"{pair.Name}'s peer cannot know which port to connect to."
            ),
            new(
                FindingCode.PunchBlockedThere,
                FindingLevel.Problem,
                pair =>
                    pair
                        is {
                            HasPunchTried: true,
                            IsWebOnly: false,
                            Mapping: NatMapping.EndpointIndependent or NatMapping.PortIndependent or NatMapping.None,
                        },
                pair =>
                    "Connecting from both sides at the same time failed too, although "
                    + (
                        pair.Mapping == NatMapping.None
                            ? "this machine is not behind a NAT"
                            : "your router keeps the same public port"
                    )
                    + $". Most likely {pair.Name}'s router or firewall is in the way."
            ),
            new(
                FindingCode.PunchFailed,
                FindingLevel.Problem,
                pair => pair is { HasPunchTried: true, IsWebOnly: false, Mapping: null or NatMapping.Unknown },
                _ =>
                    "Connecting from both sides at the same time failed too. It is not clear which side blocks "
                    + "the connection, because the kind of router on this side is not known."
            ),
        ];

    private static Rule<PairView>[] Relay() =>
        [
            new(
                FindingCode.RelayFull,
                FindingLevel.Problem,
                pair => pair.HasRelay(PathOutcome.RelayUnavailable) && pair.Facts.Directory.HasRelay == true,
                _ => "The directory's relay accepts no more connections at the moment.",
                _ => "Try again in a few minutes."
            ),
            new(
                FindingCode.RelayOffThere,
                FindingLevel.Note,
                pair => pair.HasRelay(PathOutcome.NotAllowed) && pair.Facts.Relay.State != RelayReachState.Disabled,
                pair => $"{pair.Name}'s peer does not use the relay."
            ),
            new(
                FindingCode.RelayNotJoined,
                FindingLevel.Problem,
                // Without the other side nothing answers on this side's open leg.
                pair =>
                    (pair.HasRelay(PathOutcome.NoAnswer) || pair.HasRelay(PathOutcome.TimedOut))
                    && !pair.HasNotAnswered
                    && pair.Facts.Relay.State == RelayReachState.Reached,
                pair =>
                    $"{pair.Name}'s peer answered, but did not connect to the relay. Its network may block the relay, "
                    + "or the relay is turned off there.",
                pair => $"Ask {pair.Name} to run a connection check too."
            ),
            new(
                FindingCode.RelayFailed,
                FindingLevel.Problem,
                pair =>
                    pair.Relayed.Any(one =>
                        one.Outcome
                            is PathOutcome.HandshakeFailed
                                or PathOutcome.HandshakeTimedOut
                                or PathOutcome.Refused
                                or PathOutcome.DirectoryUnreachable
                                or PathOutcome.WrongIdentity
                                or PathOutcome.NoRoute
                    )
                    && pair
                        is {
                            Facts.Relay.State: not RelayReachState.Blocked,
                            HasNotAnswered: false,
                            HasLostSignals: false,
                        },
                _ => "The connection through the directory's relay failed.",
                _ => "Check again in a minute."
            ),
        ];
}
