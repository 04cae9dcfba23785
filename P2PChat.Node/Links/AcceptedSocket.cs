using System.Net;
using System.Net.Sockets;

namespace P2PChat.Node.Links;

/// <summary>A socket that the listener has accepted and nobody has authenticated yet.</summary>
/// <param name="Remote">IPv4 addresses are not mapped to IPv6.</param>
/// <param name="Slot">Its slot in the limiter of unauthenticated connections, to be disposed.</param>
internal sealed record AcceptedSocket(Socket Socket, IPEndPoint Remote, IDisposable Slot);

/// <summary>Stands for the slot of a connection that takes none.</summary>
internal sealed class NoSlot : IDisposable
{
    public static NoSlot Instance { get; } = new();

    public void Dispose()
    {
        // There is nothing to release.
    }
}
