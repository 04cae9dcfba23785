using P2PChat.Node.Model;
using P2PChat.Node.Services.Doctor;
using static P2PChat.Node.Model.FindingCode;
using static P2PChat.Tests.Node.Services.Doctor.DoctorScene;

namespace P2PChat.Tests.Node.Services.Doctor;

/// <summary>The doctor's conclusions about each combination of the lab, and about the faults that users meet.</summary>
public sealed class ConclusionsTests
{
    private const string Private = "10.0.0.7:8002";
    private const string Theirs = "203.0.113.7:8002";

    private static readonly PathAttempt Elsewhere = Direct(Private, PathOutcome.NotOnThisNetwork);
    private static readonly PathAttempt Silent = Direct(Theirs, PathOutcome.TimedOut);
    private static readonly PathAttempt ByRelay = Relayed(PathOutcome.Authenticated);
    private static readonly IReadOnlyList<PathAttempt> PunchFails = DoctorScene.Punched(PathOutcome.TimedOut);

    // Scene, verdict, words of the answer, codes of all findings in their order.
    private static readonly Dictionary<string, (DoctorScene, DoctorVerdict, string, FindingCode[])> Table = new()
    {
        ["same LAN"] = (
            new() { Attempts = [DoctorScene.Lan("192.168.1.9:8002", PathOutcome.Authenticated), ByRelay] },
            DoctorVerdict.Good,
            "bob can be reached on the local network.",
            []
        ),
        ["same LAN, directory away"] = (
            new()
            {
                Directory = DirectoryReachState.Unreachable,
                DirectoryDetail = "The directory at http://x cannot be reached.",
                Relay = RelayReachState.DirectoryUnreachable,
                Probe = NatProbeState.DirectoryUnreachable,
                Peer = DoctorPeerState.NotKnown,
                HasAnswered = null,
                Attempts = [DoctorScene.Lan("192.168.1.9:8002", PathOutcome.Authenticated)],
            },
            DoctorVerdict.Good,
            "bob can be reached on the local network, although the directory cannot be reached.",
            [DirectoryUnreachable]
        ),
        ["direct"] = (
            new() { Attempts = [Elsewhere, Direct(Theirs, PathOutcome.Authenticated), ByRelay] },
            DoctorVerdict.Good,
            "bob can be reached directly.",
            []
        ),
        ["full cone there"] = (
            new()
            {
                Tcp = NatMapping.AddressAndPortDependent,
                Attempts = [Elsewhere, Direct(Theirs, PathOutcome.Authenticated), ByRelay],
            },
            DoctorVerdict.Good,
            "bob can be reached directly.",
            []
        ),
        ["address-restricted or port-restricted on both sides"] = (
            new() { Attempts = [Elsewhere, Silent, .. DoctorScene.Punched(PathOutcome.Authenticated), ByRelay] },
            DoctorVerdict.Good,
            "bob can be reached directly if both sides connect at the same time (punched).",
            []
        ),
        ["symmetric here"] = (
            new() { Tcp = NatMapping.AddressAndPortDependent, Attempts = [Elsewhere, Silent, .. PunchFails, ByRelay] },
            DoctorVerdict.Limited,
            "bob can be reached, but only through the directory's relay.",
            [PortSilent, PunchSymmetricHere, ForwardPort, OpenThere]
        ),
        ["symmetric there, port-restricted here"] = (
            new() { Attempts = [Elsewhere, Silent, .. PunchFails, ByRelay] },
            DoctorVerdict.Limited,
            "only through the directory's relay",
            [PortSilent, PunchBlockedThere, ForwardPort, OpenThere]
        ),
        ["double NAT here, other addresses not tested"] = (
            new() { Tcp = NatMapping.PortIndependent, Attempts = [Elsewhere, Silent, .. PunchFails, ByRelay] },
            DoctorVerdict.Limited,
            "only through the directory's relay",
            [PortSilent, PunchBlockedThere, ForwardPort, OpenThere]
        ),
        ["firewall without NAT here, symmetric there"] = (
            new()
            {
                Tcp = NatMapping.None,
                Local = "203.0.113.5:8001",
                Attempts = [Elsewhere, Silent, .. PunchFails, ByRelay],
            },
            DoctorVerdict.Limited,
            "only through the directory's relay",
            [PortSilent, PunchBlockedThere, OpenFirewall, OpenThere]
        ),
        ["IPv6 only there, IPv4 only here"] = (
            new()
            {
                Attempts =
                [
                    Direct("[2001:db8::7]:8002", PathOutcome.NoRoute),
                    NotPunched(PathOutcome.NoRoute),
                    ByRelay,
                ],
            },
            DoctorVerdict.Limited,
            "only through the directory's relay",
            [NoCommonFamily]
        ),
        ["IPv6 only here, IPv4 only there"] = (
            new()
            {
                Tcp = NatMapping.None,
                Local = "[2001:db8::5]:8001",
                Public = "[2001:db8::5]:8001",
                Attempts = [Elsewhere, Direct(Theirs, PathOutcome.NoRoute), NotPunched(PathOutcome.NoRoute), ByRelay],
            },
            DoctorVerdict.Limited,
            "only through the directory's relay",
            [NoCommonFamily]
        ),
        ["only 443 out here"] = (
            new() { Tcp = NatMapping.Unreachable, Attempts = [Elsewhere, Silent, .. PunchFails, ByRelay] },
            DoctorVerdict.Limited,
            "only through the directory's relay",
            [WebOnly, StunBlocked]
        ),
        ["only 443 out there"] = (
            new() { Attempts = [Elsewhere, NotPunched(PathOutcome.NotRoutable), ByRelay] },
            DoctorVerdict.Limited,
            "only through the directory's relay",
            [OnlyPrivateAddresses, ForwardPort, OpenThere]
        ),
        ["relay off, symmetric on both sides"] = (
            new()
            {
                Tcp = NatMapping.AddressAndPortDependent,
                Relay = RelayReachState.NotOffered,
                HasRelay = false,
                Attempts = [Elsewhere, Silent, .. PunchFails, Relayed(PathOutcome.RelayUnavailable)],
            },
            DoctorVerdict.Failed,
            "bob is online, but cannot be reached from here.",
            [PortSilent, PunchSymmetricHere, RelayOff, ForwardPort, OpenThere]
        ),
        ["relay off at this peer"] = (
            new()
            {
                Relay = RelayReachState.Disabled,
                Attempts = [Elsewhere, Silent, .. PunchFails, Relayed(PathOutcome.NotAllowed)],
            },
            DoctorVerdict.Failed,
            "bob is online, but cannot be reached from here.",
            [PortSilent, PunchBlockedThere, RelayOffHere, ForwardPort, OpenThere]
        ),
        ["relay full"] = (
            new() { Attempts = [Silent, .. PunchFails, Relayed(PathOutcome.RelayUnavailable)] },
            DoctorVerdict.Failed,
            "cannot be reached from here",
            [PortSilent, PunchBlockedThere, RelayFull, ForwardPort, OpenThere]
        ),
        ["proxy without WebSockets"] = (
            new()
            {
                Relay = RelayReachState.Blocked,
                Attempts = [Silent, .. PunchFails, Relayed(PathOutcome.HandshakeFailed)],
            },
            DoctorVerdict.Failed,
            "cannot be reached from here",
            [PortSilent, PunchBlockedThere, RelayBlocked, ForwardPort, OpenThere]
        ),
        ["the other leg never came"] = (
            new() { Attempts = [Silent, .. PunchFails, Relayed(PathOutcome.NoAnswer)] },
            DoctorVerdict.Failed,
            "cannot be reached from here",
            [PortSilent, PunchBlockedThere, RelayNotJoined, ForwardPort, OpenThere]
        ),
        ["the other side did not come to the relay"] = (
            new() { Attempts = [Silent, .. PunchFails, Relayed(PathOutcome.TimedOut)] },
            DoctorVerdict.Failed,
            "cannot be reached from here",
            [PortSilent, PunchBlockedThere, RelayNotJoined, ForwardPort, OpenThere]
        ),
        ["only a private address there, which this network has too"] = (
            new()
            {
                Attempts =
                [
                    Direct("192.168.1.9:8002", PathOutcome.Refused),
                    PunchFails[0] with
                    {
                        Candidate = "192.168.1.9:8002",
                        Outcome = PathOutcome.Refused,
                    },
                    ByRelay,
                ],
            },
            DoctorVerdict.Limited,
            "only through the directory's relay",
            [PortRefused, ForwardPort, OpenThere]
        ),
        ["relay broken"] = (
            new() { Attempts = [Silent, .. PunchFails, Relayed(PathOutcome.HandshakeFailed)] },
            DoctorVerdict.Failed,
            "cannot be reached from here",
            [PortSilent, PunchBlockedThere, RelayFailed, ForwardPort, OpenThere]
        ),
        ["relay off there"] = (
            new() { Attempts = [Silent, .. PunchFails, Relayed(PathOutcome.NotAllowed)] },
            DoctorVerdict.Failed,
            "cannot be reached from here",
            [PortSilent, PunchBlockedThere, RelayOffThere, ForwardPort, OpenThere]
        ),
        ["directory away"] = (
            new()
            {
                Directory = DirectoryReachState.Unreachable,
                DirectoryDetail = "The directory at http://x cannot be reached.",
                Relay = RelayReachState.DirectoryUnreachable,
                Probe = NatProbeState.DirectoryUnreachable,
                Peer = DoctorPeerState.NotKnown,
                Attempts = null,
            },
            DoctorVerdict.Failed,
            "bob's addresses are not known, because the directory cannot be reached.",
            [DirectoryUnreachable]
        ),
        ["directory refuses"] = (
            new()
            {
                Directory = DirectoryReachState.Refused,
                DirectoryDetail = "The directory requires a join token.",
                Peer = DoctorPeerState.NotKnown,
                Attempts = null,
            },
            DoctorVerdict.Failed,
            "bob's addresses are not known, because the directory refuses this peer.",
            [DirectoryRefuses]
        ),
        ["directory slow to answer"] = (
            new() { Peer = DoctorPeerState.NotKnown, Attempts = null },
            DoctorVerdict.Unknown,
            "The directory did not say where bob is.",
            []
        ),
        ["older directory"] = (
            new()
            {
                IsOlderDirectory = true,
                HasRelay = false,
                Relay = RelayReachState.NotOffered,
                Probe = NatProbeState.NotOffered,
                HasAnswered = null,
                Attempts =
                [
                    Silent,
                    NotPunched(PathOutcome.DirectoryUnreachable),
                    Relayed(PathOutcome.RelayUnavailable),
                ],
            },
            DoctorVerdict.Failed,
            "cannot be reached from here",
            [PortSilent, DirectoryOlder, OpenThere]
        ),
        ["peer away"] = (
            new() { Peer = DoctorPeerState.Offline, Attempts = null },
            DoctorVerdict.Failed,
            "bob is offline: bob's peer is not running, or cannot reach the directory.",
            []
        ),
        ["peer hides its address"] = (
            new() { HidesThere = true, Attempts = [NotPunched(PathOutcome.NotAllowed), ByRelay] },
            DoctorVerdict.Limited,
            "only through the directory's relay",
            [HiddenThere]
        ),
        ["this peer hides its address"] = (
            new()
            {
                HidesHere = true,
                Attempts = [Direct(Theirs, PathOutcome.NotAllowed), NotPunched(PathOutcome.NotAllowed), ByRelay],
            },
            DoctorVerdict.Limited,
            "only through the directory's relay",
            [AddressHidden]
        ),
        ["punching off here"] = (
            new() { Punch = false, Attempts = [Silent, NotPunched(PathOutcome.NotAllowed), ByRelay] },
            DoctorVerdict.Limited,
            "only through the directory's relay",
            [PortSilent, PunchOffHere, ForwardPort, OpenThere]
        ),
        ["punching off there"] = (
            new() { Attempts = [Silent, NotPunched(PathOutcome.NotAllowed), ByRelay] },
            DoctorVerdict.Limited,
            "only through the directory's relay",
            [PortSilent, PunchOffThere, ForwardPort, OpenThere]
        ),
        ["clock wrong"] = (
            new()
            {
                ClockError = TimeSpan.FromMinutes(12),
                Peer = DoctorPeerState.NotTrusted,
                Problem = "The directory's answer cannot be trusted: the record has expired.",
                Attempts = null,
            },
            DoctorVerdict.Failed,
            "The directory's answer about bob cannot be trusted, so nothing was tried.",
            [LookupFailed, ClockWrong]
        ),
        ["clock wrong, so that the directory refuses"] = (
            new()
            {
                ClockError = TimeSpan.FromMinutes(12),
                Directory = DirectoryReachState.Refused,
                DirectoryDetail = "This machine's clock differs from the directory's by more than 5 minutes.",
                Peer = DoctorPeerState.NotKnown,
                Attempts = null,
            },
            DoctorVerdict.Failed,
            "bob's addresses are not known, because the directory refuses this peer.",
            [ClockWrong]
        ),
        ["key changed"] = (
            new()
            {
                Peer = DoctorPeerState.KeyChanged,
                Problem = "bob's key has changed.",
                Attempts = null,
            },
            DoctorVerdict.Failed,
            "bob's key has changed, so nothing was tried.",
            [LookupFailed]
        ),
        ["port blocked there, kind of NAT not known"] = (
            new()
            {
                Probe = NatProbeState.NotOffered,
                Attempts = [Elsewhere, Direct(Theirs, PathOutcome.Refused), .. PunchFails, ByRelay],
            },
            DoctorVerdict.Limited,
            "only through the directory's relay",
            [PortRefused, PunchFailed, NoStun, OpenThere]
        ),
        ["older peer without signals"] = (
            new()
            {
                HasAnswered = false,
                Attempts = [Silent, NotPunched(PathOutcome.NoAnswer), Relayed(PathOutcome.NoAnswer)],
            },
            DoctorVerdict.Failed,
            "bob is online, but cannot be reached from here.",
            [PortSilent, NoSignalAnswer, ForwardPort, OpenThere]
        ),
        ["signals lost"] = (
            new()
            {
                HasAnswered = null,
                Attempts =
                [
                    Silent,
                    NotPunched(PathOutcome.DirectoryUnreachable),
                    Relayed(PathOutcome.DirectoryUnreachable),
                ],
            },
            DoctorVerdict.Failed,
            "cannot be reached from here",
            [PortSilent, SignalsFailed, ForwardPort, OpenThere]
        ),
        ["relay works, and the second session of the test is not answered"] = (
            new() { HasAnswered = false, Attempts = [Silent, NotPunched(PathOutcome.NoAnswer), ByRelay] },
            DoctorVerdict.Limited,
            "only through the directory's relay",
            [PortSilent, NoSignalAnswer, ForwardPort, OpenThere]
        ),
        ["hidden here, relay faster than the answer"] = (
            new()
            {
                HidesHere = true,
                HasAnswered = false,
                Attempts = [Direct(Theirs, PathOutcome.NotAllowed), NotPunched(PathOutcome.NotAllowed), ByRelay],
            },
            DoctorVerdict.Limited,
            "only through the directory's relay",
            [AddressHidden]
        ),
        ["the same private address here, symmetric there"] = (
            new() { Attempts = [Direct("192.168.1.5:8002", PathOutcome.Refused), Silent, .. PunchFails, ByRelay] },
            DoctorVerdict.Limited,
            "only through the directory's relay",
            [PortSilent, PunchBlockedThere, ForwardPort, OpenThere]
        ),
        ["the same private address here, only 443 out"] = (
            new()
            {
                Tcp = NatMapping.Unreachable,
                Attempts =
                [
                    Direct("192.168.1.5:8002", PathOutcome.Refused),
                    Silent,
                    PunchFails[0] with
                    {
                        Candidate = "192.168.1.5:8002",
                        Outcome = PathOutcome.Refused,
                    },
                    .. PunchFails,
                    ByRelay,
                ],
            },
            DoctorVerdict.Limited,
            "only through the directory's relay",
            [WebOnly, StunBlocked]
        ),
        ["STUN off here, no fixed port"] = (
            new()
            {
                HasFixedPort = false,
                Probe = NatProbeState.Disabled,
                Attempts = [Silent, .. PunchFails, ByRelay],
            },
            DoctorVerdict.Limited,
            "only through the directory's relay",
            [PortSilent, PunchFailed, StunOffHere, OpenThere]
        ),
        ["peer of its own machine only there, relay off here"] = (
            new()
            {
                Relay = RelayReachState.Disabled,
                Attempts =
                [
                    Direct("127.0.0.1:8002", PathOutcome.NotRoutable),
                    NotPunched(PathOutcome.NotRoutable),
                    Relayed(PathOutcome.NotAllowed),
                ],
            },
            DoctorVerdict.Failed,
            "cannot be reached from here",
            [OnlyPrivateAddresses, RelayOffHere, ForwardPort]
        ),
        ["too many addresses"] = (
            new() { Attempts = [Silent, Direct("bob.example:8002", PathOutcome.OverLimit), .. PunchFails, ByRelay] },
            DoctorVerdict.Limited,
            "only through the directory's relay",
            [PortSilent, PunchBlockedThere, TooManyAddresses, ForwardPort, OpenThere]
        ),
        ["port changes at each start"] = (
            new() { HasFixedPort = false, Attempts = [Silent, .. PunchFails, ByRelay] },
            DoctorVerdict.Limited,
            "only through the directory's relay",
            [PortSilent, PunchBlockedThere, FixedPort, ForwardPort, OpenThere]
        ),
        ["directory away, not on the local network"] = (
            new()
            {
                LooksOnLan = true,
                Directory = DirectoryReachState.Unreachable,
                DirectoryDetail = "The directory at http://x cannot be reached.",
                Relay = RelayReachState.DirectoryUnreachable,
                Probe = NatProbeState.DirectoryUnreachable,
                Peer = DoctorPeerState.NotKnown,
                HasAnswered = null,
            },
            DoctorVerdict.Failed,
            "because the directory cannot be reached, and bob was not found on the local network.",
            [DirectoryUnreachable]
        ),
        ["another peer at the address, versions differ, not TLS, bad name, low port, stranger"] = (
            new()
            {
                Attempts =
                [
                    Direct("203.0.113.1:1", PathOutcome.WrongIdentity),
                    Direct("203.0.113.2:1", PathOutcome.VersionMismatch),
                    Direct("203.0.113.3:1", PathOutcome.HandshakeFailed),
                    Direct("203.0.113.3:2", PathOutcome.HandshakeTimedOut),
                    Direct("bob.example:1", PathOutcome.NotResolved),
                    Direct("203.0.113.4:25", PathOutcome.ForbiddenPort),
                    Direct("203.0.113.6:8002", PathOutcome.NotConfirmed),
                    ByRelay,
                ],
            },
            DoctorVerdict.Limited,
            "only through the directory's relay",
            [
                WrongIdentity,
                VersionMismatch,
                HandshakeFailed,
                HandshakeTimedOut,
                HostNotFound,
                NotConfirmed,
                ForbiddenPort,
                ForwardPort,
            ]
        ),
        ["stopped"] = (
            new() { IsStopped = true, Attempts = null },
            DoctorVerdict.Unknown,
            "bob is online, but the check ended before every path had been tried.",
            [CheckStopped]
        ),
    };

