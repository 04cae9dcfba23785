using System.Diagnostics;
using System.Text.RegularExpressions;
using P2PChat.Tests.AppHost;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Deploy;

/// <summary>Checks eng/release.sh and the workflows. The workflow release.yml runs what the script builds.</summary>
public sealed partial class ReleaseTests
{
    private const string Workflow = ".github/workflows/release.yml";

    [Fact]
    public void Release_workflow_tries_every_platform()
    {
        var platforms = Platforms()
            .Match(File.ReadAllText(RepositoryFile.PathOf("eng/release.sh")))
            .Groups["names"]
            .Value.Split(' ');
        var matrix = ComposeYaml.Read(Workflow).Root.Mapping("jobs").Single(job => job.Name == "try");

        Assert.Equal(4, platforms.Length);
        Assert.Equal(
            platforms,
            Enumerable
                .Range(0, platforms.Length)
                .Select(i => matrix.Text("strategy", "matrix", "include", $"{i}", "platform"))
        );
    }

    [Fact]
    public void Workflows_pin_every_action_to_a_commit()
    {
        var workflows = Directory.GetFiles(Path.GetDirectoryName(RepositoryFile.PathOf(Workflow))!);

        Assert.All(workflows, workflow =>
            Assert.All(
                File.ReadAllLines(workflow).Where(line => line.Contains("uses:", StringComparison.Ordinal)),
                line => Assert.Matches(PinnedAction(), line)
            )
        );
    }

    [Fact]
    public void Shipped_third_party_files_are_in_the_SBOM()
    {
        var script = File.ReadAllText(RepositoryFile.PathOf("eng/release.sh"));
        var page = Path.GetDirectoryName(RepositoryFile.PathOf("P2PChat.Peer/wwwroot/page.js"))!;
        var listed = File.ReadAllText(RepositoryFile.PathOf("docs/third-party.md"));

        // Third-party files have a folder of their own, with its licence.
        Assert.All(Directory.GetFiles(page, "LICENSE.txt", SearchOption.AllDirectories), file =>
            Assert.Contains($"wwwroot/{Path.GetFileName(Path.GetDirectoryName(file))}/", listed)
        );
        var versions = Component().Matches(script).Select(match => match.Groups["version"].Value).ToList();
        Assert.Equal(4, versions.Count);
        Assert.All(versions, version => Assert.Contains($" {version}, ", listed, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("1.2")]
    [InlineData("1.2.3", "linux-mips")]
    [InlineData("latest")]
    public async Task Release_refuses_a_wrong_argument(params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(RepositoryFile.PathOf("eng/release.sh"), arguments) { RedirectStandardError = true }
        )!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal(1, process.ExitCode);
        Assert.StartsWith("FAILED: ", errors, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^ +component (?:library|data) [\w-]+ (?<version>[\d.]+) ", RegexOptions.Multiline)]
    private static partial Regex Component();

    [GeneratedRegex(@"^platforms=\((?<names>[^)]+)\)$", RegexOptions.Multiline)]
    private static partial Regex Platforms();

    [GeneratedRegex(@"uses: [a-z/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")]
    private static partial Regex PinnedAction();
}
