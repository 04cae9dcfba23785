using System.Globalization;
using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Model;
using P2PChat.Node.Paths;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Tests.Node.Paths;

/// <summary>The machines without a network. Times are milliseconds since the start.</summary>
public sealed class PathMachineTests
{
    private static readonly PathOptions Options = new();

    /// <summary>A title, the hosts of the record, and each step with its effects. There is no session.</summary>
    public static TheoryData<string, string, string[]> Dials =>
        new()
        {
            { "no endpoint", "", ["0 start: ended NotAllowed"] },
            {
                "families alternate, IPv6 first",
                "192.0.2.1 192.0.2.2 2001:db8::1 2001:db8::2",
                [
                    "0 start: connect 2001:db8::1",
                    "250 tick: connect 192.0.2.1",
                    "500 tick: connect 2001:db8::2",
                    "750 tick: connect 192.0.2.2",
                    "800 authenticated 2: carry 2 Direct, cancel 1, cancel 3, cancel 4, ended",
                ]
            },
            {
                "the next attempt starts after 250 ms",
                "192.0.2.1 192.0.2.2",
                ["0 start: connect 192.0.2.1", "249 tick: ", "250 tick: connect 192.0.2.2"]
            },
            {
                "the next attempt starts at once after a failure",
                "192.0.2.1 192.0.2.2",
                [
                    "0 start: connect 192.0.2.1",
                    "10 failed 1 Refused: connect 192.0.2.2",
                    "20 failed 2 Refused: ended Refused",
                ]
            },
            {
                "a duplicate address is tried once",
                "192.0.2.1 192.0.2.1 ::ffff:192.0.2.1",
                ["0 start: connect 192.0.2.1", "10 failed 1 Refused: ended Refused"]
            },
            {
                "a wrong key at one address does not stop the others",
                "192.0.2.1 192.0.2.2 192.0.2.3",
                [
                    "0 start: connect 192.0.2.1",
                    "10 connected 1: ",
                    "20 failed 1 WrongIdentity: connect 192.0.2.2",
                    "270 tick: connect 192.0.2.3",
                    "300 authenticated 2: carry 2 Direct, cancel 3, ended",
                ]
            },
            {
                "the most specific failure is reported",
                "192.0.2.1 192.0.2.2 192.0.2.3",
                [
                    "0 start: connect 192.0.2.1",
                    "10 failed 1 WrongIdentity: connect 192.0.2.2",
                    "20 failed 2 Refused: connect 192.0.2.3",
                    "30 failed 3 HandshakeFailed: ended WrongIdentity",
                ]
            },
            {
                "a TCP connection delays the next attempt",
                "192.0.2.1 192.0.2.2",
                [
                    "0 start: connect 192.0.2.1",
                    "200 connected 1: ",
                    "250 tick: ",
                    "450 tick: connect 192.0.2.2",
                    "460 authenticated 1: carry 1 Direct, cancel 2, ended",
                ]
            },
            {
                "three SYNs, each for 0.9 s",
                "192.0.2.1",
                [
                    "0 start: connect 192.0.2.1",
                    "899 tick: ",
                    "900 tick: cancel 1, connect 192.0.2.1",
                    "1800 tick: cancel 2, connect 192.0.2.1",
                    "2700 tick: cancel 3, ended TimedOut",
                ]
            },
            {
                "three SYNs to one public address, whatever the ports",
                "192.0.2.1 192.0.2.1:9002 192.0.2.1:9003 192.0.2.1:9004",
                [
                    "0 start: connect 192.0.2.1",
                    "10 failed 1 Refused: connect 192.0.2.1:9002",
                    "20 failed 2 Refused: connect 192.0.2.1:9003",
                    "30 failed 3 Refused: ended Refused",
                ]
            },
            {
                "a handshake times out after 10 s",
                "192.0.2.1",
                [
                    "0 start: connect 192.0.2.1",
                    "800 connected 1: ",
                    "900 tick: ",
                    "10800 tick: cancel 1, ended HandshakeTimedOut",
                ]
            },
            {
                "a run times out after 20 s",
                "h",
                [
                    "0 start: resolve h 6, resolve h 4",
                    "5900 resolved 1 2001:db8::1: connect 2001:db8::1",
                    "6000 tick: ",
                    "6800 tick: cancel 3, connect 2001:db8::1",
                    "7700 tick: cancel 4, connect 2001:db8::1",
                    "8500 connected 5: ",
                    "18499 tick: ",
                    "18500 tick: cancel 5, ended HandshakeTimedOut",
                ]
            },
            {
                "a lookup times out after 6 s",
                "h",
                ["0 start: resolve h 6, resolve h 4", "5999 tick: ", "6000 tick: ended NotResolved"]
            },
            {
                "a late answer to a lookup is ignored",
                "192.0.2.1 h",
                [
                    "0 start: resolve h 6, resolve h 4, connect 192.0.2.1",
                    "100 connected 3: ",
                    "6000 tick: ",
                    "6100 resolved 2 192.0.2.2: ",
                    "6200 authenticated 3: carry 3 Direct, ended",
                ]
            },
            {
                "IPv4 stops waiting when the IPv6 lookup times out",
                "h",
                ["0 start: resolve h 6, resolve h 4", "5990 resolved 2 192.0.2.1: ", "6000 tick: connect 192.0.2.1"]
            },
            {
                "a second winner is closed",
                "192.0.2.1 192.0.2.2",
                [
                    "0 start: connect 192.0.2.1",
                    "250 tick: connect 192.0.2.2",
                    "300 authenticated 1: carry 1 Direct, cancel 2, ended",
                    "301 authenticated 2: cancel 2",
                ]
            },
            {
                "IPv4 waits 50 ms for IPv6",
                "h",
                [
                    "0 start: resolve h 6, resolve h 4",
                    "5 resolved 2 192.0.2.1: ",
                    "54 tick: ",
                    "55 tick: connect 192.0.2.1",
                    "60 resolved 1 2001:db8::1: ",
                    "305 tick: connect 2001:db8::1",
                ]
            },
            {
                "IPv6 in time goes first",
                "h",
                [
                    "0 start: resolve h 6, resolve h 4",
                    "5 resolved 2 192.0.2.1: ",
                    "20 resolved 1 2001:db8::1: connect 2001:db8::1",
                    "270 tick: connect 192.0.2.1",
                ]
            },
            {
                "a name without IPv6 does not wait",
                "h",
                ["0 start: resolve h 6, resolve h 4", "5 resolved 1 : ", "6 resolved 2 192.0.2.1: connect 192.0.2.1"]
            },
            {
                "an unknown name",
                "h",
                ["0 start: resolve h 6, resolve h 4", "5 resolved 1 : ", "6 resolved 2 : ended NotResolved"]
            },
            {
                "an address does not wait for a name",
                "h 192.0.2.9",
                [
                    "0 start: resolve h 6, resolve h 4, connect 192.0.2.9",
                    "10 failed 3 Refused: ",
                    "30 resolved 1 2001:db8::1: connect 2001:db8::1",
                ]
            },
            {
                "a resolved address obeys the rules",
                "h",
                [
                    "0 start: resolve h 6, resolve h 4",
                    "5 resolved 1 : ",
                    "6 resolved 2 10.0.0.1: ended NotOnThisNetwork",
                ]
            },
        };

