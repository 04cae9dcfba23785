using System.Net;
using P2PChat.Node.Model;
using P2PChat.Node.Paths;
using P2PChat.Node.Services.Doctor;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Node.Services.Doctor;

/// <summary>
/// Builds the facts of a check of bob from alice, who is behind a port-restricted NAT unless said otherwise.
/// </summary>
internal sealed record DoctorScene
{
    private static readonly Username Bob = Username.Parse("bob");

    public NatMapping? Tcp { get; init; } = NatMapping.EndpointIndependent;

    public NatProbeState Probe { get; init; } = NatProbeState.Done;

    public string Local { get; init; } = "192.168.1.5:8001";

    public string Public { get; init; } = "203.0.113.5:8001";

    public bool HidesHere { get; init; }

    public bool HidesThere { get; init; }

    public bool Punch { get; init; } = true;

    public bool LocalOnly { get; init; }

    public bool HasFixedPort { get; init; } = true;

    public bool LooksOnLan { get; init; }

    public bool IsDirectoryHere { get; init; }

    public RelayReachState Relay { get; init; } = RelayReachState.Reached;

    public bool HasRelay { get; init; } = true;

    public bool IsOlderDirectory { get; init; }

    public DirectoryReachState Directory { get; init; } = DirectoryReachState.Reached;

    public string? DirectoryDetail { get; init; }

    public TimeSpan ClockError { get; init; }

    public DoctorPeerState Peer { get; init; } = DoctorPeerState.Online;

    public string? Problem { get; init; }

    public bool? HasAnswered { get; init; } = true;

    public bool IsStopped { get; init; }

    /// <summary>Null if nothing was tried.</summary>
    public IReadOnlyList<PathAttempt>? Attempts { get; init; } = [];

    public DoctorFacts Facts =>
        new()
        {
            Local = new LocalFacts(
                [Local],
                8001,
                HasFixedPort,
                HidesHere,
                LocalOnly,
                Punch,
                LooksOnLan,
                LanContacts: [],
                IsDirectoryHere
            ),
            Directory = new DirectoryFacts(
                Directory,
                TimeSpan.FromMilliseconds(20),
                Directory == DirectoryReachState.Unreachable ? null : ClockError,
                DirectoryDetail,
                IsOlderDirectory,
                Directory == DirectoryReachState.Unreachable ? null : HasRelay
            ),
            Relay = new DoctorRelay(Relay, Relay == RelayReachState.Reached ? TimeSpan.FromMilliseconds(24) : null),
            Nat = new NatReport(
                HidesHere ? NatProbeState.Hidden : Probe,
                HidesHere || Probe != NatProbeState.Done || Tcp is not { } mapping
                    ? []
                    :
                    [
                        new(NatTransport.Udp, IsIPv6: false, mapping),
                        mapping == NatMapping.Unreachable
                            ? new(NatTransport.Tcp, IsIPv6: false, mapping)
                            : new(
                                NatTransport.Tcp,
                                IPEndPoint.Parse(Local).Address.GetAddressBytes().Length == 16,
                                mapping,
                                IPEndPoint.Parse(Local),
                                IPEndPoint.Parse(Public)
                            ),
                    ]
            ),
            Pair = new PairFacts(
                Bob,
                Peer,
                Problem: Problem,
                HidesAddress: HidesThere,
                Test: Attempts is { } attempts
                    ? new PathTest(
                        new PathReport(
                            Bob,
                            DateTimeOffset.UnixEpoch,
                            attempts
                                .Where(one => one.Outcome == PathOutcome.Authenticated)
                                .Select(one => (PathKind?)one.Kind)
                                .Min(),
                            attempts
                        ),
                        HasAnswered,
                        HidesThere
                    )
                    : null
            ),
            IsStopped = IsStopped,
        };

    public static PathAttempt Direct(string candidate, PathOutcome outcome) =>
        new(PathKind.Direct, candidate, outcome, default, Took(outcome));

    public static PathAttempt Lan(string candidate, PathOutcome outcome) =>
        new(PathKind.Lan, candidate, outcome, default, Took(outcome));

    /// <summary>The three tries of a punch to bob's public address.</summary>
    public static IReadOnlyList<PathAttempt> Punched(PathOutcome outcome) =>
        [
            .. Enumerable
                .Range(1, 3)
                .Select(number => new PathAttempt(
                    PathKind.Punched,
                    "203.0.113.7:8002",
                    outcome,
                    default,
                    Took(outcome),
                    number
                )),
        ];

    /// <summary>A punch that never began.</summary>
    public static PathAttempt NotPunched(PathOutcome outcome) => new(PathKind.Punched, "", outcome);

    public static PathAttempt Relayed(PathOutcome outcome) =>
        new(PathKind.Relayed, "", outcome, default, Took(outcome));

    // Addresses that the rules forbid are not tried, nor is a relay that is off.
    private static TimeSpan? Took(PathOutcome outcome) =>
        outcome
            is PathOutcome.NotOnThisNetwork
                or PathOutcome.NotRoutable
                or PathOutcome.ForbiddenPort
                or PathOutcome.NotConfirmed
                or PathOutcome.NotAllowed
                or PathOutcome.RelayUnavailable
                or PathOutcome.NoAnswer
            ? null
            : TimeSpan.FromMilliseconds(300);
}
