using System.Net;
using System.Net.Sockets;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Network;

/// <summary>Plain TCP connections in the lab, which show how its routers behave.</summary>
internal static class RawTcp
{
    private static readonly TimeSpan Try = TimeSpan.FromMilliseconds(900);

    /// <summary>Opens a socket whose port other sockets of the machine may share.</summary>
    /// <param name="port">0 for any.</param>
    public static Socket Bound(LabMachine machine, int port)
    {
        var own = machine.Ipv4 is null ? IPAddress.IPv6Any : IPAddress.Any;
        var socket = InNamespace.Tcp(machine.Namespace, own.AddressFamily);
        // Sets SO_REUSEADDR and SO_REUSEPORT on Linux.
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(new IPEndPoint(own, port));
        return socket;
    }

    /// <summary>
    /// Connects to a server, and returns the address that the server sees; null if the router lets nothing out.
    /// </summary>
    /// <param name="server">A listening socket.</param>
    /// <param name="address">The server's address.</param>
    public static async Task<IPEndPoint?> MappingAsync(LabMachine machine, int port, Socket server, IPAddress address)
    {
        using var client = await ConnectAsync(machine, port, new IPEndPoint(address, PortOf(server)), tries: 2);
        if (client is null)
        {
            return null;
        }

        using var connection = await server.AcceptAsync();
        return (IPEndPoint)connection.RemoteEndPoint!;
    }

    /// <summary>Connects from a port, in up to three tries. Returns null if there is no answer.</summary>
    public static async Task<Socket?> ConnectAsync(LabMachine machine, int port, IPEndPoint to, int tries = 3)
    {
        for (var attempt = 0; attempt < tries; attempt++)
        {
            var socket = Bound(machine, port);
            using var patience = new CancellationTokenSource(Try);
            try
            {
                await socket.ConnectAsync(to, patience.Token);
                return socket;
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                socket.Dispose();
            }
        }

        return null;
    }

    public static int PortOf(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;
}