    /// <summary>The caller with one address in the record, and a session.</summary>
    public static TheoryData<string, string[]> Calls =>
        new()
        {
            {
                "a session opens after 150 ms of silence, and the relay carries until a try succeeds",
                [
                    "0 start: connect 192.0.2.1",
                    "149 tick: ",
                    "150 tick: open",
                    "200 opened relay: relay 2",
                    "250 answered 192.0.2.1: punch 3 try 1 [192.0.2.1]",
                    "400 authenticated 2: carry 2 Relayed",
                    "450 authenticated 3 192.0.2.1: takeover 3 Punched, cancel 1, ended",
                ]
            },
            {
                "a session opens after 250 ms while TLS runs",
                ["0 start: connect 192.0.2.1", "100 connected 1: ", "249 tick: ", "250 tick: open"]
            },
            {
                "a session opens at once when all addresses have failed",
                ["0 start: connect 192.0.2.1", "10 failed 1 Refused: open"]
            },
            {
                "a direct path supersedes the session",
                [
                    "0 start: connect 192.0.2.1",
                    "150 tick: open",
                    "300 opened relay: relay 2",
                    "310 authenticated 1: carry 1 Direct, cancel 2, ended",
                    "350 answered 192.0.2.1: ",
                    "360 authenticated 2: cancel 2",
                ]
            },
            {
                "three tries, the later ones half a round trip after their signal",
                [
                    "0 start: connect 192.0.2.1",
                    "150 tick: open",
                    "200 opened norelay: ",
                    "250 answered 192.0.2.1 192.0.2.2: punch 2 try 1 [192.0.2.1 192.0.2.2]",
                    "900 tick: cancel 1",
                    "1250 failed 2 TimedOut: start 2",
                    "1299 tick: ",
                    "1300 tick: punch 3 try 2 [192.0.2.1 192.0.2.2]",
                    "2200 failed 3 TimedOut: start 3",
                    // The direct dial and two tries have spent the three SYNs to the first address.
                    "2250 tick: punch 4 try 3 [192.0.2.2]",
                    "3150 failed 4 TimedOut: ended TimedOut",
                ]
            },
            {
                "a connection between two tries counts",
                [
                    "0 start: connect 192.0.2.1",
                    "10 failed 1 Refused: open",
                    "60 opened norelay: ",
                    "110 answered 192.0.2.2: punch 2 try 1 [192.0.2.2]",
                    "1010 failed 2 TimedOut: start 2",
                    "1030 authenticated 2 192.0.2.2: carry 2 Punched, ended",
                ]
            },
            {
                "a connection before the answer counts, because the answer may be lost",
                [
                    "0 start: connect 192.0.2.1",
                    "10 failed 1 Refused: open",
                    "60 opened relay: relay 2",
                    "5060 tick: ",
                    "5070 authenticated 0 192.0.2.2: carry 0 Punched, cancel 2, ended",
                ]
            },
            {
                "without an answer the relay is still awaited",
                [
                    "0 start: connect 192.0.2.1",
                    "10 failed 1 Refused: open",
                    "60 opened relay: relay 2",
                    "5060 tick: ",
                    "5070 answered 192.0.2.2: ",
                    "5080 authenticated 2: carry 2 Relayed, ended",
                ]
            },
            {
                "without a session an address that was silent is dialled again",
                [
                    "0 start: connect 192.0.2.1",
                    "150 tick: open",
                    "300 sessionfailed NoAnswer: ",
                    "900 tick: cancel 1, connect 192.0.2.1",
                    "950 authenticated 2: carry 2 Direct, ended",
                ]
            },
            {
                "a session that does not open is given up after 5 s",
                [
                    "0 start: connect 192.0.2.1",
                    "10 failed 1 Refused: open",
                    "5009 tick: ",
                    "5010 tick: ended Refused",
                    "5020 opened relay: ",
                ]
            },
            {
                "a callee that hides its address is reached by the relay only",
                [
                    "0 start: connect 192.0.2.1",
                    "10 failed 1 Refused: open",
                    "60 opened relay: relay 2",
                    "110 answered: ",
                    "200 authenticated 2: carry 2 Relayed, ended",
                ]
            },
            {
                "a session that yields to the callee's leaves the dial",
                [
                    "0 start: connect 192.0.2.1",
                    "150 tick: open",
                    "300 opened relay: relay 2",
                    "320 sessionfailed Superseded: cancel 2",
                    "330 authenticated 1: carry 1 Direct, ended",
                ]
            },
            {
                "stop cancels everything",
                [
                    "0 start: connect 192.0.2.1",
                    "150 tick: open",
                    "300 opened relay: relay 2",
                    "350 answered 192.0.2.1: punch 3 try 1 [192.0.2.1]",
                    "360 stop: cancel 3, cancel 2, cancel 1, ended Superseded",
                ]
            },
        };

