using System.Net;
using P2PChat.Protocol.Limits;

namespace P2PChat.Node.Links;

/// <summary>
/// Limits the connections whose other side has not authenticated yet, in total and per address, because anybody can
/// open one. An IPv6 address counts as its /64, which one household usually has. Thread-safe.
/// </summary>
internal sealed class UnauthenticatedConnectionLimiter(int maxConnections, int maxPerAddress)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _byNetwork = [];
    private int _count;

    /// <returns>A slot, released by disposing it; null if none is free.</returns>
    public IDisposable? TryAcquire(IPAddress address)
    {
        var network = ClientNetwork.Of(address);
        lock (_gate)
        {
            var count = _byNetwork.GetValueOrDefault(network);
            if (_count >= maxConnections || count >= maxPerAddress)
            {
                return null;
            }

            _count++;
            _byNetwork[network] = count + 1;
            return new Slot(this, network);
        }
    }

    private void Release(IPAddress network)
    {
        lock (_gate)
        {
            _count--;
            if (--_byNetwork[network] == 0)
            {
                _ = _byNetwork.Remove(network);
            }
        }
    }

    private sealed class Slot(UnauthenticatedConnectionLimiter limiter, IPAddress network) : IDisposable
    {
        private UnauthenticatedConnectionLimiter? _limiter = limiter;

        public void Dispose() => Interlocked.Exchange(ref _limiter, null)?.Release(network);
    }
}