    public static TheoryData<string> Scenes => [.. Table.Keys];

    [Theory]
    [MemberData(nameof(Scenes))]
    public void Scene_has_the_expected_answer_and_findings(string scene)
    {
        var (facts, verdict, answer, codes) = Table[scene];

        var conclusions = Conclusions.Of(facts.Facts);

        Assert.Equal(verdict, conclusions.Verdict);
        Assert.Contains(answer, conclusions.Summary, StringComparison.Ordinal);
        Assert.Equal(codes, conclusions.Findings.Select(finding => finding.Code));
    }

    [Theory]
    [InlineData(PathKind.Punched, PathKind.Relayed)]
    [InlineData(PathKind.Relayed, PathKind.Punched)]
    public void Punched_conversation_counts_although_a_relayed_link_opens_meanwhile(PathKind before, PathKind after)
    {
        var facts = new DoctorScene { Attempts = [Silent, .. PunchFails, ByRelay] }.Facts;

        var conclusions = Conclusions.Of(facts with { Pair = facts.Pair! with { PathBefore = before, Path = after } });

        Assert.Contains("both sides connect at the same time", conclusions.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_finding_has_a_scene() =>
        Assert.Equal(
            Enum.GetValues<FindingCode>().Except([ClockOff, LocalOnly]).Order(),
            Table.Values.SelectMany(row => row.Item4).Distinct().Order()
        );

    [Fact]
    public void Advice_names_the_port_and_the_address_to_forward()
    {
        var findings = Conclusions
            .Of(
                new DoctorScene
                {
                    Public = "203.0.113.5:40022",
                    Attempts = [Elsewhere, Silent, .. PunchFails, ByRelay],
                }.Facts
            )
            .Findings;

        var forward = findings.Single(finding => finding.Code == ForwardPort);
        Assert.StartsWith(
            "Forward TCP port 8001 on your router to 192.168.1.5. bob can then connect to you directly",
            forward.Text,
            StringComparison.Ordinal
        );
        Assert.Equal("Let this peer advertise 203.0.113.5:8001.", forward.Advice);
        // Bob's own port, which his private address shows, and not the one that his router chose.
        Assert.Contains("TCP port 8002", findings[^1].Text, StringComparison.Ordinal);
        Assert.Contains($"Nothing answered at {Theirs}.", findings[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Router_that_keeps_the_port_needs_no_advertised_address()
    {
        var (_, _, findings) = Conclusions.Of(new DoctorScene { Attempts = [Silent, .. PunchFails, ByRelay] }.Facts);

        Assert.Null(findings.Single(finding => finding.Code == ForwardPort).Advice);
    }

    [Fact]
    public void Changing_port_is_not_named_in_advice()
    {
        var (_, _, findings) = Conclusions.Of(
            new DoctorScene { HasFixedPort = false, Attempts = [Silent, .. PunchFails, ByRelay] }.Facts
        );

        Assert.DoesNotContain(findings, finding => $"{finding.Text} {finding.Advice}".Contains("8001"));
        Assert.StartsWith(
            "Forward that TCP port on your router to 192.168.1.5.",
            findings.Single(finding => finding.Code == ForwardPort).Text,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(PathOutcome.Refused, PortRefused, "The connection to 192.168.1.9:8002 was refused. A private address")]
    [InlineData(PathOutcome.TimedOut, PortSilent, "Nothing answered at 192.168.1.9:8002. A private address works only")]
    public void Finding_about_a_private_address_says_so(PathOutcome outcome, FindingCode code, string words)
    {
        var (_, _, findings) = Conclusions.Of(
            new DoctorScene { Attempts = [Direct("192.168.1.9:8002", outcome), ByRelay] }.Facts
        );

        var text = findings.Single(finding => finding.Code == code).Text;
        Assert.StartsWith(words, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(717, "12 minutes ahead of", ClockWrong)]
    [InlineData(-86400 * 3, "3 days behind", ClockWrong)]
    [InlineData(45, "45 seconds ahead of", ClockOff)]
    public void Clock_error_is_reported_with_its_direction(int seconds, string words, FindingCode code)
    {
        var (_, _, findings) = Conclusions.Of(
            new DoctorScene { ClockError = TimeSpan.FromSeconds(seconds), Attempts = [Elsewhere, ByRelay] }.Facts
        );

        Assert.Contains(
            $"This machine's clock is {words} the directory's.",
            findings.Single(finding => finding.Code == code).Text,
            StringComparison.Ordinal
        );
    }
}
