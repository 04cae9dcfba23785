using System.Net;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Links;

/// <summary>
/// The connections that paths in progress wait for: sockets from an address, and authenticated channels of a peer.
/// Thread-safe.
/// </summary>
internal sealed class ExpectedConnections
{
    private readonly Lock _gate = new();
    private readonly List<(IPAddress Address, Func<AcceptedSocket, Task<bool>> Handler)> _sockets = [];
    private readonly List<(PeerId Peer, Func<OutboundChannel, bool> Handler)> _channels = [];

    /// <inheritdoc cref="PeerListener.Expect(IPAddress, Func{AcceptedSocket, Task{bool}})"/>
    public IDisposable Add(IPAddress address, Func<AcceptedSocket, Task<bool>> handler) =>
        Add(_sockets, (address.Unmap(), handler));

    /// <inheritdoc cref="PeerListener.Expect(PeerId, Func{OutboundChannel, bool})"/>
    public IDisposable Add(PeerId peer, Func<OutboundChannel, bool> handler) => Add(_channels, (peer, handler));

    /// <returns>Whether a handler has taken the socket and its slot.</returns>
    public async Task<bool> TryTakeAsync(AcceptedSocket accepted)
    {
        foreach (var (_, handler) in Matching(_sockets, entry => entry.Address.Equals(accepted.Remote.Address)))
        {
            if (await handler(accepted))
            {
                return true;
            }
        }

        return false;
    }

    /// <returns>Whether a handler has taken the channel.</returns>
    public bool TryTake(OutboundChannel channel) =>
        Matching(_channels, entry => entry.Peer == channel.Channel.Remote).Any(entry => entry.Handler(channel));

    private Removal<T> Add<T>(List<T> entries, T entry)
    {
        lock (_gate)
        {
            entries.Add(entry);
        }

        return new Removal<T>(this, entries, entry);
    }

    private List<T> Matching<T>(List<T> entries, Predicate<T> matches)
    {
        lock (_gate)
        {
            return entries.Count == 0 ? [] : entries.FindAll(matches);
        }
    }

    private sealed class Removal<T>(ExpectedConnections owner, List<T> entries, T entry) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._gate)
            {
                _ = entries.Remove(entry);
            }
        }
    }
}
