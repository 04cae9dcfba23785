using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;

namespace P2PChat.AppHost;

/// <summary>
/// Checks the app's fixed ports before the start, because Aspire does not report a port that is in use.
/// </summary>
internal static class TcpPort
{
    // Addresses of the dashboard and the AppHost, set by the launch profile.
    private static readonly string[] LaunchAddresses =
    [
        "ASPNETCORE_URLS",
        "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL",
        "ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL",
        "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL",
    ];

    private const string LaunchProfile = "P2PChat.AppHost/Properties/launchSettings.json";

    /// <exception cref="DistributedApplicationException">One of the dashboard's ports is in use.</exception>
    public static void CheckDashboard(IConfiguration configuration)
    {
        foreach (var setting in LaunchAddresses)
        {
            foreach (var address in (configuration[setting] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries))
            {
                if (Uri.TryCreate(address, UriKind.Absolute, out var uri))
                {
                    Check(configuration, uri.Port, $"the dashboard ({setting})", $"change it in {LaunchProfile}");
                }
            }
        }
    }

    /// <summary>Has no effect in tests, which use random ports, and in publish mode.</summary>
    /// <exception cref="DistributedApplicationException">The port is in use.</exception>
    public static void Check(IConfiguration configuration, int port, string owner, string alternative)
    {
        var isFixed =
            configuration["AppHost:Operation"] is null or "run"
            && !configuration.GetValue<bool>("DcpPublisher:RandomizePorts");
        if (isFixed && !IsFree(port))
        {
            throw new DistributedApplicationException(
                $"Port {port} of {owner} is in use. Stop the program that listens on it, or {alternative}."
            );
        }
    }

    // "localhost" may resolve to either.
    internal static bool IsFree(int port) => IsFree(IPAddress.Loopback, port) && IsFree(IPAddress.IPv6Loopback, port);

    private static bool IsFree(IPAddress address, int port)
    {
        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
            return true;
        }
        catch (SocketException failure)
        {
            return failure.SocketErrorCode != SocketError.AddressAlreadyInUse;
        }
    }
}
