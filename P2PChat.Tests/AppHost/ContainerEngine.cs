using System.Diagnostics;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.AppHost;

/// <summary>Holds a test's container engine: the machine's, or one that eng/container-engine.sh starts.</summary>
internal sealed class ContainerEngine : IAsyncDisposable
{
    private static readonly string Script = RepositoryFile.PathOf("eng/container-engine.sh");

    private readonly string _directory;

    private ContainerEngine(string directory, string host)
    {
        _directory = directory;
        if (host.Length > 0)
        {
            Environment = [new("DOCKER_HOST", host)];
        }
    }

    /// <summary>Environment variables that point Docker's client to the engine.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Environment { get; } = [];

    public static async Task<ContainerEngine> StartAsync()
    {
        var directory = Directory.CreateTempSubdirectory("p2pchat-engine-").FullName;
        var host = await RunAsync(Script, [], "start", directory, $"{System.Environment.ProcessId}");
        return new ContainerEngine(directory, host);
    }

    /// <summary>Returns the names of all containers, running or not.</summary>
    public async Task<IReadOnlyList<string>> ContainersAsync()
    {
        var names = await RunAsync("docker", Environment, "container", "ls", "--all", "--format", "{{.Names}}");
        return names.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public async ValueTask DisposeAsync() => _ = await RunAsync(Script, [], "stop", _directory);

    private static async Task<string> RunAsync(
        string program,
        IEnumerable<KeyValuePair<string, string?>> environment,
        params string[] arguments
    )
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var output = await process.StandardOutput.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        return process.ExitCode == 0
            ? output.Trim()
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed.");
    }
}
