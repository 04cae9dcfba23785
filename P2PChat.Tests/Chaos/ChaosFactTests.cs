using P2PChat.Tests.Simulation;

namespace P2PChat.Tests.Chaos;

/// <summary>That what is seen from outside is judged, before any process is started for it.</summary>
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
    public void What_went_well_is_well() => Assert.Empty(ChaosFact.Judge(Well));

    [Fact]
    public void Each_of_the_facts_matters()
    {
        for (var i = 0; i < Well.Length; i++)
        {
            // That it was on its way is told by the way.
            if (Well[i] is not ChaosFact.Told { State: SeenState.Sent })
            {
                Assert.NotEmpty(ChaosFact.Judge([.. Well[..i], .. Well[(i + 1)..]]));
            }
        }
    }

    [Fact]
    public void What_a_peer_says_and_takes_back_is_found() =>
        Assert.Equal(["anna took it back."], ChaosFact.Judge([.. Well, new ChaosFact.Wrong("anna took it back")]));

    [Fact]
    public void The_same_seed_breaks_the_same()
    {
        var first = ChaosFault.Schedule(7, TimeSpan.FromMinutes(10), peers: 3, replicas: 2);

        Assert.Equal(first, ChaosFault.Schedule(7, TimeSpan.FromMinutes(10), peers: 3, replicas: 2));
        Assert.NotEqual(first, ChaosFault.Schedule(8, TimeSpan.FromMinutes(10), peers: 3, replicas: 2));
        Assert.Equal(Enum.GetValues<FaultKind>(), first.Select(fault => fault.Kind).Distinct().Order());
    }
}
