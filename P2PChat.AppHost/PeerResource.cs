namespace P2PChat.AppHost;

/// <summary>A peer of the app: one resource, named for its username.</summary>
public static class PeerResource
{
    public static IResourceBuilder<ProjectResource> AddPeer(
        this IDistributedApplicationBuilder builder, PeerSettings peer, IResourceBuilder<ProjectResource> discovery)
    {
        var resource = builder.AddProject<Projects.P2PChat_Peer>(peer.Username, launchProfileName: null)
            .WithArgs(peer.Username)
            // No proxy: one would take connections for a peer that has crashed.
            .WithEndpoint(name: "p2p", scheme: "tcp", env: "Peer__Port", isProxied: false)
            .WithHttpEndpoint()
            .WithHttpHealthCheck("/health")
            .WithReference(discovery)
            .WaitFor(discovery)
            .WithEnvironment("Peer__Discovery", "http://discovery")
            .WithEnvironment("Peer__Data", peer.DataDirectory)
            .WithEnvironment("Peer__Accept", peer.Accept)
            .WithEnvironment("Telemetry__AcrossPeers", "true")
            .InDevelopment();
        if (peer.Bot is not null) _ = resource.WithEnvironment("Peer__Bot", peer.Bot);
        return resource.WithEnvironment("Peer__Advertise", resource.GetEndpoint("p2p").Property(EndpointProperty.HostAndPort));
    }
}
