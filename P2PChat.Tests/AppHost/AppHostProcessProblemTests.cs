using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.AppHost;

/// <summary>An AppHost that cannot start prints the reason on one line.</summary>
public sealed class AppHostProcessProblemTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("sometimes", "auto, container, process, external")]
    [InlineData("external", "ConnectionStrings__redis=")]
    [InlineData("container", "Docker or Podman")]
    public async Task Unusable_Redis_mode_prints_one_line_and_exits_with_2(string mode, string advice)
    {
        await using var appHost = new AppHostProcess($"Redis:Mode={mode}", "ASPIRE_CONTAINER_RUNTIME=no-such-runtime");

        Assert.Equal(2, await appHost.ExitCodeAsync(Patience));
        Assert.Contains(advice, appHost.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', appHost.Output);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Discovery_port_in_use_prints_one_line_and_exits_with_1(string address)
    {
        using var other = Listen(address);
        var port = Port(other);

        await using var appHost = new AppHostProcess($"Discovery:Port={port}");

        Assert.Equal(1, await appHost.ExitCodeAsync(Patience));
        Assert.StartsWith($"Port {port} of discovery (http) is in use.", appHost.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', appHost.Errors);
    }

    [Fact]
    public async Task Dashboard_port_in_use_prints_one_line_and_exits_with_1()
    {
        using var other = Listen();
        var port = Port(other);

        await using var appHost = AppHostProcess.WithDashboardAt($"http://localhost:{port}");

        Assert.Equal(1, await appHost.ExitCodeAsync(Patience));
        Assert.StartsWith($"Port {port} of the dashboard", appHost.Output, StringComparison.Ordinal);
        Assert.Contains("launchSettings.json", appHost.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', appHost.Output);
    }

    [Fact]
    public async Task Malformed_settings_file_is_reported_with_its_line()
    {
        using var directory = new TempDirectory();
        var file = Path.Combine(directory.Path, "appsettings.json");
        await File.WriteAllTextAsync(file, "{\n  \"Redis\": { \"Mode\": \"none\" }\n  \"Peers\": {}\n}\n");

        await using var appHost = AppHostProcess.In(directory.Path);

        Assert.Equal(2, await appHost.ExitCodeAsync(Patience));
        Assert.Equal(
            $"Failed to load configuration from file '{file}'. It is not valid JSON at line 3.",
            appHost.Output
        );
    }

    [Fact]
    public async Task Unreadable_settings_file_is_reported_with_the_reason()
    {
        using var directory = new TempDirectory();
        var file = Path.Combine(directory.Path, "appsettings.json");
        // Permissions would not stop root from reading it.
        await using var locked = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None);

        await using var appHost = AppHostProcess.In(directory.Path);

        Assert.Equal(2, await appHost.ExitCodeAsync(Patience));
        Assert.Equal(
            $"The process cannot access the file '{file}' because it is being used by another process.",
            appHost.Output
        );
    }

    [Fact]
    public async Task Unreachable_feed_is_reported_by_NuGet_at_the_end()
    {
        using var copy = new TempDirectory();
        const string Project = "P2PChat.AppHost/P2PChat.AppHost.csproj";
        foreach (var file in (string[])["global.json", "Directory.Build.props", "Directory.Packages.props", Project])
        {
            var path = Path.Combine(copy.Path, file);
            _ = Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Copy(RepositoryFile.PathOf(file), path);
        }

        const string Feed = "http://127.0.0.1:9/v3/index.json";
        await File.WriteAllTextAsync(
            Path.Combine(copy.Path, "NuGet.config"),
            $"""
            <configuration>
              <packageSources>
                <clear />
                <add key="feed" value="{Feed}" allowInsecureConnections="true" />
              </packageSources>
            </configuration>
            """
        );
        string[] command = ["run", "--project", "P2PChat.AppHost"];
        using var run = Process.Start(
            new ProcessStartInfo(Environment.ProcessPath!, command)
            {
                WorkingDirectory = copy.Path,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment =
                {
                    ["NUGET_PACKAGES"] = Path.Combine(copy.Path, "packages"),
                    ["MSBUILDDISABLENODEREUSE"] = "1",
                    // NuGet would try six times, one second apart, in each of several evaluations.
                    ["NUGET_ENHANCED_MAX_NETWORK_TRY_COUNT"] = "1",
                },
            }
        )!;
        using var patience = new CancellationTokenSource(Patience);
        using var end = patience.Token.Register(() => run.Kill(entireProcessTree: true));
        var output = run.StandardOutput.ReadToEndAsync();
        var errors = run.StandardError.ReadToEndAsync();
        await run.WaitForExitAsync();

        Assert.Equal(1, run.ExitCode);
        var last = string.Join('\n', (await output).Trim().Split('\n')[^3..]);
        Assert.Contains($"Unable to load the service index for source {Feed}", last, StringComparison.Ordinal);
        Assert.Equal("The build failed. Fix the build errors and run again.", (await errors).Trim());
    }

    private static TcpListener Listen(string address = "127.0.0.1")
    {
        var listener = new TcpListener(IPAddress.Parse(address), 0);
        listener.Start();
        return listener;
    }

    private static int Port(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;
}
