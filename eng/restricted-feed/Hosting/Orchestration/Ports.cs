using System.Net;
using System.Net.Sockets;

namespace Aspire.Hosting.Orchestration;

/// <summary>Gives every endpoint its port before anything starts. There are no proxies: a port is the process's own.</summary>
internal static class Ports
{
    // Below the range from which systems take the ports of outgoing connections; the official orchestrator's too.
    private const int First = 10_000;
    private const int Last = 32_767;

    public static void Allocate(IEnumerable<IResource> resources, bool randomize)
    {
        var endpoints = resources.SelectMany(resource => resource.Annotations.OfType<EndpointAnnotation>(), (resource, endpoint) => (resource, endpoint)).ToList();
        var taken = new HashSet<int>();
        foreach (var (resource, endpoint) in endpoints)
        {
            var declared = endpoint.Port ?? (resource is ContainerResource ? null : endpoint.TargetPort);
            if (declared is not { } port || (randomize && endpoint.IsProxied)) continue;
            if (!taken.Add(port) || !IsFree(port))
            {
                throw new DistributedApplicationException(
                    $"Port {port} of {resource.Name} ({endpoint.Name}) is in use: end the program that listens on it, or give {resource.Name} another port.");
            }
            endpoint.AllocatedPort = port;
        }

        foreach (var (_, endpoint) in endpoints.Where(each => each.endpoint.AllocatedPort is null))
        {
            int port;
            do port = Random.Shared.Next(First, Last + 1);
            while (!taken.Add(port) || !IsFree(port));
            endpoint.AllocatedPort = port;
        }
    }

    private static bool IsFree(int port) => CanListen(IPAddress.Loopback, port) && CanListen(IPAddress.IPv6Loopback, port);

    private static bool CanListen(IPAddress address, int port)
    {
        using var listener = new TcpListener(address, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException failure)
        {
            return failure.SocketErrorCode == SocketError.AddressNotAvailable; // No IPv6 here: nothing can be in the way.
        }
    }
}
