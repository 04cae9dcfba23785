using System.Globalization;

namespace P2PChat.Tests.Chaos;

/// <summary>Faults of real processes and their network.</summary>
internal enum FaultKind
{
    KillPeer,
    KillReplica,

    /// <summary>Redis is killed and restarted with its data.</summary>
    KillRedis,

    /// <summary>Redis is killed and restarted empty: names, leases and mail are gone.</summary>
    LoseRedis,
    Cut,
    Delay,
    Throttle,
    Stall,

    /// <summary>
    /// One peer is killed, another deposits mail for it and is killed too, and the first restarts and collects it.
    /// </summary>
    NeverMeet,
}

/// <summary>A scheduled fault.</summary>
/// <param name="At">Time since the first message.</param>
/// <param name="For">Duration. A killed process is restarted afterwards.</param>
/// <param name="Target">Index of the peer or replica. For <see cref="FaultKind.NeverMeet"/>, the sender.</param>
/// <param name="Degree">
/// Milliseconds of a <see cref="FaultKind.Delay"/>, bytes per second of a <see cref="FaultKind.Throttle"/>.
/// </param>
internal sealed record ChaosFault(TimeSpan At, TimeSpan For, FaultKind Kind, int Target, int Degree)
{
    // In percent.
    private static readonly (FaultKind Kind, int Share)[] Shares =
    [
        (FaultKind.KillPeer, 22),
        (FaultKind.KillReplica, 9),
        (FaultKind.KillRedis, 6),
        (FaultKind.LoseRedis, 3),
        (FaultKind.Cut, 24),
        (FaultKind.Delay, 10),
        (FaultKind.Throttle, 10),
        (FaultKind.Stall, 10),
        (FaultKind.NeverMeet, 6),
    ];

    /// <summary>Generates the schedule of a seed.</summary>
    public static IReadOnlyList<ChaosFault> Schedule(int seed, TimeSpan length, int peers, int replicas)
    {
        var random = new Random(seed);
        var faults = new List<ChaosFault>();
        for (var at = Between(random, 0.5, 2); at < length; at += Between(random, 0.2, 2))
        {
            var kind = Pick(random.Next(100));
            var target = random.Next(kind == FaultKind.KillReplica ? replicas : peers);
            var degree = kind switch
            {
                FaultKind.Delay => random.Next(10, 400),
                FaultKind.Throttle => random.Next(2_000, 40_000),
                _ => 0,
            };
            faults.Add(new ChaosFault(at, Between(random, 0, 4), kind, target, degree));
        }

        return faults;
    }

    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{At.TotalSeconds, 6:0.0} s  {Kind} {Target}{(Degree == 0 ? "" : $" {Degree}")}, {For.TotalSeconds:0.0} s"
        );

    private static FaultKind Pick(int hundredth)
    {
        foreach (var (kind, share) in Shares)
        {
            hundredth -= share;
            if (hundredth < 0)
            {
                return kind;
            }
        }

        throw new InvalidOperationException("The shares are less than a whole.");
    }

    private static TimeSpan Between(Random random, double from, double to) =>
        TimeSpan.FromSeconds(from + random.NextDouble() * (to - from));
}
