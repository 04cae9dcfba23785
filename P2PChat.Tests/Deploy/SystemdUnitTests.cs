using System.Diagnostics;
using System.Net.Http.Json;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Deploy;

/// <summary>Checks the units of deploy/systemd, and runs their command lines.</summary>
public sealed class SystemdUnitTests : IDisposable
{
    private const string DirectoryUnit = "p2pchat-directory.service";
    private const string PeerUnit = "p2pchat@.service";

    private static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "p2pchat.dll");

    private readonly string _root = Directory.CreateTempSubdirectory("p2pchat-units-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [Trait("Requires", "Systemd")]
    [InlineData(DirectoryUnit)]
    [InlineData(PeerUnit)]
    public async Task Unit_is_valid_and_hardened(string file)
    {
        // The program must exist, wherever the tests run.
        var unit = Path.Combine(_root, file);
        var text = await File.ReadAllTextAsync(RepositoryFile.PathOf($"deploy/systemd/{file}"));
        await File.WriteAllTextAsync(
            unit,
            text.Replace(SystemdUnit.Program, Environment.ProcessPath, StringComparison.Ordinal)
        );

        var (verified, problems) = await AnalyzeAsync("verify", "--recursive-errors=no", unit);
        // In tenths of systemd's exposure level: 0 is the safest, 100 the worst.
        var (secured, report) = await AnalyzeAsync("security", "--offline=true", "--threshold=20", unit);

        Assert.True(verified == 0 && problems.Length == 0, problems);
        Assert.True(secured == 0, report);
    }

    [Fact]
    public async Task Commands_of_both_units_run()
    {
        var address = new Uri($"http://127.0.0.1:{LoopbackPort.Next()}");
        var api = new Uri($"http://127.0.0.1:{LoopbackPort.Next()}");
        await using var directory = await StartAsync(
            new SystemdUnit(DirectoryUnit, "", _root),
            address,
            new() { ["Directory__JoinToken"] = "a join token" },
            argument => argument == "http://127.0.0.1:5000" ? address.OriginalString : argument
        );
        await using var peer = await StartAsync(
            new SystemdUnit(PeerUnit, "alice", _root),
            api,
            new()
            {
                ["Peer__Discovery"] = address.OriginalString,
                ["Peer__JoinToken"] = "a join token",
                ["Peer__Api"] = $"{api.Port}",
            },
            argument => argument
        );
        using var http = new HttpClient { BaseAddress = address };
        http.DefaultRequestHeaders.Add(DirectoryHeaders.JoinToken, "a join token");

        await Eventually.True(
            async () =>
                (await http.GetFromJsonAsync<PeerListing>("/peers"))!.Peers.Any(each => each.Username == "alice"),
            TimeSpan.FromSeconds(30),
            "alice is registered"
        );
        Assert.Equal(0, await peer.EndAsync());
        Assert.Equal(0, await directory.EndAsync());
        Assert.All(["p2pchat-directory", "p2pchat/alice"], state =>
            Assert.NotEmpty(Directory.EnumerateFileSystemEntries(Path.Combine(_root, "lib", state)))
        );
    }

    private static Task<ProductProcess> StartAsync(
        SystemdUnit unit,
        Uri address,
        Dictionary<string, string> environmentFile,
        Func<string, string> replace
    )
    {
        unit.CreateDirectories();
        foreach (var (name, value) in unit.Environment)
        {
            environmentFile[name] = value;
        }

        return ProductProcess.StartAsync(
            Assembly,
            new Uri(address, "/health"),
            environmentFile,
            [.. unit.Arguments.Select(replace)]
        );
    }

    private static async Task<(int ExitCode, string Output)> AnalyzeAsync(params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo("systemd-analyze", ["--no-pager", .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }
}
