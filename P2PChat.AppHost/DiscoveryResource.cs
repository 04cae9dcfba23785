using System.Globalization;
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
    private const int MaxStunPorts = 4;

    /// <summary>Ports of the STUN server, over UDP and TCP (RFC 8489, section 8.1, and the next one).</summary>
    internal static IReadOnlyList<int> DefaultStunPorts { get; } = [3478, 3479];

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
            .WithEnvironmentName()
            .WithStun()
            .WithFiles();
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

    /// <summary>
    /// Turns on the STUN server, which is off by default where HTTP is on loopback. Its ports are not endpoints of the
    /// app: a proxy in between would be the client that the server sees. A replica that finds them taken logs it.
    /// </summary>
    private static IResourceBuilder<ProjectResource> WithStun(this IResourceBuilder<ProjectResource> discovery)
    {
        var ports = StunPorts(discovery.ApplicationBuilder.Configuration["Discovery:StunPorts"]);
        _ = discovery.WithEnvironment("Directory__Stun__Enabled", ports.Count > 0 ? "true" : "false");
        foreach (var (index, port) in ports.Index())
        {
            _ = discovery.WithEnvironment(
                string.Create(CultureInfo.InvariantCulture, $"Directory__Stun__Ports__{index}"),
                port.ToString(CultureInfo.InvariantCulture)
            );
        }

        return discovery;
    }

    /// <summary>Lets the replicas share a folder of files. The deployment has a volume for it.</summary>
    private static IResourceBuilder<ProjectResource> WithFiles(this IResourceBuilder<ProjectResource> discovery)
    {
        var app = discovery.ApplicationBuilder;
        return app.Configuration["Discovery:Files"] is { Length: > 0 } folder && app.ExecutionContext.IsRunMode
            ? discovery.WithEnvironment("Directory__Files__Folder", Path.GetFullPath(folder, app.AppHostDirectory))
            : discovery;
    }

    /// <exception cref="SettingException">It is not a list of ports.</exception>
    internal static IReadOnlyList<int> StunPorts(string? setting)
    {
        if (setting is null)
        {
            return DefaultStunPorts;
        }

        List<int> ports = [];
        foreach (var text in setting.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (
                !ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                || port == 0
                || ports.Contains(port)
                || ports.Count == MaxStunPorts
            )
            {
                throw new SettingException(
                    $"Discovery:StunPorts is '{setting}'. Set it to up to {MaxStunPorts} different ports, such as "
                        + "'3478, 3479', or leave it empty for no STUN server."
                );
            }

            ports.Add(port);
        }

        return ports;
    }

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
