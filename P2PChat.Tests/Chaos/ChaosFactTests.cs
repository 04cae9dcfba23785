using P2PChat.Tests.Simulation;

namespace P2PChat.Tests.Chaos;

/// <summary>Tests the checker of chaos runs without any process.</summary>
public class ChaosFactTests
{
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;

    private static readonly ChaosFact[] Well =
    [
        new ChaosFact.Sent("anna", "bert", "one", At),
        new ChaosFact.Sent("anna", "bert", "two", At),
        new ChaosFact.Told("one", SeenState.Sent, At),
        new ChaosFact.Told("one", SeenState.Delivered, At),
        new ChaosFact.Told("two", SeenState.Read, At),
        new ChaosFact.Kept("bert", "anna", "one"),
        new ChaosFact.Kept("bert", "anna", "two"),
    ];

    [Fact]
    public void Correct_run_has_no_violation() => Assert.Empty(ChaosFact.Judge(Well));

    [Fact]
    public void Each_missing_fact_is_a_violation()
    {
        for (var i = 0; i < Well.Length; i++)
        {
            // "Sent" is optional.
            if (Well[i] is not ChaosFact.Told { State: SeenState.Sent })
            {
                Assert.NotEmpty(ChaosFact.Judge([.. Well[..i], .. Well[(i + 1)..]]));
            }
        }
    }

    [Fact]
    public void Retracted_event_is_a_violation() =>
        Assert.Equal(["anna took it back."], ChaosFact.Judge([.. Well, new ChaosFact.Wrong("anna took it back")]));

    [Fact]
    public void Same_seed_gives_the_same_faults()
    {
        var first = ChaosFault.Schedule(7, TimeSpan.FromMinutes(10), peers: 3, replicas: 2);

        Assert.Equal(first, ChaosFault.Schedule(7, TimeSpan.FromMinutes(10), peers: 3, replicas: 2));
        Assert.NotEqual(first, ChaosFault.Schedule(8, TimeSpan.FromMinutes(10), peers: 3, replicas: 2));
        Assert.Equal(Enum.GetValues<FaultKind>(), first.Select(fault => fault.Kind).Distinct().Order());
    }
}
