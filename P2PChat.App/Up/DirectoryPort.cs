using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace P2PChat.App.Up;

/// <summary>Chooses the HTTP port of the directory that <c>up</c> runs.</summary>
internal static class DirectoryPort
{
    public const int Default = 5000;

    // macOS uses the default for AirPlay.
    private const int Tries = 100;

    public static bool TryParse(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port)
        && port is > 0 and <= ushort.MaxValue;

    /// <summary>Finds the default port, or the next free one.</summary>
    /// <returns>Null if all of them are in use.</returns>
    public static int? FindFree(bool lan) =>
        Enumerable.Range(Default, Tries).Cast<int?>().FirstOrDefault(port => IsFree(port!.Value, lan));

    /// <summary>Whether no other program listens on a port.</summary>
    public static bool IsFree(int port, bool lan)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(lan ? IPAddress.Any : IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
