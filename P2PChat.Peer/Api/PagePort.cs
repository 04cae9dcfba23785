using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using P2PChat.Client;
using P2PChat.Node.Identity;

namespace P2PChat.Peer.Api;

/// <summary>
/// Remembers the port of the local API and the web page in the data directory. Browsers tie notifications, drafts and
/// an installed page to the address, so the next start takes the same port if it is free.
/// </summary>
/// <param name="remembers">Whether the next start may take the port.</param>
/// <param name="takesAgain">Whether this start does, because no port is configured.</param>
public sealed partial class PagePort(DataDirectory data, bool remembers, bool takesAgain, ILogger<PagePort> logger)
{
    private readonly ILogger _logger = logger;

    /// <summary>Tells the user that the port has changed; null if it has not.</summary>
    public string? Notice { get; private set; }

    /// <summary>Binds the socket on which Kestrel listens, to a remembered port if the endpoint has none.</summary>
    /// <exception cref="SocketException">The endpoint is in use, or not permitted.</exception>
    public Socket Bind(EndPoint endpoint)
    {
        if (takesAgain && endpoint is IPEndPoint { Port: 0, Address: var address })
        {
            foreach (var port in Remembered())
            {
                try
                {
                    return SocketTransportOptions.CreateDefaultBoundListenSocket(new IPEndPoint(address, port));
                }
                catch (SocketException exception)
                    when (exception.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
                {
                    // Another program has it.
                }
            }
        }

        return SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
    }

    /// <summary>Saves the port on which the API listens.</summary>
    /// <exception cref="IOException">It cannot be saved.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be saved.</exception>
    public void Remember(int port)
    {
        var remembered = Remembered();
        if (!remembers || remembered.Contains(port))
        {
            return;
        }

        int[] ports = takesAgain && remembered is [var preferred, ..] ? [preferred, port] : [port];
        data.Write(
            ApiFileNames.Port,
            string.Join('\n', ports.Select(one => one.ToString(CultureInfo.InvariantCulture)))
        );
        if (ports is [var busy, _])
        {
            Notice =
                $"port {busy} is in use by another program, so the page is at port {port} for now. Browsers keep "
                + "notifications and drafts per port";
            LogBusy(busy, port);
        }
    }

    private IReadOnlyList<int> Remembered() => ApiFileNames.PortsOf(data.Read(ApiFileNames.Port));

    [LoggerMessage(
        LogLevel.Warning,
        "Port {Busy} of the web page is in use by another program. The page is at port {Port} until it is free."
    )]
    private partial void LogBusy(int busy, int port);
}
