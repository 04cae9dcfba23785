using System.Net;
using P2PChat.Node.Links;

namespace P2PChat.Tests.Node.Links;

public sealed class UnauthenticatedConnectionLimiterTests
{
    [Fact]
    public void Slots_are_counted_per_address_and_released_once()
    {
        var limiter = new UnauthenticatedConnectionLimiter(maxConnections: 10, maxPerAddress: 1);
        var slot = limiter.TryAcquire(IPAddress.Parse("192.0.2.1"));
        Assert.NotNull(slot);
        Assert.Null(limiter.TryAcquire(IPAddress.Parse("192.0.2.1")));
        Assert.Null(limiter.TryAcquire(IPAddress.Parse("::ffff:192.0.2.1")));
        Assert.NotNull(limiter.TryAcquire(IPAddress.Parse("192.0.2.2")));

        slot.Dispose();
        slot.Dispose();
        Assert.NotNull(limiter.TryAcquire(IPAddress.Parse("192.0.2.1")));
        Assert.Null(limiter.TryAcquire(IPAddress.Parse("192.0.2.1")));
    }

    [Fact]
    public void IPv6_addresses_of_one_64_count_as_one()
    {
        var limiter = new UnauthenticatedConnectionLimiter(maxConnections: 10, maxPerAddress: 1);
        Assert.NotNull(limiter.TryAcquire(IPAddress.Parse("2001:db8:0:1::1")));
        Assert.Null(limiter.TryAcquire(IPAddress.Parse("2001:db8:0:1:ffff::2")));
        Assert.NotNull(limiter.TryAcquire(IPAddress.Parse("2001:db8:0:2::1")));
    }

    [Fact]
    public void Total_number_of_slots_is_limited()
    {
        var limiter = new UnauthenticatedConnectionLimiter(maxConnections: 2, maxPerAddress: 2);
        Assert.NotNull(limiter.TryAcquire(IPAddress.Parse("192.0.2.1")));
        Assert.NotNull(limiter.TryAcquire(IPAddress.Parse("192.0.2.2")));
        Assert.Null(limiter.TryAcquire(IPAddress.Parse("192.0.2.3")));
    }
}
