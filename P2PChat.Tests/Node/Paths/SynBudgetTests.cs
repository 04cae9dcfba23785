using System.Net;
using P2PChat.Node.Paths;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Paths;

public sealed class SynBudgetTests
{
    [Theory]
    [InlineData("203.0.113.1", 3)]
    [InlineData("2001:db8::1", 3)]
    // Peers on one machine of this network differ by their ports.
    [InlineData("192.168.1.1", 24)]
    [InlineData("127.0.0.1", 24)]
    public void At_most_three_SYNs_go_to_an_address_and_to_a_public_machine(string address, int expected)
    {
        var budget = new SynBudget();
        var spent = 0;
        foreach (var port in Enumerable.Range(8001, 8))
        {
            var endPoint = new IPEndPoint(IPAddress.Parse(address), port);
            for (var i = 0; i < 5; i++)
            {
                var isAllowed = budget.Allows(endPoint);
                Assert.Equal(isAllowed, budget.TrySpend(endPoint));
                spent += isAllowed ? 1 : 0;
            }

            Assert.False(budget.Allows(endPoint));
        }

        Assert.Equal(expected, spent);
    }

    [Fact]
    public void Answers_share_a_SYN_budget_per_IPv6_network()
    {
        var history = new SynHistory(new SteadyClock(new ManualClock()));
        var sent = Enumerable.Range(1, 100).Count(i => history.TryAdd(IPAddress.Parse($"2001:db8::{i:x}")));
        Assert.Equal(24, sent);
        Assert.True(history.TryAdd(IPAddress.Parse("2001:db8:0:1::1")));
    }

    [Fact]
    public void Answers_share_a_SYN_budget_per_address()
    {
        var clock = new ManualClock();
        var history = new SynHistory(new SteadyClock(clock));
        var victim = IPAddress.Parse("203.0.113.1");
        List<int> perMinute = [];
        for (var minute = 0; minute < 4; minute++)
        {
            var sent = 0;
            for (var second = 0; second < 60; second++)
            {
                sent += history.TryAdd(victim) ? 1 : 0;
                clock.Advance(TimeSpan.FromSeconds(1));
            }

            perMinute.Add(sent);
        }

        Assert.Equal([SynHistory.Burst + 2, 3, 3, 3], perMinute);
        Assert.True(history.TryAdd(IPAddress.Parse("203.0.113.2")));

        // Many addresses are a scan. Unused ones are forgotten.
        var scanned = Enumerable
            .Range(0, 5000)
            .Count(i => history.TryAdd(new IPAddress([198, 51, (byte)(i / 256), (byte)i])));
        Assert.Equal(1022, scanned);
        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.True(history.TryAdd(IPAddress.Parse("203.0.113.3")));
    }
}
