using System.Net;
using P2PChat.Node.Paths;

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
}
