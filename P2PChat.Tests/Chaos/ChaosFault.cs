using System.Globalization;

namespace P2PChat.Tests.Chaos;

/// <summary>What can go wrong with real processes and their network.</summary>
internal enum FaultKind
{
    KillPeer,
    KillReplica,

    /// <summary>Redis, and what it had is there again afterwards.</summary>
    KillRedis,

    /// <summary>Redis, and it comes back empty: names, leases and mail are gone.</summary>
    LoseRedis,
    Cut,
    Delay,
    Throttle,
    Stall,

    /// <summary>
    /// A peer dies, another leaves mail for it and dies too, and the first comes back and collects while that one is away.
    /// </summary>
    NeverMeet,
}

/// <summary>One thing that goes wrong.</summary>
/// <param name="At">Since the messages began to flow.</param>
/// <param name="For">How long it stays so; a killed process is started again after it.</param>
/// <param name="Target">Which peer, or which replica; of <see cref="FaultKind.NeverMeet"/> the one that leaves mail for the next.</param>
/// <param name="Degree">Milliseconds of a <see cref="FaultKind.Delay"/>, bytes a second of a <see cref="FaultKind.Throttle"/>.</param>
internal sealed record ChaosFault(TimeSpan At, TimeSpan For, FaultKind Kind, int Target, int Degree)
{
    // In hundredths.
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

    /// <summary>The same ones for the same seed.</summary>
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
