namespace P2PChat.AppHost;

/// <summary>The directory, on the port where a peer that nobody told otherwise looks for it.</summary>
public static class DiscoveryResource
{
    private const int DefaultPort = 5000;

    /// <param name="builder">The app.</param>
    /// <param name="redis">Its store; null for the store in memory.</param>
    public static IResourceBuilder<ProjectResource> AddDiscovery(
        this IDistributedApplicationBuilder builder, IResourceBuilder<IResourceWithConnectionString>? redis)
    {
        var discovery = builder.AddProject<Projects.P2PChat_Discovery>("discovery", launchProfileName: null)
            .WithHttpEndpoint(port: Port(builder.Configuration["Discovery:Port"]))
            .WithHttpHealthCheck("/health")
            .InDevelopment();
        return redis is null ? discovery : discovery.WithReference(redis).WaitFor(redis);
    }

    /// <summary>Without a launch profile nobody else says so; a value in the AppHost's own environment is inherited.</summary>
    internal static IResourceBuilder<ProjectResource> InDevelopment(this IResourceBuilder<ProjectResource> project) =>
        Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT") is { Length: > 0 }
            ? project
            : project.WithEnvironment("ASPNETCORE_ENVIRONMENT", "Development");

    private static int Port(string? setting) => setting is null ? DefaultPort
        : int.TryParse(setting, out var port) && port is > 0 and <= ushort.MaxValue ? port
        : throw new SettingException($"Discovery:Port is '{setting}', which is no port: set it to a number from 1 to 65535.");
}
