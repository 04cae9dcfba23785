using System.Net;
using P2PChat.Peer.Connections;

namespace P2PChat.Tests.Peer.Connections;

public sealed class HandshakeBudgetTests
{
    private static readonly TimeSpan Start = TimeSpan.FromHours(1);

    [Fact]
    public void Burst_is_followed_by_the_rate()
    {
        var budget = new HandshakeBudget(burst: 3, perSecond: 2);
        var address = IPAddress.Parse("192.0.2.1");
        Assert.Equal(3, Spend(budget, address, Start));
        Assert.Equal(1, Spend(budget, address, Start + TimeSpan.FromSeconds(0.5)));
        Assert.Equal(2, Spend(budget, address, Start + TimeSpan.FromSeconds(1.5)));
        Assert.Equal(3, Spend(budget, address, Start + TimeSpan.FromDays(1)));
    }

    [Fact]
    public void Other_addresses_are_unaffected()
    {
        var budget = new HandshakeBudget(burst: 1, perSecond: 1);
        Assert.Equal(1, Spend(budget, IPAddress.Parse("192.0.2.1"), Start));
        Assert.Equal(0, Spend(budget, IPAddress.Parse("::ffff:192.0.2.1"), Start));
        Assert.Equal(1, Spend(budget, IPAddress.Parse("192.0.2.2"), Start));
        Assert.Equal(1, Spend(budget, IPAddress.Parse("2001:db8:0:1::1"), Start));
        Assert.Equal(0, Spend(budget, IPAddress.Parse("2001:db8:0:1:ffff::2"), Start));
        Assert.Equal(1, Spend(budget, IPAddress.Parse("2001:db8:0:2::1"), Start));
    }

    [Fact]
    public void Many_networks_leave_the_newest_one_limited()
    {
        var budget = new HandshakeBudget(burst: 1, perSecond: 1);
        for (var i = 0; i < 10_000; i++)
            Assert.Equal(1, Spend(budget, new IPAddress(BitConverter.GetBytes(i)), Start));
        Assert.Equal(0, Spend(budget, new IPAddress(BitConverter.GetBytes(9_999)), Start));
    }

    private static int Spend(HandshakeBudget budget, IPAddress address, TimeSpan now)
    {
        var spent = 0;
        while (budget.TrySpend(address, now))
            spent++;
        return spent;
    }
}