    /// <summary>The callee of a caller at one address.</summary>
    public static TheoryData<string, string[]> Answers =>
        new()
        {
            {
                "the first try begins when the answer has been posted",
                [
                    "0 start: answer, relay 1",
                    "50 posted: punch 2 try 1 [192.0.2.1]",
                    "90 authenticated 1: carry 1 Relayed",
                    "100 authenticated 2 192.0.2.1: takeover 2 Punched, ended",
                ]
            },
            {
                "later tries begin at their signal, also while one runs",
                [
                    "0 start: answer, relay 1",
                    "50 posted: punch 2 try 1 [192.0.2.1]",
                    "900 start 2: cancel 2, punch 3 try 2 [192.0.2.1]",
                    "901 start 2: ",
                    "1800 failed 3 TimedOut: ",
                    "1810 start 3: punch 4 try 3 [192.0.2.1]",
                    "1820 start 4: ",
                    "2700 failed 4 TimedOut: ",
                    "10000 tick: cancel 1, ended TimedOut",
                ]
            },
            {
                "a missing signal is awaited for 5 s",
                [
                    "0 start: answer, relay 1",
                    "50 posted: punch 2 try 1 [192.0.2.1]",
                    "60 failed 1 NoAnswer: ",
                    "950 failed 2 Refused: ",
                    "5949 tick: ",
                    "5950 tick: ended Refused",
                ]
            },
            {
                "an answer that cannot be posted ends the run",
                [
                    "0 start: answer, relay 1",
                    "50 sessionfailed DirectoryUnreachable: cancel 1, ended DirectoryUnreachable",
                ]
            },
            {
                "a signal may overtake the answer to the post",
                [
                    "0 start: answer, relay 1",
                    "40 start 2: punch 2 try 2 [192.0.2.1]",
                    "50 posted: ",
                    "60 authenticated 2 192.0.2.1: carry 2 Punched, cancel 1, ended",
                ]
            },
        };

