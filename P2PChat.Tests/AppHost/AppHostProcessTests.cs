using System.Net;
using System.Net.Sockets;
using P2PChat.Tests.EndToEnd;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.AppHost;

[Collection(Topology.Name)]
public sealed class AppHostProcessTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Interrupted_it_leaves_no_process_behind()
    {
        await using var appHost = new AppHostProcess();
        await appHost.AllStartedAsync();

        appHost.Signal("INT");

        Assert.Equal(0, await appHost.ExitCodeAsync(Patience));
        // The orchestrator ends a few seconds after the AppHost.
        await appHost.NothingIsLeftAsync(within: TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Killed_it_leaves_no_process_behind_after_20_seconds()
    {
        await using var appHost = new AppHostProcess();
        await appHost.AllStartedAsync();

        appHost.Signal("KILL");

        await appHost.NothingIsLeftAsync(within: TimeSpan.FromSeconds(20));
    }

    [Fact]
    [Trait("Requires", "Container")]
    public async Task Redis_in_a_container_serves_the_directory_and_goes_with_the_app()
    {
        await using var engine = await ContainerEngine.StartAsync();
        var before = await engine.ContainersAsync();
        await using var appHost = new AppHostProcess(engine.Environment, "Redis:Mode=container");
        await appHost.AllStartedAsync();
        using var http = new HttpClient();
        var health = await http.GetStringAsync(new Uri($"http://localhost:{appHost.DirectoryPort}/health"));
        var during = await engine.ContainersAsync();

        appHost.Signal("INT");

        Assert.Contains("\"store\":\"Healthy\"", health, StringComparison.Ordinal);
        Assert.Contains("redis-", during, StringComparison.Ordinal);
        await appHost.NothingIsLeftAsync(within: TimeSpan.FromSeconds(25));
        Assert.Equal(0, await appHost.ExitCodeAsync(Patience));
        Assert.Equal(before, await engine.ContainersAsync());
    }

    [Fact]
    public async Task An_unknown_redis_mode_is_one_sentence_and_exit_code_2()
    {
        await using var appHost = new AppHostProcess("Redis:Mode=sometimes");

        Assert.Equal(2, await appHost.ExitCodeAsync(Patience));
        Assert.Equal(
            "Redis:Mode is 'sometimes', which is none of auto, container, process, external, none: set it to one of these.",
            appHost.Output);
    }

    [Fact]
    public async Task A_port_in_use_is_one_sentence_and_exit_code_1()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        await using var appHost = new AppHostProcess($"Discovery:Port={port}");

        Assert.Equal(1, await appHost.ExitCodeAsync(Patience));
        Assert.Equal(
            $"Port {port} of discovery (http) is in use: end the program that listens on it, or give discovery another port (Discovery:Port).",
            appHost.Errors);
    }

    [Fact]
    public async Task Redis_containers_without_a_runtime_are_one_sentence_and_exit_code_2()
    {
        await using var appHost = new AppHostProcess("Redis:Mode=container", "ASPIRE_CONTAINER_RUNTIME=no-such-runtime");

        Assert.Equal(2, await appHost.ExitCodeAsync(Patience));
        Assert.Equal(
            "Redis:Mode=container needs a container runtime that answers: start Docker or Podman, or set Redis:Mode to process, external or none.",
            appHost.Output);
    }

    [Fact]
    public async Task A_redis_with_another_password_is_one_sentence_in_the_directorys_log()
    {
        await using var redis = await RedisServer.StartAsync();
        _ = await redis.SendAsync("CONFIG", "SET", "requirepass", "right-horse");
        await using var appHost = new AppHostProcess("Redis:Mode=external", $"ConnectionStrings:redis={redis.ConnectionString},password=wrong-horse");

        await Eventually.True(
            () => appHost.Output.Contains("refuses the password", StringComparison.Ordinal), within: 4 * Patience, "the directory says what is wrong");
        Assert.Contains("ConnectionStrings:redis", appHost.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-horse", appHost.Output, StringComparison.Ordinal);
    }
}
