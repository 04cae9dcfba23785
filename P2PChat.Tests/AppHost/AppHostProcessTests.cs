namespace P2PChat.Tests.AppHost;

/// <summary>Runs without other tests in parallel, because some of these measure time.</summary>
[CollectionDefinition(AppHostProcessTests.Name, DisableParallelization = true)]
public sealed class AppHostProcessDefinition;

[Collection(Name)]
public sealed class AppHostProcessTests(AppHostProcessRun run) : IClassFixture<AppHostProcessRun>
{
    public const string Name = "AppHost process";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void Start_is_healthy_within_30_seconds() =>
        Assert.InRange(run.Start, TimeSpan.Zero, TimeSpan.FromSeconds(30));

    [Fact]
    public void Start_prints_one_line_per_resource_and_little_else()
    {
        Assert.Equal("Redis: a redis-server process.", run.StartLines[0]);
        Assert.Equal("Everything is healthy. Press Ctrl-C to stop.", run.StartLines[^1]);
        Assert.Collection(
            run.StartLines.ToArray()[1..^1].Order(StringComparer.Ordinal),
            line =>
                Assert.Matches("^alice               healthy  http://localhost:[0-9]+, tcp://localhost:[0-9]+$", line),
            line =>
                Assert.Matches("^bob                 healthy  http://localhost:[0-9]+, tcp://localhost:[0-9]+$", line),
            line => Assert.Matches("^dashboard           healthy  http://localhost:[0-9]+/login\\?t=[0-9a-f]+$", line),
            line => Assert.Matches("^discovery-[a-z]{8}  healthy  http://localhost:[0-9]+$", line),
            line => Assert.Matches("^discovery-[a-z]{8}  healthy  http://localhost:[0-9]+$", line),
            line =>
                Assert.Matches("^echo                healthy  http://localhost:[0-9]+, tcp://localhost:[0-9]+$", line),
            line => Assert.Matches("^redis               healthy  tcp://localhost:[0-9]+$", line)
        );
    }

    [Fact]
    public void Killed_peer_is_reported_in_one_line() =>
        Assert.Equal("bob                 crashed or was killed. See its log on the dashboard.", run.LaterLines[0]);

    [Fact]
    public void Ctrl_C_leaves_no_process_after_15_seconds()
    {
        Assert.Equal(["Stopping."], run.LaterLines.Skip(1));
        Assert.Equal(0, run.ExitCode);
        Assert.InRange(run.End, TimeSpan.Zero, TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task Killed_AppHost_leaves_no_process_after_30_seconds()
    {
        await using var appHost = new AppHostProcess();
        await appHost.AllStartedAsync();

        appHost.Signal("KILL");

        await appHost.NothingIsLeftAsync(within: TimeSpan.FromSeconds(30));
    }

    [Fact]
    [Trait("Requires", "Container")]
    public async Task Redis_container_serves_the_directory_and_stops_with_the_app()
    {
        await using var engine = await ContainerEngine.StartAsync();
        var before = await engine.ContainersAsync();
        await using var appHost = new AppHostProcess(engine.Environment, "Redis:Mode=container");
        await appHost.AllStartedAsync();
        using var http = new HttpClient();
        var health = await http.GetStringAsync(new Uri($"http://localhost:{appHost.DirectoryPort}/health"));
        var own = (await engine.ContainersAsync()).Except(before).ToList();

        appHost.Signal("INT");

        Assert.Contains("\"store\":\"Healthy\"", health, StringComparison.Ordinal);
        Assert.Contains(own, name => name.StartsWith("redis-", StringComparison.Ordinal));
        await appHost.NothingIsLeftAsync(within: TimeSpan.FromSeconds(25));
        Assert.Equal(0, await appHost.ExitCodeAsync(Patience));
        Assert.Empty((await engine.ContainersAsync()).Intersect(own));
    }
}