    [Theory]
    [MemberData(nameof(Dials))]
    public void Dial_has_the_effects_of_the_table(string title, string hosts, string[] steps) =>
        Follow(title, Caller(Plan(hosts) with { MayPunch = false, MayRelay = false }), steps);

    [Theory]
    [MemberData(nameof(Calls))]
    public void Caller_has_the_effects_of_the_table(string title, string[] steps) =>
        Follow(title, Caller(Plan("192.0.2.1")), steps);

    [Theory]
    [MemberData(nameof(Answers))]
    public void Callee_has_the_effects_of_the_table(string title, string[] steps) =>
        Follow(title, Callee(Plan("192.0.2.1")), steps);

    [Fact]
    public void Settings_decide_what_is_tried()
    {
        var hidden = Plan("192.0.2.1") with { MayDial = false, MayPunch = false };
        Follow("hidden", Caller(hidden), ["0 start: open without candidates", "50 opened relay: relay 1"]);
        Follow("hidden callee", Callee(hidden), ["0 start: answer, relay 1", "50 posted: "]);

        var upgrade = Plan("192.0.2.1") with { IsUpgrade = true };
        Follow(
            "upgrade",
            Caller(upgrade),
            [
                "0 start: connect 192.0.2.1",
                "10 failed 1 Refused: open without relay",
                "60 opened relay: ",
                "110 answered 192.0.2.1: punch 2 try 1 [192.0.2.1]",
                "120 authenticated 2 192.0.2.1: takeover 2 Punched, ended",
            ]
        );
        Follow("upgrade, callee", Callee(upgrade), ["0 start: answer", "50 posted: punch 1 try 1 [192.0.2.1]"]);

        var relayFirst = Plan("192.0.2.1") with { PrefersRelay = true };
        Follow(
            "relay first",
            Caller(relayFirst),
            [
                "0 start: open without candidates",
                "50 opened relay: relay 1",
                "100 answered: ",
                "150 authenticated 1: carry 1 Relayed, ended",
            ]
        );
        Follow(
            "relay first, and it fails",
            Caller(relayFirst),
            [
                "0 start: open without candidates",
                "50 opened relay: relay 1",
                "100 answered: ",
                "150 failed 1 RelayUnavailable: connect 192.0.2.1",
                "200 authenticated 2: carry 2 Direct, ended",
            ]
        );
    }

    [Fact]
    public void Silence_begins_with_a_dial_and_ends_with_an_answer()
    {
        Follow(
            "TCP was connected, and TLS has failed",
            Caller(Plan("192.0.2.1 192.0.2.2")),
            [
                "0 start: connect 192.0.2.1",
                "20 connected 1: ",
                "60 failed 1 WrongIdentity: connect 192.0.2.2",
                "249 tick: ",
                "250 tick: open",
            ]
        );
        Follow(
            "the first address refuses",
            Caller(Plan("192.0.2.1 192.0.2.2")),
            ["0 start: connect 192.0.2.1", "90 failed 1 Refused: connect 192.0.2.2", "239 tick: ", "240 tick: open"]
        );
        Follow(
            "a quick lookup",
            Caller(Plan("h")),
            [
                "0 start: resolve h 6, resolve h 4",
                "60 resolved 1 2001:db8::1: connect 2001:db8::1",
                "209 tick: ",
                "210 tick: open",
            ]
        );
        Follow(
            "a slow lookup",
            Caller(Plan("h")),
            ["0 start: resolve h 6, resolve h 4", "249 tick: ", "250 tick: open"]
        );
    }

