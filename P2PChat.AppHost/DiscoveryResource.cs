using Microsoft.Extensions.Configuration;
using P2PChat.AppHost.Commands;

namespace P2PChat.AppHost;

/// <summary>Adds the directory, by default on the port where peers look for it.</summary>
public static class DiscoveryResource
{
    private const string EnvironmentName = "ASPNETCORE_ENVIRONMENT";
    private const int DefaultPort = 5000;
    private const int DefaultReplicas = 2;
    private const int MaxReplicas = 16;

    /// <param name="builder">The app.</param>
    /// <param name="redis">Its store; null for the in-memory store.</param>
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

    /// <summary>
    /// Sets the environment's name, because there is no launch profile. A run inherits the AppHost's.
    /// </summary>
    internal static IResourceBuilder<ProjectResource> WithEnvironmentName(
        this IResourceBuilder<ProjectResource> project
    ) =>
        project.ApplicationBuilder.ExecutionContext.IsPublishMode
            ? project.WithEnvironment(EnvironmentName, "Production")
        : Environment.GetEnvironmentVariable(EnvironmentName) is { Length: > 0 } ? project
        : project.WithEnvironment(EnvironmentName, "Development");

    /// <summary>Without Redis, each replica would know only the peers that registered with it.</summary>
    private static int Replicas(string? setting, bool hasRedis)
    {
        if (setting is null)
        {
            return hasRedis ? DefaultReplicas : 1;
        }

        if (!int.TryParse(setting, out var replicas) || replicas is < 1 or > MaxReplicas)
        {
            throw new SettingException(
                $"Discovery:Replicas is '{setting}'. Set it to a number from 1 to {MaxReplicas}."
            );
        }

        return hasRedis || replicas == 1
            ? replicas
            : throw new SettingException(
                $"Discovery:Replicas is {replicas}, but several replicas need Redis. "
                    + "Remove the setting, or choose a Redis with Redis:Mode."
            );
    }

    private static int Port(ConfigurationManager configuration)
    {
        var setting = configuration["Discovery:Port"];
        var port =
            setting is null ? DefaultPort
            : int.TryParse(setting, out var number) && number is > 0 and <= ushort.MaxValue ? number
            : throw new SettingException(
                $"Discovery:Port is '{setting}', which is not a valid port. Set it to a number from 1 to 65535."
            );
        TcpPort.Check(configuration, port, "discovery (http)", "set another port with Discovery:Port");
        return port;
    }
}
