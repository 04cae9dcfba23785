using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using P2PChat.Tests.EndToEnd;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.AppHost;

/// <summary>The built AppHost as a process of its own, as `dotnet run` starts it, with everything that it starts in turn.</summary>
internal sealed class AppHostProcess : IAsyncDisposable
{
    private const string Mark = "P2PCHAT_TEST_APPHOST";

    private readonly string _run = Guid.NewGuid().ToString();
    private readonly string _dataRoot = Directory.CreateTempSubdirectory("p2pchat-apphost-").FullName;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly Process _process;
    private int _redisPort;

    public AppHostProcess(params string[] arguments) : this([], arguments)
    {
    }

    /// <param name="environment">Variables to set besides the tests' own.</param>
    /// <param name="arguments">Settings.</param>
    public AppHostProcess(IReadOnlyList<KeyValuePair<string, string?>> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["exec", typeof(Projects.P2PChat_AppHost).Assembly.Location])
        {
            WorkingDirectory = Projects.P2PChat_AppHost.ProjectPath,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])["Redis:Mode=process", $"Discovery:Port={DirectoryPort}", $"Peers:DataRoot={_dataRoot}", .. arguments])
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        start.Environment[Mark] = _run;
        // What the launch profile gives; the dashboard's addresses have to be there even for an AppHost that nobody looks at.
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        start.Environment["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true";
        start.Environment["ASPNETCORE_URLS"] = LoopbackUrl();
        start.Environment["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = LoopbackUrl();
        start.Environment["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = LoopbackUrl();
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) =>
        {
            Keep(line.Data);
            if (line.Data is not null) _errors.Enqueue(line.Data);
        };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int DirectoryPort { get; } = LoopbackPort.Next();

    /// <summary>Of both streams. What comes of one has no certain place among what comes of the other.</summary>
    public string Output => string.Join('\n', _lines);

    public string Errors => string.Join('\n', _errors);

    /// <summary>All that live, the AppHost among them.</summary>
    public IReadOnlyList<int> Processes => MarkedProcesses.With((Mark, _run));

    /// <summary>The processes of one resource.</summary>
    public IReadOnlyList<int> Resource(string name) => MarkedProcesses.With((Mark, _run), ("OTEL_SERVICE_NAME", name));

    public async Task AllStartedAsync()
    {
        await Eventually.True(
            async () =>
            {
                using var http = new HttpClient();
                using var health = await http.GetAsync(new Uri($"http://localhost:{DirectoryPort}/health"));
                return health.IsSuccessStatusCode && ((string[])["alice", "bob", "echo"]).All(peer => Resource(peer).Count > 0);
            },
            within: AppHostFixture.StartTimeout, "every resource runs");
        // host:port,password=...
        var redis = MarkedProcesses.Variable(Resource("discovery")[0], "ConnectionStrings__redis")!;
        _redisPort = int.Parse(redis.Split(',')[0].Split(':')[1], CultureInfo.InvariantCulture);
    }

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

    public Task NothingIsLeftAsync(TimeSpan within) =>
        Eventually.True(() => Processes.Count == 0 && LoopbackPort.IsFree(_redisPort), within, "no process of the AppHost is left");

    public async ValueTask DisposeAsync()
    {
        // Only the AppHost itself: killed one by one, whoever cleans up behind it would go before it has ended Redis.
        if (!_process.HasExited)
            Signal("TERM");
        await Eventually.True(() => Processes.Count == 0, within: TimeSpan.FromSeconds(30), "the AppHost and all that it started have ended");
        _process.Dispose();
        Directory.Delete(_dataRoot, recursive: true);
    }

    private static string LoopbackUrl() => $"http://localhost:{LoopbackPort.Next()}";

    private void Keep(string? line)
    {
        if (line is not null) _lines.Enqueue(line);
    }
}
