using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using P2PChat.Tests.EndToEnd;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.AppHost;

/// <summary>Runs the built AppHost as a process, with the processes that it starts.</summary>
internal sealed partial class AppHostProcess : IAsyncDisposable
{
    private const string Mark = "P2PCHAT_TEST_APPHOST";

    private readonly string _run = Guid.NewGuid().ToString();
    private readonly string _dataRoot = Directory.CreateTempSubdirectory("p2pchat-apphost-").FullName;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly Process _process;

    public AppHostProcess(params string[] arguments)
        : this([], arguments) { }

    /// <param name="environment">Additional environment variables.</param>
    /// <param name="arguments">Settings.</param>
    public AppHostProcess(IReadOnlyList<KeyValuePair<string, string?>> environment, params string[] arguments)
        : this(Projects.P2PChat_AppHost.ProjectPath, LoopbackUrl(), environment, arguments) { }

    private AppHostProcess(
        string directory,
        string dashboard,
        IReadOnlyList<KeyValuePair<string, string?>> environment,
        string[] arguments
    )
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(Projects.P2PChat_AppHost).Assembly.Location])
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] defaults = ["Redis:Mode=process", $"Discovery:Port={DirectoryPort}", $"Peers:DataRoot={_dataRoot}"];
        foreach (var argument in (string[])[.. defaults, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        start.Environment[Mark] = _run;
        // Replaces the variables of the launch profile.
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        start.Environment["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true";
        start.Environment["ASPNETCORE_URLS"] = dashboard;
        start.Environment["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = LoopbackUrl();
        start.Environment["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = LoopbackUrl();
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) =>
        {
            Keep(line.Data);
            if (line.Data is not null)
            {
                _errors.Enqueue(line.Data);
            }
        };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int DirectoryPort { get; } = LoopbackPort.Next();

    /// <summary>Lines of both streams. The order between the streams is not defined.</summary>
    public string Output => string.Join('\n', _lines);

    public string Errors => string.Join('\n', _errors);

    /// <summary>All running processes, including the AppHost.</summary>
    private IReadOnlyList<int> Processes => MarkedProcesses.With((Mark, _run));

    /// <summary>Starts an AppHost that reads the settings file of another directory.</summary>
    public static AppHostProcess In(string directory) => new(directory, LoopbackUrl(), [], []);

    /// <summary>Starts an AppHost whose dashboard listens on that address.</summary>
    public static AppHostProcess WithDashboardAt(string address) =>
        new(Projects.P2PChat_AppHost.ProjectPath, address, [], []);

    /// <summary>Returns the processes of one resource.</summary>
    public IReadOnlyList<int> Resource(string name) => MarkedProcesses.With((Mark, _run), ("OTEL_SERVICE_NAME", name));

    /// <summary>Waits for the last line of the start. Fails at once if the AppHost has exited.</summary>
    public async Task AllStartedAsync()
    {
        await PrintsAsync("Everything is healthy");
        Assert.False(_process.HasExited, Output);
    }

    /// <summary>Waits until the AppHost has printed the text, or has exited.</summary>
    public Task PrintsAsync(string text) =>
        Eventually.True(
            () => _process.HasExited || Output.Contains(text, StringComparison.Ordinal),
            AppHostFixture.StartTimeout,
            $"the AppHost prints '{text}'"
        );

    public void Signal(string name)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{name} {_process.Id}"]);
        kill.WaitForExit();
    }

    public async Task<int> ExitCodeAsync(TimeSpan within)
    {
        using var patience = new CancellationTokenSource(within);
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    public Task NothingIsLeftAsync(TimeSpan within)
    {
        // A redis-server hides its environment, so it is found by its port.
        var redis = int.Parse(RedisPort().Match(Output).Groups["port"].Value, CultureInfo.InvariantCulture);
        return Eventually.True(
            () => Processes.Count == 0 && LoopbackPort.IsFree(redis),
            within,
            "no process of the AppHost is left"
        );
    }

    public async ValueTask DisposeAsync()
    {
        // Signals only the AppHost, because killing its helpers first would leave Redis running.
        if (!_process.HasExited)
        {
            Signal("TERM");
        }

        await Eventually.True(
            () => Processes.Count == 0,
            within: TimeSpan.FromSeconds(30),
            "the AppHost and its resources have ended"
        );
        _process.Dispose();
        Directory.Delete(_dataRoot, recursive: true);
    }

    private static string LoopbackUrl() => $"http://localhost:{LoopbackPort.Next()}";

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _lines.Enqueue(line);
        }
    }

    [GeneratedRegex("^redis +healthy  (tcp|redis)://localhost:(?<port>[0-9]+)$", RegexOptions.Multiline)]
    private static partial Regex RedisPort();
}
