using System.Net;
using System.Net.Sockets;
using P2PChat.Node.Model;

namespace P2PChat.Node.Links;

/// <summary>A duplex stream to another peer under TLS: a socket, or a relay's stream.</summary>
/// <param name="stream">Disposed with the channel, asynchronously if the channel is.</param>
/// <param name="abort">Ends the stream at once: pending reads and writes fail. Thread-safe.</param>
/// <param name="localAddress">This side's address; null if it has none, or no longer.</param>
internal sealed class ChannelTransport(Stream stream, PathKind path, Action abort, Func<IPAddress?> localAddress)
{
    public Stream Stream => stream;

    public PathKind Path => path;

    public IPAddress? LocalAddress => localAddress();

    public void Abort() => abort();

    /// <param name="socket">Connected. Owned by the transport.</param>
    public static ChannelTransport Over(Socket socket, PathKind path = PathKind.Direct) =>
        new(new NetworkStream(socket, ownsSocket: true), path, socket.Dispose, () =>
            DirectorySockets.LocalAddress(socket)
        );

    /// <param name="stream">Owned by the transport. Its <see cref="Stream.Dispose()"/> must end pending calls.</param>
    public static ChannelTransport Over(Stream stream, PathKind path) => new(stream, path, stream.Dispose, () => null);
}
