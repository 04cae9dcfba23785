using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Reflection;
using P2PChat.Bench.Processes;
using P2PChat.Node.Identity;

namespace P2PChat.Bench.Paths.Rows;

/// <summary>How long the whole app takes from the AppHost's exec until everything is healthy.</summary>
internal sealed class StartAppRow : PathRow
{
    private static readonly string AppHost = Path.GetFullPath(
        typeof(StartAppRow)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .First(item => item.Key == "AppHost")
            .Value!
    );

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TempFolder _data = new();
    private int _rounds;

    public override string Id => "start-app";

    public override string Measures =>
        "P2PChat.AppHost (Redis, the directory, three peers) from exec to all registered, warm";

    public override string? Floor => null;

    public override IReadOnlyList<Figure> Figures { get; } = [new("start", "s", Aim.AtMost(15))];

    public override int Rounds(int asked) => Math.Min(asked, _rounds);

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
        var start = ChildProcess.StartInfo(
            AppHost,
            [
                "Redis:Mode=process",
                string.Create(CultureInfo.InvariantCulture, $"Discovery:Port={port}"),
                $"Peers:DataRoot={_data.FullName}",
            ]
        );
        start.WorkingDirectory = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(AppHost)!, "../../.."));
        // What its launch profile gives.
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

        var begun = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        try
        {
            await AllHealthyAsync(process, port);
            return [new(Stopwatch.GetElapsedTime(begun).TotalSeconds)];
        }
        finally
        {
            await InterruptAsync(process);
            await PeersEndedAsync();
        }
    }

    public override ValueTask DisposeAsync()
    {
        _data.Delete();
        return ValueTask.CompletedTask;
    }

    // A peer is healthy when it listens and is registered, which shows in the directory.
    private static async Task AllHealthyAsync(Process process, int port)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var http = new HttpClient();
        while (true)
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException(
                    $"The AppHost ended before all was healthy: exit code {process.ExitCode}."
                );
            }

            try
            {
                var peers = await http.GetStringAsync(new Uri($"http://localhost:{port}/peers"), patience.Token);
                if (peers.Split("\"online\":true").Length > 3)
                {
                    return;
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or SocketException)
            {
                // Not yet; a port on which nobody has listened before can fail in more than one way.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), patience.Token);
        }
    }

    // The orchestrator may still be ending the peers when the AppHost has exited, and they write to their data until
    // they end.
    private async Task PeersEndedAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (Directory.EnumerateDirectories(_data.FullName).Any(DataDirectory.IsInUse))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), patience.Token);
        }
    }

    // As Ctrl-C does: it ends all that it has started.
    private static async Task InterruptAsync(Process process)
    {
        if (process.HasExited)
        {
            return;
        }

        using (
            var kill = Process.Start(
                "/bin/sh",
                ["-c", string.Create(CultureInfo.InvariantCulture, $"kill -TERM {process.Id}")]
            )
        )
        {
            await kill.WaitForExitAsync();
        }

        using var patience = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(patience.Token);
    }
}
