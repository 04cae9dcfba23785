using System.Net;
using System.Net.Sockets;

namespace P2PChat.Node.Links;

/// <summary>
/// Counts the sockets that have not shown who they are, in all and by address, for anybody can open one. An IPv6
/// address counts as its /64, which is what one household has. Thread-safe.
/// </summary>
internal sealed class UnauthenticatedConnectionLimiter(int places, int placesAnAddress)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _byAddress = [];
    private int _taken;

    /// <returns>A place, given back by disposing it; null if there is none.</returns>
    public IDisposable? TryEnter(IPAddress address)
    {
        var who = NetworkOf(address);
        lock (_gate)
        {
            var count = _byAddress.GetValueOrDefault(who);
            if (_taken >= places || count >= placesAnAddress)
            {
                return null;
            }

            _taken++;
            _byAddress[who] = count + 1;
            return new Place(this, who);
        }
    }

    private void Leave(IPAddress who)
    {
        lock (_gate)
        {
            _taken--;
            if (--_byAddress[who] == 0)
            {
                _ = _byAddress.Remove(who);
            }
        }
    }

    /// <summary>The network that counts as one address: an IPv4 address, or the /64 of an IPv6 address.</summary>
    public static IPAddress NetworkOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return address;
        }

        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, 8, 8);
        return new IPAddress(bytes);
    }

    private sealed class Place(UnauthenticatedConnectionLimiter room, IPAddress who) : IDisposable
    {
        private UnauthenticatedConnectionLimiter? _room = room;

        public void Dispose() => Interlocked.Exchange(ref _room, null)?.Leave(who);
    }
}
