using System.Net;
using System.Net.Sockets;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Node.Paths.Stun;

/// <summary>
/// Finds the addresses of the directory's STUN server. A directory must not be able to send its peers to other machines
/// of their network, so the rules for candidates apply here as well.
/// </summary>
internal sealed class StunServerFinder(DirectoryHttpClient directory, DirectorySockets sockets, PeerOptions options)
{
    private const int MaxPorts = 4;
    private const int FirstUserPort = 1024;
    private const int HttpsPort = 443;

    /// <summary>The directory's offer; null before it has described itself, and from an older one.</summary>
    public DirectoryReach? Reach => directory.Latest?.Reach;

    /// <summary>Asks the directory if it has not described itself yet.</summary>
    /// <returns>Null if the directory has no STUN server, or on ports that may not be used.</returns>
    /// <exception cref="DirectoryException">The directory does not answer.</exception>
    /// <exception cref="StunException">The server's host cannot be resolved, or may not be used.</exception>
    public async Task<StunServers?> FindAsync(CancellationToken cancellationToken)
    {
        var info = directory.Latest ?? await directory.GetDirectoryAsync(cancellationToken);
        return info.Reach is { StunPorts: { Count: > 0 and <= MaxPorts } ports } reach && ports.All(IsAllowed)
            ? await ResolveAsync(reach, cancellationToken)
            : null;
    }

    /// <summary>Whether a server at one address may send this peer to another.</summary>
    public static bool MayFollow(IPAddress from, IPAddress to) =>
        AddressScopes.Of(to) switch
        {
            AddressScope.Public => true,
            AddressScope.Private => AddressScopes.Of(from) is AddressScope.Private or AddressScope.Loopback,
            AddressScope.Loopback => AddressScopes.Of(from) is AddressScope.Loopback,
            _ => false,
        };

    private static bool IsAllowed(int port) => port is HttpsPort or (>= FirstUserPort and <= ushort.MaxValue);

    private async Task<StunServers> ResolveAsync(DirectoryReach reach, CancellationToken cancellationToken)
    {
        var own = await LookUpAsync(
            (sockets.Host ?? new Uri(options.Discovery).IdnHost).Trim('[', ']'),
            cancellationToken
        );
        var found = string.IsNullOrEmpty(reach.StunHost)
            ? own
            : (await LookUpAsync(reach.StunHost, cancellationToken)).Where(to => own.Any(from => MayFollow(from, to)));
        IPAddress[] addresses = [.. found.DistinctBy(address => address.AddressFamily)];
        return addresses.Length == 0
            ? throw new StunException("The STUN server's host cannot be resolved, or may not be used.")
            : new StunServers(reach.StunPorts, reach.HasAlternateStun, addresses);
    }

    private static async Task<IReadOnlyList<IPAddress>> LookUpAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            return IPAddress.TryParse(host, out var address)
                ? [address.Unmap()]
                : await Dns.GetHostAddressesAsync(host, cancellationToken);
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            return [];
        }
    }
}
