using System.Net;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Lan;

/// <summary>
/// The addresses of contacts on the local network. <see cref="LanService"/> keeps it up to date. Thread-safe.
/// </summary>
internal sealed class LanPeers(SteadyClock clock)
{
    private readonly Lock _gate = new();
    private readonly MdnsBrowser _browser = new();
    private readonly long _startedAt = clock.GetTimestamp();

    /// <summary>A contact has been found or has moved. Raised on any thread, outside any lock.</summary>
    public event Action<PeerId>? Found;

    public TimeSpan Now => clock.GetElapsedTime(_startedAt);

    /// <summary>Returns the addresses that a peer announces on the local network; empty if there are none.</summary>
    public IReadOnlyList<IPEndPoint> EndpointsOf(PeerId peer)
    {
        lock (_gate)
        {
            return _browser.EndpointsOf(peer, Now);
        }
    }

    /// <summary>Passes an input to the browser, and announces what it finds.</summary>
    public IReadOnlyList<MdnsEffect> Apply(Func<MdnsBrowser, IReadOnlyList<MdnsEffect>> input)
    {
        IReadOnlyList<MdnsEffect> effects;
        lock (_gate)
        {
            effects = input(_browser);
        }

        foreach (var found in effects.OfType<MdnsEffect.Found>())
        {
            Found?.Invoke(found.Peer);
        }

        return effects;
    }
}
