using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Reflection;
using P2PChat.Bench.Processes;
using P2PChat.Node.Identity;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>Measures the time from the AppHost's exec until all peers are registered.</summary>
internal sealed class StartAppRow : PathRow
{
    private static readonly string AppHost = Path.GetFullPath(
        typeof(StartAppRow)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .First(item => item.Key == "AppHost")
            .Value!
    );

    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    private readonly TempFolder _data = new();
    private int _rounds;

    public override string Id => "start-app";

    public override string Measures =>
        "P2PChat.AppHost (Redis, the directory, three peers) from exec to all registered, warm";

    public override string? Floor => null;

    public override IReadOnlyList<Figure> Figures { get; } = [new("start", "s", Aim.AtMost(15))];

    public override int Rounds(int requested) => Math.Min(requested, _rounds);

    public override async Task OpenAsync(Effort effort)
    {
        _rounds = effort.Of(3, 1);
        if (!effort.Quick)
        {
            _ = await MeasureAsync();
        }
    }

    public override async Task<Sample[]> MeasureAsync()
    {
        var port = FreePort.Next();
        var start = ChildProcess.GuardedStartInfo(
            AppHost,
            [
                "Redis:Mode=process",
                string.Create(CultureInfo.InvariantCulture, $"Discovery:Port={port}"),
                $"Peers:DataRoot={_data.FullName}",
            ]
        );
        start.WorkingDirectory = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(AppHost)!, "../../.."));
        // The settings of the launch profile.
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        start.Environment["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true";
        foreach (
            var address in (string[])
                ["ASPNETCORE_URLS", "ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL", "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"]
        )
        {
            start.Environment[address] = string.Create(
                CultureInfo.InvariantCulture,
                $"http://localhost:{FreePort.Next()}"
            );
        }

        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        try
        {
            await WaitUntilHealthyAsync(process, port);
            return [new(Stopwatch.GetElapsedTime(started).TotalSeconds)];
        }
        finally
        {
            await TerminateAsync(process);
            await WaitForPeersToExitAsync();
        }
    }

    public override ValueTask DisposeAsync()
    {
        _data.Delete();
        return ValueTask.CompletedTask;
    }

    // A peer is healthy once it listens and is registered; the directory's list of peers shows that.
    private static async Task WaitUntilHealthyAsync(Process process, int port)
    {
        using var timeout = new CancellationTokenSource(Timeout);
        using var http = new HttpClient();
        while (true)
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException(
                    $"The AppHost exited with code {process.ExitCode} before all peers were registered."
                );
            }

            try
            {
                var peers = await http.GetStringAsync(new Uri($"http://localhost:{port}/peers"), timeout.Token);
                if (peers.Split("\"online\":true").Length > 3)
                {
                    return;
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or SocketException)
            {
                // The directory does not listen yet; connecting can fail in more than one way.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), timeout.Token);
        }
    }

    // The orchestrator may still be stopping the peers after the AppHost has exited, and they write to their data
    // directories until they exit.
    private async Task WaitForPeersToExitAsync()
    {
        using var timeout = new CancellationTokenSource(Timeout);
        while (Directory.EnumerateDirectories(_data.FullName).Any(DataDirectory.IsInUse))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), timeout.Token);
        }
    }

    // Like Ctrl-C, SIGTERM makes the AppHost stop everything that it has started.
    private static async Task TerminateAsync(Process process)
    {
        process.StandardInput.Close();
        using var timeout = new CancellationTokenSource(Timeout);
        await process.WaitForExitAsync(timeout.Token);
    }
}
