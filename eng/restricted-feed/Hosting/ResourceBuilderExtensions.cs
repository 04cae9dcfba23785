using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting;

public static class ResourceBuilderExtensions
{
    private static readonly HttpClient Http = new();

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value)
        where T : IResourceWithEnvironment => builder.Note(new EnvironmentAnnotation(name, value ?? ""));

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, IExpressionValue value)
        where T : IResourceWithEnvironment => builder.Note(new EnvironmentAnnotation(name, value));

    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, IResourceBuilder<ParameterResource> parameter)
        where T : IResourceWithEnvironment => builder.Note(new EnvironmentAnnotation(name, parameter.Resource));

    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, params string[] args)
        where T : IResourceWithArgs => builder.Note(new ArgumentsAnnotation(args));

    public static IResourceBuilder<T> WithEndpoint<T>(this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? scheme = null, string? name = null, string? env = null, bool? isProxied = null, bool? isExternal = null, ProtocolType? protocol = null)
        where T : IResourceWithEndpoints
    {
        scheme ??= "tcp";
        name ??= scheme;
        builder.Note(new EndpointAnnotation(name, scheme, port, targetPort, isProxied ?? true) { HasVariableOfItsOwn = env is not null });
        return env is null
            ? builder
            : builder.Note(new EnvironmentAnnotation(env, builder.GetEndpoint(name).Property(EndpointProperty.TargetPort)));
    }

    public static IResourceBuilder<T> WithHttpEndpoint<T>(this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null, string? env = null, bool? isProxied = null)
        where T : IResourceWithEndpoints => builder.WithEndpoint(port, targetPort, "http", name ?? "http", env, isProxied);

    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name)
        where T : IResourceWithEndpoints => new(builder.Resource, name);

    public static IResourceBuilder<T> WithHealthCheck<T>(this IResourceBuilder<T> builder, string key)
        where T : IResource => builder.Note(new HealthAnnotation(key, HttpPath: null));

    public static IResourceBuilder<T> WithHttpHealthCheck<T>(this IResourceBuilder<T> builder, string? path = null, int? statusCode = null, string? endpointName = null)
        where T : IResourceWithEndpoints
    {
        var endpoint = builder.GetEndpoint(endpointName ?? "http");
        var expected = statusCode ?? 200;
        var key = string.Create(CultureInfo.InvariantCulture, $"{builder.Resource.Name}_{endpoint.EndpointName}_{path}_{expected}_check");
        builder.ApplicationBuilder.Services.AddHealthChecks().AddAsyncCheck(
            key, cancellation => AnswersAsync(new Uri(new Uri(endpoint.Url), path), expected, cancellation), timeout: TimeSpan.FromSeconds(5));
        return builder.Note(new HealthAnnotation(key, path));
    }

    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency)
        where T : IResourceWithWaitSupport => builder.Note(new ReadinessAnnotation(dependency.Resource));

    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithConnectionString> source, string? connectionName = null, bool optional = false)
        where TDestination : IResourceWithEnvironment =>
        builder.Note(new EnvironmentAnnotation(
            source.Resource.ConnectionStringEnvironmentVariable ?? $"ConnectionStrings__{connectionName ?? source.Resource.Name}",
            source.Resource));

    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where TDestination : IResourceWithEnvironment
    {
        var name = source.Resource.Name;
        foreach (var endpoint in source.Resource.Annotations.OfType<EndpointAnnotation>().Select(each => source.GetEndpoint(each.Name)))
        {
            builder.Note(new EnvironmentAnnotation($"services__{name}__{endpoint.EndpointName}__0", endpoint));
            builder.Note(new EnvironmentAnnotation($"{name}_{endpoint.EndpointName}".ToUpperInvariant().Replace('-', '_'), endpoint));
        }
        return builder;
    }

    /// <summary>Keeps Redis's container from turning to TLS where a development certificate is trusted; here it never does.</summary>
    public static IResourceBuilder<TResource> WithoutHttpsCertificate<TResource>(this IResourceBuilder<TResource> builder)
        where TResource : IResourceWithEnvironment, IResourceWithArgs => builder;

    public static IResourceBuilder<T> WithCommand<T>(this IResourceBuilder<T> builder, string name, string displayName, Func<ExecuteCommandContext, Task<ExecuteCommandResult>> executeCommand, CommandOptions? commandOptions = null)
        where T : IResource => builder.Note(new CommandAnnotation(name, executeCommand, commandOptions?.Arguments ?? []));

    public static IResourceBuilder<T> WithExplicitStart<T>(this IResourceBuilder<T> builder)
        where T : IResource => builder.Note(new ExplicitStartAnnotation());

    // What only the official dashboard shows.
    public static IResourceBuilder<T> WithIconName<T>(this IResourceBuilder<T> builder, string iconName, IconVariant iconVariant = IconVariant.Filled)
        where T : IResource => builder;

    public static IResourceBuilder<T> WithParentRelationship<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> parent)
        where T : IResource => builder;

    public static IResourceBuilder<T> WithUrlForEndpoint<T>(this IResourceBuilder<T> builder, string endpointName, Action<ResourceUrlAnnotation> callback)
        where T : IResource => builder;

    internal static IResourceBuilder<T> Note<T>(this IResourceBuilder<T> builder, IResourceAnnotation annotation) where T : IResource
    {
        builder.Resource.Annotations.Add(annotation);
        return builder;
    }

    private static async Task<HealthCheckResult> AnswersAsync(Uri address, int expected, CancellationToken cancellation)
    {
        using var response = await Http.GetAsync(address, cancellation).ConfigureAwait(false);
        return (int)response.StatusCode == expected ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy();
    }
}
