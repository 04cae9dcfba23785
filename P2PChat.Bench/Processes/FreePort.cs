using System.Net;
using System.Net.Sockets;

namespace P2PChat.Bench.Processes;

/// <summary>A loopback TCP port for a program that has to be told one.</summary>
internal static class FreePort
{
    // Below what the system hands to outgoing connections, and beside what the tests take.
    private const int First = 23_000;
    private const int Count = 2_000;

    /// <summary>A port that was free a moment ago.</summary>
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
                // Another one, then.
            }
        }
    }
}
