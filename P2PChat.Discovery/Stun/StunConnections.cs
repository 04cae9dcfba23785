using System.Net;
using P2PChat.Discovery.Configuration;

namespace P2PChat.Discovery.Stun;

/// <summary>Limits the open TCP connections in total and per network (<c>ClientNetwork</c>). Thread-safe.</summary>
internal sealed class StunConnections(StunOptions options)
{
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly Dictionary<IPAddress, int> _byNetwork = [];
    private int _total;

    /// <returns>False at a limit. Otherwise call <see cref="Remove"/> at the end.</returns>
    public bool TryAdd(IPAddress network)
    {
        lock (_gate)
        {
            var count = _byNetwork.GetValueOrDefault(network);
            if (_total >= options.Connections || count >= options.ConnectionsPerAddress)
            {
                return false;
            }

            _byNetwork[network] = count + 1;
            _total++;
            return true;
        }
    }

    public void Remove(IPAddress network)
    {
        lock (_gate)
        {
            _total--;
            if (--_byNetwork[network] == 0)
            {
                _ = _byNetwork.Remove(network);
            }
        }
    }
}
