using System.Net;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Stun;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Discovery.Stun;

public sealed class StunRateLimiterTests
{
    [Fact]
    public void Bucket_of_an_address_empties_and_refills()
    {
        var clock = new ManualClock();
        var limiter = new StunRateLimiter(new RateLimit { Burst = 3, PerSecond = 10 }, clock);

        Assert.Equal([true, true, true, false], Spend(4, "192.0.2.1"));
        Assert.Equal([true], Spend(1, "192.0.2.2"));
        clock.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal([true, true, false], Spend(3, "192.0.2.1"));
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal([true, true, true, false], Spend(4, "192.0.2.1"));

        // A whole /64 is one client.
        Assert.Equal([true, true, true], [.. Spend(1, "2001:db8::1"), .. Spend(2, "2001:db8::2")]);
        Assert.Equal([false, true], [.. Spend(1, "2001:db8::3"), .. Spend(1, "2001:db8:0:1::1")]);

        bool[] Spend(int times, string address) =>
            [.. Enumerable.Range(0, times).Select(_ => limiter.TrySpend(IPAddress.Parse(address).GetAddressBytes()))];
    }
}
