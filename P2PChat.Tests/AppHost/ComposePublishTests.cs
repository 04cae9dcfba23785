using System.Diagnostics;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.AppHost;

/// <summary>Publishes the app with the AppHost and deploy/publish.sh.</summary>
public sealed class ComposePublishTests : IDisposable
{
    // Inside the clone, so that relative paths in a manifest stay inside it.
    private readonly string _output = Directory
        .CreateDirectory(Path.Combine(AppContext.BaseDirectory, $"publish-{Guid.NewGuid():N}"))
        .FullName;

    public void Dispose() => Directory.Delete(_output, recursive: true);

    [Fact]
    public async Task Manifest_contains_no_absolute_path()
    {
        var file = Path.Combine(_output, "manifest.json");

        var (exitCode, output, errors) = await AppHostAsync(
            "--operation",
            "publish",
            "--publisher",
            "manifest",
            "--output-path",
            file
        );

        Assert.True(exitCode == 0, output + errors);
        var manifest = await File.ReadAllTextAsync(file);
        Assert.Contains("\"alice\"", manifest, StringComparison.Ordinal);
        Assert.Contains("../P2PChat.Peer/P2PChat.Peer.csproj", manifest, StringComparison.Ordinal);
        string[] machine = [Path.GetDirectoryName(RepositoryFile.PathOf("P2PChat.sln"))!, Home, Path.GetTempPath()];
        Assert.All(machine, path => Assert.DoesNotContain(path, manifest, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("Development", manifest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compose_without_its_publisher_prints_one_line_and_exits_with_2()
    {
        var (exitCode, output, errors) = await AppHostAsync(
            "--operation",
            "publish",
            "--step",
            "publish",
            "--output-path",
            _output
        );

        Assert.Equal(2, exitCode);
        Assert.Contains("deploy/publish.sh", errors, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', errors.Trim());
        Assert.Empty(output);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_output));
    }

    [Fact]
    [Trait("Requires", "ComposePublisher")]
    public async Task Committed_compose_file_matches_the_generated_one()
    {
        var (exitCode, output, errors) = await RunAsync(RepositoryFile.PathOf("deploy/publish.sh"), [_output]);

        Assert.True(exitCode == 0, output + errors);
        Assert.Equal(
            await File.ReadAllTextAsync(RepositoryFile.PathOf("deploy/docker-compose.yaml")),
            await File.ReadAllTextAsync(Path.Combine(_output, "docker-compose.yaml"))
        );
        // Aspire's .env would have names without explanations, unlike .env.example.
        Assert.Equal(["docker-compose.yaml"], Directory.EnumerateFiles(_output).Select(Path.GetFileName));
    }

    private static string Home => Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    private static Task<(int ExitCode, string Output, string Errors)> AppHostAsync(params string[] arguments) =>
        RunAsync(Environment.ProcessPath!, ["exec", typeof(Projects.P2PChat_AppHost).Assembly.Location, .. arguments]);

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string program, string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = Projects.P2PChat_AppHost.ProjectPath,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        var output = process.StandardOutput.ReadToEndAsync(patience.Token);
        var errors = process.StandardError.ReadToEndAsync(patience.Token);
        try
        {
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, await output, await errors);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
