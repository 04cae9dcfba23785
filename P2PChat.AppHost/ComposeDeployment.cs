using System.Text.RegularExpressions;
using Aspire.Hosting.Docker.Resources;
using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes;

namespace P2PChat.AppHost;

/// <summary>
/// Completes <c>deploy/docker-compose.yaml</c>, which Aspire writes when the AppHost runs with
/// <c>--operation publish --step publish --output-path deploy</c>.
/// </summary>
public static partial class ComposeDeployment
{
    /// <summary>Port of the directory, and of a peer's API inside its container.</summary>
    private const string HttpPort = "8080";

    // The settings in which the model has the ports of the directory's STUN server.
    private const string StunPorts = "Directory__Stun__Ports__";

    // The chat network has the peers and the directory. Redis has an internal one, reached only by the directory.
    private const string ChatNetwork = "chat";
    private const string StoreNetwork = "store";

    private static readonly string Release = typeof(ComposeDeployment).Assembly.GetName().Version!.ToString(3);
    private static readonly string AspireVersion = typeof(DistributedApplication)
        .Assembly.GetName()
        .Version!.ToString(2);

    public static void AddComposeDeployment(this IDistributedApplicationBuilder builder)
    {
        var late = PeerSettings
            .From(builder.Configuration, builder.AppHostDirectory)
            .Where(peer => peer.StartsByHand)
            .Select(peer => peer.Username);
        builder
            .AddDockerComposeEnvironment("compose")
            .ConfigureComposeFile(file => Complete(file, [.. late]))
            // Aspire's .env would have names without explanations; .env.example replaces it.
            .ConfigureEnvFile(variables => variables.Clear());
    }

    /// <summary>Completes the file that Aspire generated from the app's resources.</summary>
    /// <param name="file">The generated file.</param>
    /// <param name="late">Peers that are started by hand: <c>docker compose up -d carol</c>.</param>
    internal static void Complete(ComposeFile file, string[] late)
    {
        file.Name = "p2pchat";
        file.Networks.Clear();
        file.Networks[ChatNetwork] = new Network { Name = ChatNetwork, Driver = "bridge" };
        file.Networks[StoreNetwork] = new Network
        {
            Name = StoreNetwork,
            Driver = "bridge",
            Internal = true,
        };

        var firstPeer = file.Services.Values.FirstOrDefault(IsPeer);
        foreach (var (name, service) in file.Services)
        {
            service.Restart = "unless-stopped";
            service.Networks = [ChatNetwork];
            foreach (var dependency in service.DependsOn.Values)
            {
                dependency.Condition = "service_healthy";
            }

            if (name == "redis")
            {
                CompleteRedis(file, service);
            }
            else if (IsPeer(service))
            {
                CompletePeer(file, service, builds: service == firstPeer);
            }
            else if (IsProject(service))
            {
                CompleteDirectory(file, service);
            }
            else
            {
                CompleteDashboard(service);
            }

            if (late.Contains(name))
            {
                service.Profiles = ["late"];
            }

            RequireVariables(service);
        }
    }

    private static void CompleteRedis(ComposeFile file, Service redis)
    {
        // With exec, Redis receives the stop signal. Aspire bypasses the image's entry point, which would set the user.
        redis.Command = ["-c", "exec redis-server --requirepass $$REDIS_PASSWORD --appendonly yes"];
        redis.User = "redis";
        redis.Networks = [StoreNetwork];
        redis.Healthcheck = Check("CMD-SHELL", "REDISCLI_AUTH=$$REDIS_PASSWORD redis-cli ping | grep -q PONG");
        Harden(redis);
        Mount(file, redis, "redis-data");
    }

