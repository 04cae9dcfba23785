using P2PChat.AppHost.Commands;
using P2PChat.Client;

namespace P2PChat.AppHost;

/// <summary>Adds peers: one resource each, named after its username.</summary>
public static class PeerResource
{
    /// <summary>Data location in the peer's image (deploy/Dockerfile).</summary>
    private const string ImageDataRoot = "/data/p2pchat";

    /// <summary>Adds the peers with their dashboard commands.</summary>
    public static void AddPeers(
        this IDistributedApplicationBuilder builder,
        IReadOnlyList<PeerSettings> peers,
        IResourceBuilder<ProjectResource> discovery
    )
    {
        var directories = new PeerDirectories(peers);
        foreach (var peer in peers)
        {
            builder.AddPeer(peer, discovery).WithPeerCommands(peer, directories);
        }
    }

    public static IResourceBuilder<ProjectResource> AddPeer(
        this IDistributedApplicationBuilder builder,
        PeerSettings peer,
        IResourceBuilder<ProjectResource> discovery
    )
    {
        var data = builder.ExecutionContext.IsPublishMode ? $"{ImageDataRoot}/{peer.Username}" : peer.DataDirectory;
        var resource = builder
            .AddProject<Projects.P2PChat_Peer>(peer.Username, launchProfileName: null)
            .WithBuiltProgram()
            .WithArgs(peer.Username)
            // A proxy would accept connections for a crashed peer.
            .WithEndpoint(name: "p2p", scheme: "tcp", env: "Peer__Port", isProxied: false)
            .WithHttpEndpoint(targetPort: builder.ExecutionContext.IsPublishMode ? null : PagePortOf(data))
            .WithHttpHealthCheck("/health")
            .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = ($"{url.Url}/health", "Health"))
            .WithIconName(peer.Bot is null ? "Person" : "Bot")
            .WithReference(discovery)
            .WaitFor(discovery)
            .WithParentRelationship(discovery)
            .WithEnvironment("Peer__Discovery", "http://discovery")
            .WithEnvironment("Peer__Data", data)
            .WithEnvironment("Peer__Accept", peer.Accept)
            .WithEnvironment("Telemetry__AcrossPeers", "true")
            .WithEnvironmentName();
        if (peer.Bot is not null)
        {
            _ = resource.WithEnvironment("Peer__Bot", peer.Bot);
        }

        if (peer.Lan)
        {
            _ = resource.WithEnvironment("Peer__Lan", "true");
        }

        if (peer.StartsByHand)
        {
            _ = resource.WithExplicitStart();
        }

        return resource.WithEnvironment(
            "Peer__Advertise",
            resource.GetEndpoint("p2p").Property(EndpointProperty.HostAndPort)
        );
    }

    // The browser keeps notifications, drafts and an installed page per port. Null for any.
    private static int? PagePortOf(string data)
    {
        try
        {
            var ports = ApiFileNames.PortsOf(ApiFileNames.Read(data, ApiFileNames.Port));
            return ports.Where(TcpPort.IsFree).Select(port => (int?)port).FirstOrDefault();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The peer will say so when it starts.
            return null;
        }
    }
}
