using System.Diagnostics;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.AppHost;

public sealed class ComposePublishTests
{
    [Fact]
    [Trait("Requires", "ComposePublisher")]
    public async Task The_committed_file_is_what_aspire_generates()
    {
        var output = Directory.CreateTempSubdirectory("p2pchat-compose-").FullName;
        try
        {
            using var publish = Process.Start(new ProcessStartInfo(
                Environment.ProcessPath!,
                ["exec", typeof(Projects.P2PChat_AppHost).Assembly.Location, "--operation", "publish", "--step", "publish", "--output-path", output])
            {
                WorkingDirectory = Projects.P2PChat_AppHost.ProjectPath,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
            var said = await Task.WhenAll(publish.StandardOutput.ReadToEndAsync(patience.Token), publish.StandardError.ReadToEndAsync(patience.Token));
            await publish.WaitForExitAsync(patience.Token);

            Assert.True(publish.ExitCode == 0, string.Join('\n', said));
            Assert.Equal(
                await File.ReadAllTextAsync(RepositoryFile.PathOf("deploy/docker-compose.yaml"), patience.Token),
                await File.ReadAllTextAsync(Path.Combine(output, "docker-compose.yaml"), patience.Token));
            // An .env with names alone would only be in the way of .env.example.
            Assert.Equal(["docker-compose.yaml"], Directory.EnumerateFiles(output).Select(Path.GetFileName));
        }
        finally
        {
            Directory.Delete(output, recursive: true);
        }
    }
}
