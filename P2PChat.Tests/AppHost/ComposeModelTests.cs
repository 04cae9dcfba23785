using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace P2PChat.Tests.AppHost;

/// <summary>Compares the committed compose file with the published app model.</summary>
public sealed class ComposeModelTests(ComposeModelTests.PublishedModel model)
    : IClassFixture<ComposeModelTests.PublishedModel>
{
    private const string Dashboard = "compose-dashboard";

    // ComposeDeployment adds and removes them.
    private static readonly string[] TelemetryKeys =
    [
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTEL_SERVICE_NAME",
    ];
    private static readonly string[] DirectoryKeys =
    [
        "Directory__Files__Folder",
        "Directory__JoinToken",
        "Directory__OperatorKey",
    ];
    private static readonly string[] PeerKeys = ["Peer__Api", "Peer__JoinToken"];
    private static readonly string[] RemovedKeys = ["ASPNETCORE_ENVIRONMENT", "ASPNETCORE_FORWARDEDHEADERS_ENABLED"];

    private readonly ComposeYaml _file = ComposeYaml.Read();

    [Fact]
    public void Services_match_the_resources_plus_a_dashboard()
    {
        Assert.Equal(
            [Dashboard, "redis", .. model.Resources.Where(each => each.Name != "redis").Select(each => each.Name)],
            _file.Services.Select(service => service.Name)
        );
    }

    [Fact]
    public void Images_match_the_model_or_its_projects()
    {
        var redis = Resource("redis").Annotations.OfType<ContainerImageAnnotation>().Single();

        Assert.Equal($"{redis.Registry}/{redis.Image}:{redis.Tag}", _file["redis"].Text("image"));
        foreach (var project in model.Resources.OfType<ProjectResource>())
        {
            // P2PChat.Peer.csproj builds the image p2pchat-peer.
            var name = Path.GetFileNameWithoutExtension(project.GetProjectMetadata().ProjectPath).Replace('.', '-');
            var version = typeof(Projects.P2PChat_AppHost).Assembly.GetName().Version!.ToString(3);
            Assert.Equal($"{name}:{version}", _file[project.Name].Text("image"), ignoreCase: true);
        }
    }

    [Fact]
    public void Dashboard_image_is_pinned_to_the_minor_version_of_Aspire()
    {
        var version = typeof(DistributedApplication).Assembly.GetName().Version!.ToString(2);

        Assert.Equal($"mcr.microsoft.com/dotnet/aspire-dashboard:{version}", _file[Dashboard].Text("image"));
    }

    [Fact]
    public async Task Environment_matches_the_model_plus_compose_additions()
    {
        foreach (var resource in model.Resources)
        {
            var environment = (await model.ConfigurationAsync(resource)).EnvironmentVariables.ToDictionary();
            string[] added = resource is not ProjectResource
                ? []
                : [.. TelemetryKeys, .. IsPeer(resource) ? PeerKeys : DirectoryKeys];
            // A peer's port is in Peer__Api instead of HTTP_PORTS.
            var removed = IsPeer(resource) ? [.. RemovedKeys, "HTTP_PORTS"] : RemovedKeys;

            Assert.Equal(
                environment.Keys.Except(removed).Concat(added).Order(StringComparer.Ordinal),
                _file[resource.Name].Environment.Keys.Order(StringComparer.Ordinal)
            );
            // References to other resources are written differently in compose.
            var literals = environment.Where(each => !each.Value.Contains('{') && !removed.Contains(each.Key));
            foreach (var (key, value) in literals)
            {
                Assert.Equal($"{key}={value}", $"{key}={_file[resource.Name].Environment[key]}");
            }
        }
    }

    [Fact]
    public async Task Commands_match_the_arguments_of_the_model()
    {
        foreach (var project in model.Resources.OfType<ProjectResource>())
        {
            var configuration = await model.ConfigurationAsync(project);
            Assert.Equal(configuration.Arguments.Select(each => each.Value), _file[project.Name].Texts("command"));
        }
    }

    [Fact]
    public void Ports_match_the_endpoints_of_the_model()
    {
        var directory = Endpoint("discovery", "http");
        // Those of the STUN server are not endpoints of the model: a proxy would hide the client's address.
        var published = Assert.Single(_file["discovery"].Texts("ports"), port =>
            !port.Contains("STUN", StringComparison.Ordinal)
        );
        var listens = _file["discovery"].Environment["HTTP_PORTS"];

        Assert.Equal([$"{Endpoint("redis", "tcp").TargetPort}"], _file["redis"].Texts("expose"));
        Assert.Equal($"${{DIRECTORY_ADDRESS:-127.0.0.1:{directory.Port}}}:{listens}", published);
        foreach (var peer in model.Resources.Where(IsPeer))
        {
            Assert.Equal("tcp", Endpoint(peer.Name, "p2p").UriScheme);
            Assert.Equal([_file[peer.Name].Environment["Peer__Port"]], _file[peer.Name].Texts("expose"));
        }
    }

    [Fact]
    public async Task Each_data_directory_has_its_own_volume()
    {
        foreach (var peer in model.Resources.Where(IsPeer))
        {
            var data = (await model.ConfigurationAsync(peer)).EnvironmentVariables.ToDictionary()["Peer__Data"];
            Assert.StartsWith($"{_file[peer.Name].Text("volumes", "0", "target")}/", data, StringComparison.Ordinal);
        }

        Assert.Equal(
            model.Resources.Select(each => each.Name + (each.Name == "discovery" ? "-files" : "-data")).Order(),
            _file.Root.Mapping("volumes").Select(each => each.Name).Order()
        );
    }

    [Fact]
    public void Health_checks_and_dependencies_match_the_model()
    {
        foreach (var resource in model.Resources)
        {
            var service = _file[resource.Name];
            Assert.Equal(
                resource.HasAnnotationOfType<HealthCheckAnnotation>(),
                service.Texts("healthcheck", "test").Count > 0
            );
            Assert.Equal(
                resource.Annotations.OfType<WaitAnnotation>().Select(wait => (wait.Resource.Name, "service_healthy")),
                service.Mapping("depends_on").Select(each => (each.Name, each.Text("condition")))
            );
        }
    }

    [Fact]
    public void Peers_that_are_started_manually_are_in_the_profile_late()
    {
        foreach (var resource in model.Resources)
        {
            string[] expected = resource.HasAnnotationOfType<ExplicitStartupAnnotation>() ? ["late"] : [];
            Assert.Equal(expected, _file[resource.Name].Texts("profiles"));
        }
    }

    private static bool IsPeer(IResource resource) => resource is ProjectResource && resource.Name != "discovery";

    private IResource Resource(string name) => model.Resources.Single(each => each.Name == name);

    private EndpointAnnotation Endpoint(string resource, string name) =>
        Resource(resource).Annotations.OfType<EndpointAnnotation>().Single(each => each.Name == name);

    /// <summary>The AppHost's resources in publish mode. Nothing is started.</summary>
    public sealed class PublishedModel : IAsyncLifetime
    {
        private IDistributedApplicationTestingBuilder? _builder;

        /// <summary>Gets the containers and projects, without parameters.</summary>
        public IReadOnlyList<IResource> Resources { get; private set; } = [];

        public Task<IExecutionConfigurationResult> ConfigurationAsync(IResource resource) =>
            ExecutionConfigurationBuilder
                .Create(resource)
                .WithEnvironmentVariablesConfig()
                .WithArgumentsConfig()
                .BuildAsync(_builder!.ExecutionContext, NullLogger.Instance, CancellationToken.None);

        public async Task InitializeAsync()
        {
            _builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.P2PChat_AppHost>([
                "--operation",
                "publish",
                "--publisher",
                "manifest",
            ]);
            Resources = [.. _builder.Resources.Where(each => each is ContainerResource or ProjectResource)];
        }

        public async Task DisposeAsync() => await _builder!.DisposeAsync();
    }
}
