using System.Net;
using System.Net.Sockets;

namespace P2PChat.Tests.Infrastructure;

/// <summary>Provides loopback TCP ports on which a server can be killed and restarted.</summary>
public static class LoopbackPort
{
    // Below the ephemeral range (32768 and up), where a client that redials a dead server can connect to itself.
    // Redis Cluster's bus port is 10,000 higher, and stays below it too.
    private const int First = 20_000;
    private const int Count = 2_700;
    private const int BusOffset = 10_000;

    private static readonly HashSet<int> Given = [];
    private static readonly Lock Gate = new();

    /// <summary>
    /// Returns a free port whose bus port (10,000 higher) is free too. Never the same port twice per run.
    /// </summary>
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

    /// <summary>Returns whether nothing listens on the port.</summary>
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
