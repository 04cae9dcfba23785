using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes;

// Only Aspire itself publishes a compose file: here what an AppHost says about one compiles, and its model can be filled in.
namespace Aspire.Hosting
{
    public static class DockerComposeEnvironmentExtensions
    {
        public static IResourceBuilder<Docker.DockerComposeEnvironmentResource> AddDockerComposeEnvironment(this IDistributedApplicationBuilder builder, string name) => builder.CreateResourceBuilder(new Docker.DockerComposeEnvironmentResource(name));
        public static IResourceBuilder<Docker.DockerComposeEnvironmentResource> ConfigureComposeFile(this IResourceBuilder<Docker.DockerComposeEnvironmentResource> builder, Action<Docker.Resources.ComposeFile> configure) => builder;
        public static IResourceBuilder<Docker.DockerComposeEnvironmentResource> ConfigureEnvFile(this IResourceBuilder<Docker.DockerComposeEnvironmentResource> builder, Action<IDictionary<string, Docker.CapturedEnvironmentVariable>> configure) => builder;
    }
}

namespace Aspire.Hosting.Docker
{
    public class DockerComposeEnvironmentResource(string name) : Resource(name);
    public sealed class CapturedEnvironmentVariable;
}

namespace Aspire.Hosting.Docker.Resources
{
    public sealed class ComposeFile { public string? Name { get; set; } public Dictionary<string, Service> Services { get; set; } = []; public Dictionary<string, Network> Networks { get; set; } = []; public Dictionary<string, Volume> Volumes { get; set; } = []; }
}

namespace Aspire.Hosting.Docker.Resources.ComposeNodes
{
    public abstract class NamedComposeMember { public required string Name { get; set; } }
    public sealed class Network : NamedComposeMember { public string? Driver { get; set; } public bool? Internal { get; set; } }
    public sealed class ServiceDependency { public string? Condition { get; set; } }
    public sealed partial class Service : NamedComposeMember { public string? Image { get; set; } public string? PullPolicy { get; set; } public Build? Build { get; set; } public string? User { get; set; } public string? Restart { get; set; } public Healthcheck? Healthcheck { get; set; } }
    public sealed partial class Service { public List<string> Command { get; set; } = []; public List<string> Ports { get; set; } = []; public List<string> Expose { get; set; } = []; public List<string> Networks { get; set; } = []; public List<string> Profiles { get; set; } = []; }
    public sealed partial class Service { public List<Volume> Volumes { get; set; } = []; public List<string> CapDrop { get; set; } = []; public List<string> SecurityOpt { get; set; } = []; }
    public sealed partial class Service { public Dictionary<string, string> Environment { get; set; } = []; public Dictionary<string, ServiceDependency> DependsOn { get; set; } = []; }
}

namespace Aspire.Hosting.Docker.Resources.ServiceNodes
{
    public sealed class Build { public string? Context { get; set; } public string? Dockerfile { get; set; } public string? Target { get; set; } }
    public sealed class Volume : NamedComposeMember { public string? Type { get; set; } public string? Target { get; set; } public string? Source { get; set; } public string? Driver { get; set; } }
    public sealed class Healthcheck { public List<string> Test { get; set; } = []; public required string Interval { get; set; } public required string Timeout { get; set; } public int? Retries { get; set; } public required string StartPeriod { get; set; } }
}
