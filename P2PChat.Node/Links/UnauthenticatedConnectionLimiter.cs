using System.Net;
using P2PChat.Protocol.Limits;

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
    public IDisposable? TryAcquire(IPAddress address)
    {
        var who = ClientNetwork.Of(address);
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

    private sealed class Place(UnauthenticatedConnectionLimiter room, IPAddress who) : IDisposable
    {
        private UnauthenticatedConnectionLimiter? _room = room;

        public void Dispose() => Interlocked.Exchange(ref _room, null)?.Leave(who);
    }
}
