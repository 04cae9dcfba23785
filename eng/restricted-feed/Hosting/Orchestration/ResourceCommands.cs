using System.Reflection;
using System.Runtime.InteropServices;

namespace Aspire.Hosting.Orchestration;

/// <summary>What is run for a resource, with the environment that the official orchestrator gives it.</summary>
internal sealed class ResourceCommands(Assembly? appHost, IConfiguration configuration, IHostEnvironment environment)
{
    private static readonly string Dotnet =
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    /// <summary>Where projects send their telemetry; null where no dashboard takes it.</summary>
    public string? OtlpEndpoint { get; set; }

    public async Task<ResourceCommand> OfAsync(IResource resource, CancellationToken cancellationToken)
    {
        var variables = resource is ProjectResource project ? DefaultVariables(project) : [];
        foreach (var (name, value) in resource.Annotations.OfType<EnvironmentAnnotation>())
            variables[name] = value is IValueProvider late ? await late.GetValueAsync(cancellationToken).ConfigureAwait(false) : (string?)value;
        string[] arguments = [.. resource.Annotations.OfType<ArgumentsAnnotation>().SelectMany(each => each.Arguments)];

        return resource switch
        {
            ExecutableResource executable => new(executable.Command, arguments, executable.WorkingDirectory, variables),
            ContainerResource container => Container(container, arguments, variables),
            _ => Project(resource.Annotations.OfType<IProjectMetadata>().Single().ProjectPath, arguments, variables),
        };
    }

    private ResourceCommand Project(string path, string[] arguments, Dictionary<string, string?> variables)
    {
        var output = appHost?.Metadata(path);
        if (!File.Exists(output)) throw new DistributedApplicationException($"{path} is not built: build the AppHost, which builds it too.");
        return new(Dotnet, ["exec", output, .. arguments], Path.GetDirectoryName(path)!, variables);
    }

    private ResourceCommand Container(ContainerResource container, string[] arguments, Dictionary<string, string?> variables)
    {
        var name = $"{container.Name}-{Convert.ToHexStringLower(Guid.NewGuid().ToByteArray().AsSpan(0, 4))}";
        var ports = container.Annotations.OfType<EndpointAnnotation>()
            .SelectMany(endpoint => new[] { "-p", $"127.0.0.1:{endpoint.AllocatedPort}:{endpoint.TargetPort}" });
        // A variable without its value is taken from the runtime's own environment: no password on a command line.
        var names = variables.Keys.SelectMany(variable => new[] { "-e", variable });
        string[] entrypoint = container.Entrypoint is { } program ? ["--entrypoint", program] : [];
        return new(
            configuration["ASPIRE_CONTAINER_RUNTIME"] ?? "docker",
            ["run", "--rm", "--name", name, .. ports, .. names, .. entrypoint, container.Image, .. arguments],
            Path.GetTempPath(), variables);
    }

    private Dictionary<string, string?> DefaultVariables(ProjectResource project)
    {
        var variables = new Dictionary<string, string?>
        {
            ["OTEL_SERVICE_NAME"] = project.Annotations.OfType<ReplicaOfAnnotation>().SingleOrDefault()?.Project ?? project.Name,
            ["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={Convert.ToHexStringLower(Guid.NewGuid().ToByteArray().AsSpan(0, 4))}",
        };
        var urls = project.Annotations.OfType<EndpointAnnotation>()
            .Where(endpoint => endpoint.UriScheme is "http" && !endpoint.HasVariableOfItsOwn)
            .Select(endpoint => project.GetEndpoint(endpoint.Name).Url);
        variables["ASPNETCORE_URLS"] = string.Join(';', urls);
        if (OtlpEndpoint is not null)
        {
            variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = OtlpEndpoint;
            variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc";
        }
        if (environment.IsDevelopment())
        {
            variables["OTEL_BLRP_SCHEDULE_DELAY"] = variables["OTEL_BSP_SCHEDULE_DELAY"] = variables["OTEL_METRIC_EXPORT_INTERVAL"] = "1000";
            variables["OTEL_TRACES_SAMPLER"] = "always_on";
        }
        return variables;
    }
}
