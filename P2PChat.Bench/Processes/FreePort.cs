using System.Net;
using System.Net.Sockets;

namespace P2PChat.Bench.Processes;

/// <summary>Picks loopback TCP ports for programs that cannot choose one themselves.</summary>
internal static class FreePort
{
    // Below the system's ephemeral ports, and outside the range that the tests use.
    private const int First = 23_000;
    private const int Count = 2_000;

    /// <summary>Returns a port that is currently free. Another process can still take it.</summary>
    public static int Next()
    {
        while (true)
        {
            var port = First + Random.Shared.Next(Count);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Try another port.
            }
        }
    }
}