    [Fact]
    public void Eight_addresses_of_a_third_party_get_one_SYN()
    {
        var hosts = string.Join(' ', Enumerable.Range(1, 8).Select(i => $"203.0.113.{i}"));
        var stranger = Plan(hosts) with { Context = new CandidateContext { Observed = IPAddress.Parse("192.0.2.1") } };

        Follow(
            "dialled",
            Caller(stranger with { MayPunch = false, MayRelay = false }),
            ["0 start: connect 203.0.113.1", "899 tick: ", "900 tick: cancel 1, ended TimedOut"]
        );
        // It listens for the caller, and sends nothing.
        stranger = stranger with { Context = stranger.Context with { IsOwnInitiative = false } };
        Follow("punched", Callee(stranger), ["0 start: answer, relay 1", "50 posted: punch 2 try 1 []"]);
    }

    [Fact]
    public void LAN_address_is_dialled_first()
    {
        var plan = Plan("2001:db8::1");
        var machine = Caller(
            plan with
            {
                LanAddresses = [IPEndPoint.Parse("192.168.1.3:8001"), IPEndPoint.Parse("198.51.100.3:8001")],
                Context = plan.Context with { LocalNetworks = [IPNetwork.Parse("192.168.1.0/24")] },
            }
        );
        Follow(
            "LAN",
            machine,
            [
                "0 start: connect 192.168.1.3",
                "150 tick: open",
                "250 tick: connect 2001:db8::1",
                "260 authenticated 1: carry 1 Lan, cancel 2, ended",
            ]
        );
        var report = machine.Report(Username.Parse("bob"), DateTimeOffset.UnixEpoch);
        Assert.Equal("Lan 198.51.100.3:8001 NotOnThisNetwork 0+", Text(report.Attempts[0]));
    }

    [Fact]
    public void Test_tries_everything_and_carries_nothing()
    {
        var machine = Caller(Plan("192.0.2.1 10.0.0.1") with { IsTest = true });
        Follow(
            "test",
            machine,
            [
                "0 start: connect 192.0.2.1",
                "50 authenticated 1: cancel 1, open without candidates",
                "100 opened relay: relay 2",
                "150 answered: ",
                "200 authenticated 2: cancel 2, open without relay",
                "250 opened relay: ",
                "300 answered 192.0.2.1: punch 3 try 1 [192.0.2.1]",
                "350 authenticated 3 192.0.2.1: cancel 3, ended",
            ]
        );
        var report = machine.Report(Username.Parse("bob"), DateTimeOffset.UnixEpoch);
        Assert.Equal(PathKind.Direct, report.Chosen);
        Assert.Equal(
            [
                "Direct 10.0.0.1:8001 NotOnThisNetwork 0+",
                "Direct 192.0.2.1:8001 Authenticated 0+50",
                "Relayed  Authenticated 100+100",
                "Punched 192.0.2.1:8001 Authenticated 300+50 try 1",
            ],
            report.Attempts.Select(Text)
        );
    }

    [Fact]
    public void At_most_24_addresses_of_a_name_are_tried()
    {
        var machine = Caller(Plan("h") with { MayPunch = false, MayRelay = false });
        _ = machine.Start(TimeSpan.Zero);
        _ = machine.Resolved(1, [], TimeSpan.Zero);
        var addresses = Enumerable.Range(1, 200).Select(i => IPAddress.Parse($"192.0.2.{i}")).ToList();
        var tried = machine.Resolved(2, addresses, TimeSpan.Zero).Count;
        for (var attempt = 3; !machine.IsOver; attempt++)
        {
            tried += machine.Failed(attempt, PathOutcome.Refused, TimeSpan.Zero).OfType<PathEffect.Connect>().Count();
        }

        Assert.Equal(24, tried);
        var attempts = machine.Report(Username.Parse("bob"), DateTimeOffset.UnixEpoch).Attempts;
        Assert.Equal("h:8001", Assert.Single(attempts, line => line.Outcome == PathOutcome.OverLimit).Candidate);
    }

    private static void Follow(string title, PathMachine machine, string[] steps)
    {
        foreach (var step in steps)
        {
            // Addresses contain colons, and effects may be empty.
            var split = step.LastIndexOf(": ", StringComparison.Ordinal);
            var (input, expected) = (step[..split], step[(split + 2)..]);
            var effects = Step(machine, input.Split(' '));
            Assert.Equal(
                $"{title}: {input}: {expected}",
                $"{title}: {input}: {string.Join(", ", effects.Select(Text))}"
            );
        }
    }

