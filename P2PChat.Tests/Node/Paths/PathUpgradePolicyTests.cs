using P2PChat.Node.Model;
using P2PChat.Node.Paths;

namespace P2PChat.Tests.Node.Paths;

public sealed class PathUpgradePolicyTests
{
    private static readonly PathUpgradeOptions Options = new();

    // In the middle of the range, the jitter changes nothing.
    private readonly PathUpgradePolicy _policy = new(Options, () => 0.5);

    [Fact]
    public void Search_backs_off_from_30_seconds_to_15_minutes()
    {
        var now = TimeSpan.FromHours(1);
        Assert.Null(_policy.NextAt);
        _policy.Opened(PathKind.Relayed, now);
        List<int> waits = [];
        for (var i = 0; i < 7; i++)
        {
            waits.Add((int)(_policy.NextAt!.Value - now).TotalSeconds);
            now = _policy.NextAt.Value;
            _policy.Failed(now);
        }

        Assert.Equal([30, 60, 120, 240, 480, 900, 900], waits);
        _policy.AddressChanged(now);
        Assert.Equal(now, _policy.NextAt);
        _policy.Failed(now);
        Assert.Equal(now + TimeSpan.FromSeconds(60), _policy.NextAt);
        _policy.Opened(PathKind.Punched, now);
        Assert.Null(_policy.NextAt);
        _policy.Failed(now);
        Assert.Null(_policy.NextAt);
    }

    [Fact]
    public void Flapping_address_causes_a_bounded_number_of_searches()
    {
        var now = TimeSpan.FromHours(1);
        _policy.Opened(PathKind.Relayed, now);
        List<double> searches = [];
        for (var change = 0; change < 3000; change++)
        {
            now += TimeSpan.FromMilliseconds(100);
            _policy.AddressChanged(now);
            if (_policy.NextAt <= now)
            {
                searches.Add((now - TimeSpan.FromHours(1)).TotalSeconds);
                _policy.Failed(now);
            }
        }

        // Three at once, and then two per 30 seconds: one for a change, and one that had to wait.
        Assert.Equal([0.1, 0.2, 0.3], searches.Take(3).Select(at => Math.Round(at, 1)));
        Assert.InRange(searches.Count, 3, 25);

        // A change after a quiet time is followed by a search at once.
        now += Options.First * Options.MaxChanges;
        _policy.AddressChanged(now);
        Assert.Equal(now, _policy.NextAt);
    }

    [Fact]
    public void Jitter_is_at_most_a_fifth()
    {
        foreach (var (random, seconds) in new[] { (0.0, 24), (1.0, 36) })
        {
            var policy = new PathUpgradePolicy(Options, () => random);
            policy.Opened(PathKind.Relayed, TimeSpan.Zero);
            Assert.Equal(TimeSpan.FromSeconds(seconds), policy.NextAt);
        }
    }

    [Fact]
    public void Path_that_fails_early_puts_the_relay_first()
    {
        var now = TimeSpan.FromHours(1);
        List<int> penalties = [];
        for (var i = 0; i < 6; i++)
        {
            _policy.Opened(PathKind.Direct, now);
            now += TimeSpan.FromSeconds(6);
            _policy.Closed(isDead: true, now);
            Assert.True(_policy.PrefersRelay(now));

            // The next path is relayed, and nothing better is looked for before the penalty ends.
            _policy.Opened(PathKind.Relayed, now);
            var ends = _policy.NextAt!.Value;
            penalties.Add((int)(ends - now).TotalSeconds);
            Assert.True(_policy.PrefersRelay(ends - TimeSpan.FromTicks(1)));
            Assert.False(_policy.PrefersRelay(ends));
            now = ends;
        }

        Assert.Equal([60, 120, 240, 480, 900, 900], penalties);

        // A path that carries for a while is forgiven, and so is another network.
        _policy.Opened(PathKind.Direct, now);
        now += Options.Young;
        _policy.Closed(isDead: true, now);
        Assert.False(_policy.PrefersRelay(now));
        _policy.Opened(PathKind.Direct, now);
        _policy.Closed(isDead: true, now);
        Assert.True(_policy.PrefersRelay(now + TimeSpan.FromSeconds(59)));
        Assert.False(_policy.PrefersRelay(now + TimeSpan.FromSeconds(60)));
        _policy.AddressChanged(now);
        Assert.False(_policy.PrefersRelay(now));
    }

    [Fact]
    public void Path_of_an_earlier_network_is_not_penalised()
    {
        _policy.Opened(PathKind.Punched, TimeSpan.Zero);
        _policy.AddressChanged(TimeSpan.FromSeconds(1));
        _policy.Closed(isDead: true, TimeSpan.FromSeconds(4));
        Assert.False(_policy.PrefersRelay(TimeSpan.FromSeconds(4)));

        _policy.Opened(PathKind.Punched, TimeSpan.FromSeconds(5));
        _policy.Closed(isDead: true, TimeSpan.FromSeconds(8));
        Assert.True(_policy.PrefersRelay(TimeSpan.FromSeconds(8)));
    }

    [Fact]
    public void Path_that_is_closed_or_relayed_is_not_penalised()
    {
        _policy.Opened(PathKind.Direct, TimeSpan.Zero);
        _policy.Closed(isDead: false, TimeSpan.FromSeconds(1));
        Assert.False(_policy.PrefersRelay(TimeSpan.FromSeconds(1)));
        _policy.Opened(PathKind.Relayed, TimeSpan.FromSeconds(2));
        _policy.Closed(isDead: true, TimeSpan.FromSeconds(3));
        Assert.False(_policy.PrefersRelay(TimeSpan.FromSeconds(3)));
        Assert.Null(_policy.NextAt);
    }
}
