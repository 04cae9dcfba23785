using Microsoft.Extensions.Configuration;
using P2PChat.AppHost.Commands;

namespace P2PChat.AppHost;

/// <summary>The directory, on the port where a peer that nobody told otherwise looks for it.</summary>
public static class DiscoveryResource
{
    private const string EnvironmentName = "ASPNETCORE_ENVIRONMENT";
    private const int DefaultPort = 5000;
    private const int DefaultReplicas = 2;
    private const int MostReplicas = 16;

    /// <param name="builder">The app.</param>
    /// <param name="redis">Its store; null for the store in memory.</param>
    public static IResourceBuilder<ProjectResource> AddDiscovery(
        this IDistributedApplicationBuilder builder,
        IResourceBuilder<IResourceWithConnectionString>? redis
    )
    {
        var replicas = Replicas(builder.Configuration["Discovery:Replicas"], hasRedis: redis is not null);
        var discovery = builder
            .AddProject<Projects.P2PChat_Discovery>("discovery", launchProfileName: null)
            .WithBuiltProgram()
            .WithHttpEndpoint(port: Port(builder.Configuration))
            .WithHttpHealthCheck("/health")
            .WithUrlForEndpoint("http", url => (url.Url, url.DisplayText) = ($"{url.Url}/peers", "Peers"))
            .WithIconName("BookContacts")
            .WithReplicas(replicas)
            .WithDirectoryCommands()
            .WithEnvironmentName();
        return redis is null ? discovery : discovery.WithReference(redis).WaitFor(redis);
    }

    /// <summary>Sets the environment's name because no launch profile does. A run inherits the AppHost's own.</summary>
    internal static IResourceBuilder<ProjectResource> WithEnvironmentName(
        this IResourceBuilder<ProjectResource> project
    ) =>
        project.ApplicationBuilder.ExecutionContext.IsPublishMode
            ? project.WithEnvironment(EnvironmentName, "Production")
        : Environment.GetEnvironmentVariable(EnvironmentName) is { Length: > 0 } ? project
        : project.WithEnvironment(EnvironmentName, "Development");

    /// <summary>Without Redis each replica would know only the peers that registered with it.</summary>
    private static int Replicas(string? setting, bool hasRedis)
    {
        if (setting is null)
        {
            return hasRedis ? DefaultReplicas : 1;
        }

        if (!int.TryParse(setting, out var replicas) || replicas is < 1 or > MostReplicas)
        {
            throw new SettingException(
                $"Discovery:Replicas is '{setting}': set it to a number from 1 to {MostReplicas}."
            );
        }

        return hasRedis || replicas == 1
            ? replicas
            : throw new SettingException(
                $"Discovery:Replicas is {replicas}, but without Redis there can be one replica only: leave it out, or choose a Redis with Redis:Mode."
            );
    }

    private static int Port(ConfigurationManager configuration)
    {
        var setting = configuration["Discovery:Port"];
        var port =
            setting is null ? DefaultPort
            : int.TryParse(setting, out var number) && number is > 0 and <= ushort.MaxValue ? number
            : throw new SettingException(
                $"Discovery:Port is '{setting}', which is no port: set it to a number from 1 to 65535."
            );
        TcpPort.Check(configuration, port, "discovery (http)", "give discovery another port (Discovery:Port)");
        return port;
    }
}