    private static IReadOnlyList<PathEffect> Step(PathMachine machine, string[] step)
    {
        var now = TimeSpan.FromMilliseconds(int.Parse(step[0], CultureInfo.InvariantCulture));
        var number = step.Length > 2 && int.TryParse(step[2], out var parsed) ? parsed : 0;
        return (step[1], machine) switch
        {
            ("start", CalleePathMachine callee) when step.Length > 2 => callee.StartReceived(number, now),
            ("start", _) => machine.Start(now),
            ("tick", _) => machine.Tick(now),
            ("stop", _) => machine.Stop(now),
            ("connected", _) => machine.Connected(number, now),
            ("failed", _) => machine.Failed(number, Enum.Parse<PathOutcome>(step[3]), now),
            ("authenticated", _) => machine.Authenticated(
                number,
                now,
                step.Length > 3 ? new IPEndPoint(IPAddress.Parse(step[3]), VirtualWorld.Port) : null
            ),
            ("sessionfailed", _) => machine.SessionFailed(Enum.Parse<PathOutcome>(step[2]), now),
            ("opened", CallerPathMachine caller) => caller.SessionOpened(step[2] == "relay", now),
            ("answered", CallerPathMachine caller) => caller.Answered(Endpoints(step[2..]), observed: null, now),
            ("resolved", CallerPathMachine caller) => caller.Resolved(
                number,
                step[3].Length == 0 ? [] : [IPAddress.Parse(step[3])],
                now
            ),
            ("posted", CalleePathMachine callee) => callee.AnswerPosted(now),
            _ => throw new ArgumentException(step[1], nameof(step)),
        };
    }

    private static string Text(PathEffect effect) =>
        effect switch
        {
            PathEffect.Resolve resolve =>
                $"resolve {resolve.Host} {(resolve.Family == AddressFamily.InterNetworkV6 ? 6 : 4)}",
            PathEffect.Connect connect => $"connect {Text(connect.Address)}",
            PathEffect.OpenSession open =>
                $"open{(open.WithCandidates ? "" : " without candidates")}{(open.WithRelay ? "" : " without relay")}",
            PathEffect.PostAnswer => "answer",
            PathEffect.PostStart start => $"start {start.Try}",
            PathEffect.OpenRelay relay => $"relay {relay.Attempt}",
            PathEffect.Punch punch =>
                $"punch {punch.Attempt} try {punch.Try} [{string.Join(' ', punch.Targets.Select(Text))}]",
            PathEffect.Cancel cancel => $"cancel {cancel.Attempt}",
            PathEffect.Carry carry => $"{(carry.IsTakeover ? "takeover" : "carry")} {carry.Attempt} {carry.Kind}",
            PathEffect.Ended { Failure: null } => "ended",
            PathEffect.Ended ended => $"ended {ended.Failure}",
            _ => "?",
        };

    private static string Text(PathAttempt attempt)
    {
        var (after, took) = (attempt.After.TotalMilliseconds, attempt.Took?.TotalMilliseconds);
        var ofTry = attempt.Try == 0 ? "" : $" try {attempt.Try}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{attempt.Kind} {attempt.Candidate} {attempt.Outcome} {after}+{took}{ofTry}"
        );
    }

    private static string Text(IPEndPoint endPoint) =>
        endPoint.Port == VirtualWorld.Port ? endPoint.Address.ToString() : endPoint.ToString();

    private static CallerPathMachine Caller(PathPlan plan) => new(plan, Options, TimeSpan.Zero);

    private static CalleePathMachine Callee(PathPlan plan) => new(plan, relay: true, Options, TimeSpan.Zero);

    private static PathPlan Plan(string hosts) =>
        new()
        {
            Endpoints = Endpoints(hosts.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
            Context = new CandidateContext { IsContact = true },
        };

    private static List<Endpoint> Endpoints(string[] hosts) =>
        [
            .. hosts.Select(host =>
                IPAddress.TryParse(host, out var address) || !IPEndPoint.TryParse(host, out var endPoint)
                    ? Of(address?.ToString() ?? host, VirtualWorld.Port)
                    : Of(endPoint.Address.ToString(), endPoint.Port)
            ),
        ];

    private static Endpoint Of(string host, int port) =>
        new()
        {
            Transport = Transport.Tcp,
            Host = host,
            Port = (uint)port,
        };
}
