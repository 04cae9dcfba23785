using System.Reflection;
using Aspire.Hosting.Orchestration;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting;

public interface IDistributedApplicationBuilder
{
    ConfigurationManager Configuration { get; }
    string AppHostDirectory { get; }
    IServiceCollection Services { get; }
    IResourceCollection Resources { get; }
    IResourceBuilder<T> AddResource<T>(T resource) where T : IResource;
    IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource;
    DistributedApplication Build();
}

internal sealed class ApplicationBuilder : IDistributedApplicationTestingBuilder
{
    private readonly HostApplicationBuilder _host;
    private readonly TestingSession? _testing;

    public ApplicationBuilder(string[] args, TestingSession? testing)
    {
        _testing = testing;
        var appHost = testing?.AppHost ?? Assembly.GetEntryAssembly();
        AppHostDirectory = appHost?.Metadata("AppHostProjectPath") ?? Directory.GetCurrentDirectory();
        _host = new HostApplicationBuilder(new HostApplicationBuilderSettings
        {
            Args = args,
            EnvironmentName = testing is null ? null : Environments.Development,
            ContentRootPath = testing is null ? null : AppHostDirectory,
        });
        _host.Configuration["DcpPublisher:RandomizePorts"] = $"{testing is not null}";
        // The resources' own logs are what a person wants to read here; health checks tell their failures by the state.
        _host.Logging.SetMinimumLevel(LogLevel.Warning);
        _host.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        _host.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None); // Whoever called Run is told by the exception.
        _host.Services.AddHealthChecks();
        _host.Services.AddHttpClient();
        _host.Services.AddSingleton<IResourceCollection>(Resources);
        _host.Services.AddSingleton(new ResourceNotificationService());
        _host.Services.AddSingleton(services => new ResourceCommandService(services));
        _host.Services.AddSingleton(new OrchestratorOptions(appHost, IsTest: testing is not null));
        _host.Services.AddHostedService<Orchestrator>();
    }

    public ConfigurationManager Configuration => _host.Configuration;
    public string AppHostDirectory { get; }
    public IServiceCollection Services => _host.Services;
    public IResourceCollection Resources { get; } = new ResourceCollection();

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource
    {
        if (Resources.TryGetByName(resource.Name, out _))
            throw new DistributedApplicationException($"Cannot add resource of type '{typeof(T)}' with name '{resource.Name}' because a resource with that name already exists. Resource names are case-insensitive.");
        Resources.Add(resource);
        return CreateResourceBuilder(resource);
    }

    public IResourceBuilder<T> CreateResourceBuilder<T>(T resource) where T : IResource => new ResourceBuilder<T>(this, resource);

    public DistributedApplication Build()
    {
        _testing?.OfferBuilder(this);
        Replicas.Add(this);
        if (_testing is null && Dashboard.From(Configuration) is { } dashboard) _ = AddResource(dashboard).WithHttpHealthCheck("/health");
        var application = new DistributedApplication(_host.Build(), _testing);
        _testing?.OfferApplication(application);
        return application;
    }

    public Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default) => Testing.BuildAsync().WaitAsync(cancellationToken);
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();
    public ValueTask DisposeAsync() => Testing.DisposeAsync();
    private TestingSession Testing => _testing ?? throw new InvalidOperationException("This is for tests.");
}

internal sealed record ResourceBuilder<T>(IDistributedApplicationBuilder ApplicationBuilder, T Resource) : IResourceBuilder<T>
    where T : IResource;

internal static class AssemblyMetadata
{
    /// <summary>What the build noted under the name (project-classes.targets).</summary>
    public static string? Metadata(this Assembly assembly, string name) =>
        assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(each => each.Key == name)?.Value;
}