    private static void CompleteDirectory(ComposeFile file, Service directory)
    {
        CompleteProject(directory, "discovery", builds: true);
        directory.Networks = [ChatNetwork, StoreNetwork];
        directory.Environment["HTTP_PORTS"] = HttpPort;
        directory.Environment["Directory__JoinToken"] = "${JOIN_TOKEN}";
        directory.Environment["Directory__OperatorKey"] = "${OPERATOR_KEY:-}";
        directory.Environment["Directory__Files__Folder"] = "/data/files";
        Mount(file, directory, "discovery-files");
        directory.Expose = [HttpPort];
        // Published to this machine only, unless .env says otherwise.
        directory.Ports =
        [
            $"${{DIRECTORY_ADDRESS:-127.0.0.1:5000}}:{HttpPort}",
            .. directory
                .Environment.Where(setting => setting.Key.StartsWith(StunPorts, StringComparison.Ordinal))
                .SelectMany(setting =>
                    new[] { "udp", "tcp" }.Select(transport =>
                        $"${{STUN_ADDRESS:-127.0.0.1}}:{setting.Value}:{setting.Value}/{transport}"
                    )
                ),
        ];
    }

    private static void CompletePeer(ComposeFile file, Service peer, bool builds)
    {
        CompleteProject(peer, "peer", builds);
        // All peers share one image, which the first one builds.
        if (!builds)
        {
            peer.PullPolicy = "never";
        }

        _ = peer.Environment.Remove("HTTP_PORTS");
        peer.Environment["Peer__Api"] = HttpPort;
        peer.Environment["Peer__JoinToken"] = "${JOIN_TOKEN}";
        peer.Expose = [peer.Environment["Peer__Port"]];
        Mount(file, peer, $"{peer.Name}-data");
    }

    private static void CompleteProject(Service project, string image, bool builds)
    {
        project.Image = $"p2pchat-{image}:{Release}";
        if (builds)
        {
            project.Build = new Build
            {
                Context = "..",
                Dockerfile = "deploy/Dockerfile",
                Target = image,
            };
        }

        project.Healthcheck = Check("CMD", "healthy", HttpPort);
        // X-Forwarded-For must not be trusted, or callers could evade limits by address. See Directory:KnownProxies.
        _ = project.Environment.Remove("ASPNETCORE_FORWARDEDHEADERS_ENABLED");
        // Without it, the images run in Production.
        _ = project.Environment.Remove("ASPNETCORE_ENVIRONMENT");
        Harden(project);
    }

    private static void CompleteDashboard(Service dashboard)
    {
        // The released image of Aspire's minor version instead of the nightly one.
        dashboard.Image = $"mcr.microsoft.com/dotnet/aspire-dashboard:{AspireVersion}";
        dashboard.Ports = ["127.0.0.1:18888:18888"];
        dashboard.Environment["DASHBOARD__FRONTEND__BROWSERTOKEN"] = "${DASHBOARD_TOKEN}";
    }

    private static void Harden(Service service)
    {
        service.CapDrop = ["ALL"];
        service.SecurityOpt = ["no-new-privileges:true"];
    }

    private static void Mount(ComposeFile file, Service service, string volume)
    {
        file.Volumes[volume] = new Volume { Name = volume, Driver = "local" };
        service.Volumes =
        [
            new Volume
            {
                Name = volume,
                Type = "volume",
                Source = volume,
                Target = "/data",
            },
        ];
    }

    private static Healthcheck Check(params string[] test) =>
        new()
        {
            Test = [.. test],
            Interval = "5s",
            Timeout = "5s",
            Retries = 6,
            StartPeriod = "30s",
        };

    /// <summary>
    /// Sets the ports of the images. Compose refuses to start if any other variable is missing in <c>.env</c>.
    /// </summary>
    private static void RequireVariables(Service service)
    {
        foreach (var (key, value) in service.Environment.ToList())
        {
            service.Environment[key] = Placeholder()
                .Replace(value, variable =>
                    variable.Groups["name"].Value is var name && name.EndsWith("_PORT", StringComparison.Ordinal)
                        ? HttpPort
                        : $"${{{name}:?it is empty; give it a value in .env, as .env.example shows}}"
                );
        }
    }

    // Aspire sets a variable as the image of each project.
    private static bool IsProject(Service service) => service.Image?.StartsWith("${", StringComparison.Ordinal) == true;

    private static bool IsPeer(Service service) => service.Environment.ContainsKey("Peer__Port");

    [GeneratedRegex(@"\$\{(?<name>[A-Z_]+)\}")]
    private static partial Regex Placeholder();
}
