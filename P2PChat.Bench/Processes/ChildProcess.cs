using System.Diagnostics;

namespace P2PChat.Bench.Processes;

/// <summary>A process of ours that ends when its standard input does: at the latest when this one is killed.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(10);

    private readonly Process _process;

    private ChildProcess(Process process, string ready) => (_process, Ready) = (process, ready);

    public int Id => _process.Id;

    /// <summary>What it said when it was ready.</summary>
    public string Ready { get; }

    /// <param name="kind">One of <see cref="ChildProgram"/>'s.</param>
    public static async Task<ChildProcess> StartAsync(string kind, params string[] arguments)
    {
        var process = Process.Start(
            StartInfo(typeof(ChildProcess).Assembly.Location, [ChildProgram.Command, kind, .. arguments])
        )!;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("ready ", StringComparison.Ordinal))
            {
                return new ChildProcess(process, line["ready ".Length..]);
            }
        }

        await process.WaitForExitAsync();
        throw new InvalidOperationException($"The child '{kind}' did not start: exit code {process.ExitCode}.");
    }

    /// <summary>How a built program of ours is started.</summary>
    public static ProcessStartInfo StartInfo(string assembly, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(DotnetHost, ["exec", assembly, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        // What is set for this process, a test's receiver say, is not meant for what it measures.
        _ = start.Environment.Remove("OTEL_EXPORTER_OTLP_ENDPOINT");
        return start;
    }

    public async Task<string> AskAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
        return await _process.StandardOutput.ReadLineAsync()
            ?? throw new InvalidOperationException($"The child ended instead of answering '{line}'.");
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync(_process);
        _process.Dispose();
    }

    /// <summary>Ends a process by the end of its input, or by force where that takes too long.</summary>
    public static async Task EndAsync(Process process)
    {
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(EndsWithin);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static string DotnetHost =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? Environment.ProcessPath!
            : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
}
