using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Links;
using P2PChat.Protocol.Records;
using Endpoint = P2PChat.Protocol.Records.Endpoint;

namespace P2PChat.Tests.Node.Links;

/// <summary>The dial race without sockets. Times are milliseconds since its start.</summary>
public sealed class DialRaceTests
{
    private const int RandomRaces = 3_000;

    private static readonly DialOptions Options = new();

    /// <summary>A title, the hosts of the record, and each step with its effects.</summary>
    public static TheoryData<string, string, string[]> Races =>
        new()
        {
            { "no endpoint", "", ["0 start: lost NoAddress"] },
            {
                "families alternate, IPv6 first",
                "192.0.2.1 192.0.2.2 2001:db8::1 2001:db8::2",
                [
                    "0 start: connect 2001:db8::1",
                    "250 tick: connect 192.0.2.1",
                    "500 tick: connect 2001:db8::2",
                    "750 tick: connect 192.0.2.2",
                    "900 won 2: won 2, cancel 1, cancel 3, cancel 4",
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
                    "20 failed 2 Refused: lost Refused",
                ]
            },
            {
                "a duplicate address is tried once",
                "192.0.2.1 192.0.2.1 ::ffff:192.0.2.1",
                ["0 start: connect 192.0.2.1", "10 failed 1 Refused: lost Refused"]
            },
            {
                "a wrong key at one address does not stop the others",
                "192.0.2.1 192.0.2.2 192.0.2.3",
                [
                    "0 start: connect 192.0.2.1",
                    "10 connected 1: ",
                    "20 failed 1 WrongIdentity: connect 192.0.2.2",
                    "270 tick: connect 192.0.2.3",
                    "300 won 2: won 2, cancel 3",
                ]
            },
            {
                "the most specific failure is reported",
                "192.0.2.1 192.0.2.2 192.0.2.3",
                [
                    "0 start: connect 192.0.2.1",
                    "10 failed 1 WrongIdentity: connect 192.0.2.2",
                    "20 failed 2 Refused: connect 192.0.2.3",
                    "30 failed 3 HandshakeFailed: lost WrongIdentity",
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
                    "460 won 1: won 1, cancel 2",
                ]
            },
            {
                "a connect times out after 5 s",
                "192.0.2.1",
                ["0 start: connect 192.0.2.1", "5000 tick: cancel 1, lost TimedOut"]
            },
            {
                "a handshake times out after 10 s",
                "192.0.2.1",
                [
                    "0 start: connect 192.0.2.1",
                    "4000 connected 1: ",
                    "5000 tick: ",
                    "14000 tick: cancel 1, lost HandshakeTimedOut",
                ]
            },
            {
                "a dial times out after 20 s",
                "h",
                [
                    "0 start: resolve h 6, resolve h 4",
                    "5900 resolved 1 2001:db8::1: connect 2001:db8::1",
                    "6000 tick: ",
                    "10800 connected 3: ",
                    "20000 tick: cancel 3, lost HandshakeTimedOut",
                ]
            },
            {
                "a lookup times out after 6 s",
                "h",
                ["0 start: resolve h 6, resolve h 4", "5999 tick: ", "6000 tick: lost NoAddress"]
            },
            {
                "a late answer to a lookup is ignored",
                "192.0.2.1 h",
                [
                    "0 start: resolve h 6, resolve h 4, connect 192.0.2.1",
                    "100 connected 3: ",
                    "6000 tick: ",
                    "6100 resolved 2 192.0.2.2: ",
                    "6200 won 3: won 3",
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
                    "300 won 1: won 1, cancel 2",
                    "301 won 2: cancel 2",
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
                ["0 start: resolve h 6, resolve h 4", "5 resolved 1 : ", "6 resolved 2 : lost NoAddress"]
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
        };

    [Theory]
    [MemberData(nameof(Races))]
    public void Race_follows_the_table(string title, string endpoints, string[] steps)
    {
        var race = new DialRace(Endpoints(endpoints), Options, TimeSpan.Zero);
        foreach (var step in steps)
        {
            var (input, expected) = (
                step[..step.IndexOf(':', StringComparison.Ordinal)],
                step[(step.IndexOf(": ", StringComparison.Ordinal) + 2)..]
            );
            if (input.Contains("resolved", StringComparison.Ordinal))
            {
                (input, expected) = (
                    step[..step.LastIndexOf(": ", StringComparison.Ordinal)],
                    step[(step.LastIndexOf(": ", StringComparison.Ordinal) + 2)..]
                );
            }

            Assert.Equal(
                $"{title}: {input}: {expected}",
                $"{title}: {input}: {string.Join(", ", Step(race, input.Split(' ')).Select(Text))}"
            );
        }
    }

    [Fact]
    public void At_most_24_addresses_of_a_name_are_tried()
    {
        var race = new DialRace(Endpoints("h"), Options, TimeSpan.Zero);
        _ = race.Start(TimeSpan.Zero);
        _ = race.Resolved(1, [], TimeSpan.Zero);
        var tried = race.Resolved(
            2,
            [.. Enumerable.Range(1, 200).Select(i => IPAddress.Parse($"192.0.2.{i}"))],
            TimeSpan.Zero
        ).Count;
        for (var attempt = 3; !race.IsOver; attempt++)
        {
            tried += race.Failed(attempt, DialFailure.Refused, TimeSpan.Zero).OfType<DialEffect.Connect>().Count();
        }

        Assert.Equal(24, tried);
    }

    [Fact]
    public void Random_race_ends_in_time_with_one_winner_and_nothing_open()
    {
        for (var seed = 1; seed <= RandomRaces; seed++)
        {
            try
            {
                Run(new Random(seed));
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Seed {seed}: {exception.Message}", exception);
            }
        }
    }

    // Each pending input may arrive at any time or never. In the end every socket must be closed, or have won.
    private static void Run(Random random)
    {
        var names = new[] { "h", "i", "192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1", "2001:db8::2" };
        var race = new DialRace(
            Endpoints(
                string.Join(' ', Enumerable.Range(0, random.Next(9)).Select(_ => names[random.Next(names.Length)]))
            ),
            Options,
            TimeSpan.Zero
        );
        var (now, lastStart, mayStartAt) = (TimeSpan.Zero, TimeSpan.MinValue, TimeSpan.Zero);
        var (open, lookups, tried) = (
            new HashSet<int>(),
            new Dictionary<int, AddressFamily>(),
            new HashSet<IPEndPoint>()
        );
        var (won, lost) = (0, 0);
        Take(race.Start(now));
        while (!race.IsOver)
        {
            var deadline = race.Deadline!.Value;
            Assert.True(deadline >= now && deadline <= Options.TotalTimeout, $"a deadline at {deadline}");
            var next = now + TimeSpan.FromMilliseconds(random.Next(400));
            if (next >= deadline || (open.Count == 0 && lookups.Count == 0))
            {
                now = deadline;
                Take(race.Tick(now));
                continue;
            }

            now = next;
            if (lookups.Count > 0 && random.Next(2) == 0)
            {
                var (lookup, family) = lookups.ElementAt(random.Next(lookups.Count));
                _ = lookups.Remove(lookup);
                Take(
                    race.Resolved(
                        lookup,
                        [.. Enumerable.Range(0, random.Next(4)).Select(_ => Address(random, family))],
                        now
                    )
                );
            }
            else if (open.Count > 0)
            {
                var attempt = open.ElementAt(random.Next(open.Count));
                switch (random.Next(8))
                {
                    case 0:
                        Take(race.Authenticated(attempt, now));
                        break;
                    case 1 or 2:
                        Take(race.Connected(attempt, now));
                        break;
                    case < 6:
                        _ = open.Remove(attempt);
                        mayStartAt = now;
                        Take(race.Failed(attempt, (DialFailure)random.Next(1, 7), now));
                        break;
                }
            }
        }

        Assert.Equal(1, won + lost);
        Assert.Empty(open);
        Assert.Empty(race.Tick(now + Options.TotalTimeout));
        Assert.Null(race.Deadline);

        void Take(IReadOnlyList<DialEffect> effects)
        {
            // The next attempt may also start after a timeout.
            if (effects.OfType<DialEffect.Cancel>().Any())
            {
                mayStartAt = now;
            }

            foreach (var effect in effects)
            {
                Assert.True(won + lost == 0 || effect is DialEffect.Cancel, $"{effect} after the end");
                switch (effect)
                {
                    case DialEffect.Resolve resolve:
                        lookups.Add(resolve.Lookup, resolve.Family);
                        break;
                    case DialEffect.Connect connect:
                        Assert.True(tried.Add(connect.Address), "an address twice");
                        Assert.True(
                            lastStart == TimeSpan.MinValue
                                || now - lastStart >= Options.AttemptDelay
                                || mayStartAt >= lastStart,
                            "too early"
                        );
                        Assert.True(open.Add(connect.Attempt));
                        lastStart = now;
                        break;
                    case DialEffect.Cancel cancel:
                        Assert.True(open.Remove(cancel.Attempt));
                        break;
                    case DialEffect.Won winner:
                        Assert.True(open.Remove(winner.Attempt));
                        won++;
                        break;
                    case DialEffect.Lost:
                        lost++;
                        break;
                }
            }
        }
    }

    private static IReadOnlyList<DialEffect> Step(DialRace race, string[] step)
    {
        var now = TimeSpan.FromMilliseconds(int.Parse(step[0]));
        return step[1] switch
        {
            "start" => race.Start(now),
            "tick" => race.Tick(now),
            "connected" => race.Connected(int.Parse(step[2]), now),
            "failed" => race.Failed(int.Parse(step[2]), Enum.Parse<DialFailure>(step[3]), now),
            "won" => race.Authenticated(int.Parse(step[2]), now),
            _ => race.Resolved(int.Parse(step[2]), step[3].Length == 0 ? [] : [IPAddress.Parse(step[3])], now),
        };
    }

    private static string Text(DialEffect effect) =>
        effect switch
        {
            DialEffect.Resolve { Host: var host, Family: var family } =>
                $"resolve {host} {(family == AddressFamily.InterNetworkV6 ? 6 : 4)}",
            DialEffect.Connect { Address: var address } => $"connect {address.Address}",
            DialEffect.Cancel { Attempt: var attempt } => $"cancel {attempt}",
            DialEffect.Won { Attempt: var attempt } => $"won {attempt}",
            DialEffect.Lost { Reason: var reason } => $"lost {reason}",
            _ => "?",
        };

    private static IPAddress Address(Random random, AddressFamily family) =>
        IPAddress.Parse((family == AddressFamily.InterNetwork ? "192.0.2." : "2001:db8::") + random.Next(1, 9));

    private static List<Endpoint> Endpoints(string hosts) =>
        [
            .. hosts
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(host => new Endpoint
                {
                    Transport = Transport.Tcp,
                    Host = host,
                    Port = 1,
                }),
        ];
}
