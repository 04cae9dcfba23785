using System.Net;
using P2PChat.Node.Links;

namespace P2PChat.Tests.Node.Links;

public sealed class UnauthenticatedConnectionLimiterTests
{
    [Fact]
    public void Places_are_counted_by_address_and_given_back_once()
    {
        var room = new UnauthenticatedConnectionLimiter(places: 10, placesAnAddress: 1);
        var place = room.TryAcquire(IPAddress.Parse("192.0.2.1"));
        Assert.NotNull(place);
        Assert.Null(room.TryAcquire(IPAddress.Parse("192.0.2.1")));
        Assert.Null(room.TryAcquire(IPAddress.Parse("::ffff:192.0.2.1")));
        Assert.NotNull(room.TryAcquire(IPAddress.Parse("192.0.2.2")));

        place.Dispose();
        place.Dispose();
        Assert.NotNull(room.TryAcquire(IPAddress.Parse("192.0.2.1")));
        Assert.Null(room.TryAcquire(IPAddress.Parse("192.0.2.1")));
    }

    [Fact]
    public void The_IPv6_addresses_of_one_household_count_as_one()
    {
        var room = new UnauthenticatedConnectionLimiter(places: 10, placesAnAddress: 1);
        Assert.NotNull(room.TryAcquire(IPAddress.Parse("2001:db8:0:1::1")));
        Assert.Null(room.TryAcquire(IPAddress.Parse("2001:db8:0:1:ffff::2")));
        Assert.NotNull(room.TryAcquire(IPAddress.Parse("2001:db8:0:2::1")));
    }

    [Fact]
    public void There_is_a_limit_to_all_of_them()
    {
        var room = new UnauthenticatedConnectionLimiter(places: 2, placesAnAddress: 2);
        Assert.NotNull(room.TryAcquire(IPAddress.Parse("192.0.2.1")));
        Assert.NotNull(room.TryAcquire(IPAddress.Parse("192.0.2.2")));
        Assert.Null(room.TryAcquire(IPAddress.Parse("192.0.2.3")));
    }
}
