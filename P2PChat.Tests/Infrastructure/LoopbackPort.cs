using System.Net;
using System.Net.Sockets;

namespace P2PChat.Tests.Infrastructure;

/// <summary>Hands out loopback TCP ports on which a server may be killed and started again.</summary>
public static class LoopbackPort
{
    // Below what the system hands to outgoing connections (32768 and up): there, a client that redials a dead
    // server can meet itself on the very port. Redis Cluster's bus is 10,000 above, and stays below it too.
    private const int First = 20_000;
    private const int Count = 2_700;
    private const int BusOffset = 10_000;

    private static readonly HashSet<int> Given = [];
    private static readonly Lock Gate = new();

    /// <summary>A port that was free a moment ago, as was the one 10,000 above it. Never twice the same in one run.</summary>
    public static int Next()
    {
        lock (Gate)
        {
            for (var attempt = 0; attempt < Count; attempt++)
            {
                var port = First + Random.Shared.Next(Count);
                if (!Given.Contains(port) && IsFree(port) && IsFree(port + BusOffset) && Given.Add(port))
                {
                    return port;
                }
            }
        }

        throw new InvalidOperationException($"No free port between {First} and {First + Count - 1} on loopback.");
    }

    /// <summary>Whether nothing listens there now.</summary>
    public static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
