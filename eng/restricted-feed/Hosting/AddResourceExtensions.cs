using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;

public interface IProjectMetadata : IResourceAnnotation
{
    string ProjectPath { get; }
}

public static class ProjectResourceBuilderExtensions
{
    /// <summary>Launch profiles of resources are not read: P2PChat gives its projects none.</summary>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name, string? launchProfileName)
        where TProject : IProjectMetadata, new() => builder.AddResource(new ProjectResource(name)).Note(new TProject());

    public static IResourceBuilder<ProjectResource> WithReplicas(this IResourceBuilder<ProjectResource> builder, int replicas) =>
        builder.Note(new ReplicasAnnotation(replicas));
}

public static class ParameterResourceBuilderExtensions
{
    public static IResourceBuilder<ParameterResource> AddParameter(this IDistributedApplicationBuilder builder, string name, string value, bool publishValueAsDefault = false, bool secret = false) =>
        builder.AddResource(new ParameterResource(name, value, secret));

    public static IResourceBuilder<IResourceWithConnectionString> AddConnectionString(this IDistributedApplicationBuilder builder, string name, string? environmentVariableName = null) =>
        builder.AddResource<IResourceWithConnectionString>(new ConfiguredConnectionString(name, environmentVariableName, builder.Configuration));

    private sealed class ConfiguredConnectionString(string name, string? variable, IConfiguration configuration)
        : Resource(name), IResourceWithConnectionString
    {
        public string? ConnectionStringEnvironmentVariable => variable;
        public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{configuration.GetConnectionString(Name)}");
    }
}

public static class RedisBuilderExtensions
{
    // The image of Aspire.Hosting.Redis 13.5.
    private const string Image = "docker.io/library/redis:8.6";

    public static IResourceBuilder<RedisResource> AddRedis(this IDistributedApplicationBuilder builder, string name, int? port = null, IResourceBuilder<ParameterResource>? password = null)
    {
        password ??= builder.AddParameter($"{name}-password", RandomNumberGenerator.GetHexString(32), secret: true);
        var resource = new RedisResource(name, password.Resource) { Image = Image, Entrypoint = "/bin/sh" };
        var key = $"{name}_check";
        builder.Services.AddHealthChecks().AddAsyncCheck(key, cancellation => AnswersAsync(resource.PrimaryEndpoint.Port, cancellation));
        return builder.AddResource(resource)
            .WithEndpoint(port, targetPort: 6379, scheme: "redis", name: RedisResource.PrimaryEndpointName)
            .WithEnvironment("REDIS_PASSWORD", password)
            .WithArgs("-c", "exec redis-server --requirepass $REDIS_PASSWORD")
            .WithHealthCheck(key);
    }

    /// <summary>A Redis that asks for its password answers: "-NOAUTH ..." to a PING without one. What is thrown is the check's failure.</summary>
    private static async Task<HealthCheckResult> AnswersAsync(int port, CancellationToken cancellation)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("localhost", port, cancellation).ConfigureAwait(false);
        var stream = client.GetStream();
        await stream.WriteAsync("PING\r\n"u8.ToArray(), cancellation).ConfigureAwait(false);
        var answered = await stream.ReadAsync(new byte[1], cancellation).ConfigureAwait(false) > 0;
        return answered ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy();
    }
}

public enum InputType { Text = 0, SecretText = 1, Choice = 2, Boolean = 3, Number = 4, File = 5 }

public sealed class InteractionInput
{
    public required string Name { get; init; }
    public string? Label { get; init; }
    public required InputType InputType { get; init; }
    public bool Required { get; init; }
    public IReadOnlyList<KeyValuePair<string, string>>? Options { get; set; }
    public string? Value { get; set; }
    public bool AllowCustomChoice { get; init; }
}

public sealed class InteractionInputCollection(IReadOnlyList<InteractionInput> inputs) : IReadOnlyList<InteractionInput>
{
    public InteractionInput this[int index] => inputs[index];
    public int Count => inputs.Count;
    public string? GetString(string name) => inputs.First(input => input.Name == name).Value;
    public IEnumerator<InteractionInput> GetEnumerator() => inputs.GetEnumerator();
    System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
}
