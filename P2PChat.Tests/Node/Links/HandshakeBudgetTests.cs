using System.Globalization;
using System.Net;
using P2PChat.Node.Links;

namespace P2PChat.Tests.Node.Links;

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
        {
            Assert.Equal(1, Spend(budget, new IPAddress(BitConverter.GetBytes(i)), Start));
        }

        Assert.Equal(0, Spend(budget, new IPAddress(BitConverter.GetBytes(9_999)), Start));
    }

    [Fact]
    public void Many_networks_of_one_site_share_four_times_the_burst()
    {
        var budget = new HandshakeBudget(burst: 10, perSecond: 1);
        Assert.Equal(
            40,
            Enumerable.Range(0, 10_000).Count(network => budget.TrySpend(AddressOf(0xdb8, network), Start))
        );
        Assert.Equal(
            4,
            Enumerable
                .Range(0, 10_000)
                .Count(network => budget.TrySpend(AddressOf(0xdb8, network), Start + TimeSpan.FromSeconds(1)))
        );
        Assert.True(budget.TrySpend(AddressOf(0xdb9, 0), Start));
    }

    [Fact]
    public void Several_sites_do_not_reset_their_limits()
    {
        var budget = new HandshakeBudget(burst: 500, perSecond: 1);
        var spent = Enumerable.Range(0, 30_000).Count(i => budget.TrySpend(AddressOf(0xdb8 + (i % 3), i / 3), Start));
        Assert.Equal(3 * 4 * 500, spent);
    }

    private static IPAddress AddressOf(int site, int network) =>
        IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"2001:{site:x}:1:{network:x}::1"));

    private static int Spend(HandshakeBudget budget, IPAddress address, TimeSpan now)
    {
        var spent = 0;
        while (budget.TrySpend(address, now))
        {
            spent++;
        }

        return spent;
    }
}
