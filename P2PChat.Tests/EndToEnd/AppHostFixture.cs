using System.Net.Http.Headers;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.EndToEnd;

/// <summary>
/// The app with its defaults (redis-server process, directory, alice, bob and echo), started once. Its telemetry goes
/// to a
/// receiver in the test process.
/// </summary>
public sealed class AppHostFixture : IAsyncLifetime
{
    /// <summary>Environment variable that marks the app's processes; its value is <see cref="Run"/>.</summary>
    public const string Mark = "P2PCHAT_TEST_RUN";

    /// <summary>Half of the directory's default, so that a test can wait for a lease to expire.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);

    /// <summary>An idle machine needs less than ten seconds, a busy one more than a minute.</summary>
    internal static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);

    private readonly string _dataRoot = Directory.CreateTempSubdirectory("p2pchat-peers-").FullName;
    private DistributedApplication? _app;
    private IReadOnlyList<IResource> _resources = [];
    private OtlpReceiver? _telemetry;

    public string Run { get; } = Guid.NewGuid().ToString();

    public DistributedApplication App => _app ?? throw new InvalidOperationException("The app was not started.");

    /// <summary>Telemetry exported by the directory and the peers.</summary>
    public OtlpReceiver Telemetry => _telemetry ?? throw new InvalidOperationException("The receiver was not started.");

    /// <summary>Creates a client for a resource's HTTP endpoint.</summary>
    public HttpClient CreateClient(string resource) => App.CreateHttpClient(resource, "http");

    /// <summary>Creates a client for a peer's API, with its token.</summary>
    public async Task<HttpClient> CreatePeerClientAsync(string username)
    {
        var client = CreateClient(username);
        var token = await File.ReadAllTextAsync(Path.Combine(DataDirectory(username), "api-token"));
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Trim());
        return client;
    }

    /// <summary>A peer's data directory.</summary>
    public string DataDirectory(string username) => Path.Combine(_dataRoot, username);

    /// <summary>A resource's processes; empty once it has ended.</summary>
    public IReadOnlyList<int> Processes(string resource) =>
        MarkedProcesses.With((Mark, Run), ("OTEL_SERVICE_NAME", resource));

    public async Task InitializeAsync()
    {
        _telemetry = await OtlpReceiver.StartAsync();
        using var timeout = new CancellationTokenSource(StartTimeout);
        var variables = new Dictionary<string, string>(_telemetry.Environment)
        {
            ["Directory__Lease"] = Lease.ToString("c"),
            ["Directory__RenewEvery"] = (Lease / 3).ToString("c"),
        };
        (_app, _resources) = await BuildWithResourcesAsync(
            ["Redis:Mode=process", $"Peers:DataRoot={_dataRoot}"],
            Run,
            variables,
            timeout.Token
        );
        await _app.StartAsync(timeout.Token);
        foreach (var resource in (string[])["redis", "discovery", "alice", "bob", "echo"])
        {
            await _app.ResourceNotifications.WaitForResourceHealthyAsync(
                resource,
                WaitBehavior.StopOnResourceUnavailable,
                timeout.Token
            );
        }
    }

    public async Task DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }
        if (_telemetry is not null)
        {
            await _telemetry.DisposeAsync();
        }

        Directory.Delete(_dataRoot, recursive: true);
    }

    /// <summary>Starts a resource, such as the late joiner, unless another test has started it.</summary>
    public Task EnsureStartedAsync(string resource) =>
        Processes(resource).Count == 0 ? StartAsync(resource) : Task.CompletedTask;

    /// <summary>Starts a resource that has not been started yet or has ended, and waits until it is healthy.</summary>
    public async Task StartAsync(string resource)
    {
        using var timeout = new CancellationTokenSource(StartTimeout);
        // The orchestrator notices the end of a process a moment later, and until then refuses to start it.
        string[] startable = [KnownResourceStates.NotStarted, .. KnownResourceStates.TerminalStates];
        _ = await App.ResourceNotifications.WaitForResourceAsync(resource, startable, timeout.Token);
        var result = await RunCommandAsync(resource, KnownResourceCommands.StartCommand);
        Assert.True(result.Success, result.Message);
        _ = await App.ResourceNotifications.WaitForResourceHealthyAsync(
            resource,
            WaitBehavior.WaitOnResourceUnavailable,
            timeout.Token
        );
    }

    /// <summary>Executes a resource's command, as the dashboard does.</summary>
    public Task<ExecuteCommandResult> RunCommandAsync(
        string resource,
        string command,
        params (string Name, string Value)[] arguments
    )
    {
        var inputs = arguments.Select(each => new InteractionInput
        {
            Name = each.Name,
            InputType = InputType.Text,
            Value = each.Value,
        });
        return App.ResourceCommands.ExecuteCommandAsync(
            _resources.Single(each => each.Name == resource),
            command,
            new InteractionInputCollection([.. inputs])
        );
    }

    /// <summary>Builds another app, without starting it.</summary>
    /// <param name="arguments">Arguments of the AppHost, such as <c>Redis:Mode=none</c>.</param>
    /// <param name="run">Marks its processes.</param>
    /// <param name="variables">More environment variables for each project.</param>
    /// <param name="cancellationToken">Cancels waiting for the AppHost.</param>
    internal static async Task<(
        DistributedApplication App,
        IReadOnlyList<IResource> Resources
    )> BuildWithResourcesAsync(
        string[] arguments,
        string run,
        IReadOnlyDictionary<string, string> variables,
        CancellationToken cancellationToken
    )
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.P2PChat_AppHost>(
            arguments,
            cancellationToken
        );
        foreach (var resource in builder.Resources.OfType<IResourceWithEnvironment>())
        {
            _ = builder.CreateResourceBuilder(resource).WithEnvironment(Mark, run);
        }

        foreach (var project in builder.Resources.OfType<ProjectResource>().Select(builder.CreateResourceBuilder))
        {
            foreach (var (name, value) in variables)
            {
                _ = project.WithEnvironment(name, value);
            }
        }
        IReadOnlyList<IResource> resources = [.. builder.Resources];
        return (await builder.BuildAsync(cancellationToken), resources);
    }
}
