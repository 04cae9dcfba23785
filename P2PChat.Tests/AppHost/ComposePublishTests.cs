using System.Diagnostics;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.AppHost;

/// <summary>Runs the AppHost, and deploy/publish.sh, as someone who publishes the app does.</summary>
public sealed class ComposePublishTests : IDisposable
{
    // Inside the clone, from where a manifest's relative paths name nothing outside of it.
    private readonly string _output = Directory
        .CreateDirectory(Path.Combine(AppContext.BaseDirectory, $"publish-{Guid.NewGuid():N}"))
        .FullName;

    public void Dispose() => Directory.Delete(_output, recursive: true);

    [Fact]
    public async Task Manifest_holds_no_path_of_this_machine()
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
    public async Task Compose_without_its_publisher_is_one_sentence_and_exit_code_2()
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
        Assert.Equal(
            "This build of the AppHost cannot publish a compose file. "
                + "Run deploy/publish.sh, which adds the package that can.",
            errors.Trim()
        );
        Assert.Empty(output);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_output));
    }

    [Fact]
    [Trait("Requires", "ComposePublisher")]
    public async Task Committed_compose_file_is_what_Aspire_generates()
    {
        var (exitCode, output, errors) = await RunAsync(RepositoryFile.PathOf("deploy/publish.sh"), [_output]);

        Assert.True(exitCode == 0, output + errors);
        Assert.Equal(
            await File.ReadAllTextAsync(RepositoryFile.PathOf("deploy/docker-compose.yaml")),
            await File.ReadAllTextAsync(Path.Combine(_output, "docker-compose.yaml"))
        );
        // An .env with names alone would only be in the way of .env.example.
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
