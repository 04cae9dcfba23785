using System.Diagnostics;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Bench.Processes;

/// <summary>A child process that exits when its standard input closes, so it never outlives this one.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan ExitTimeout = TimeSpan.FromSeconds(10);

    // The shell lives as long as the program.
    private const string Guarded = """
        exec 3<&0
        "$@" </dev/null 3<&- & child=$!
        (cat <&3 >/dev/null; kill "$child" 2>/dev/null) & guard=$!
        wait "$child"; code=$?
        kill "$guard" 2>/dev/null
        exit "$code"
        """;

    private readonly Process _process;

    private ChildProcess(Process process, string ready) => (_process, Ready) = (process, ready);

    public int Id => _process.Id;

    /// <summary>The value that the child reported when it was ready.</summary>
    public string Ready { get; }

    /// <param name="kind">One of the constants of <see cref="ChildProgram"/>.</param>
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
        throw new InvalidOperationException(
            $"The child '{kind}' exited with code {process.ExitCode} before it was ready."
        );
    }

    /// <summary>The start information for one of the solution's programs.</summary>
    public static ProcessStartInfo StartInfo(string assembly, IEnumerable<string> arguments) =>
        StartInfo([DotnetHost.Program, "exec", assembly, .. arguments]);

    /// <summary>
    /// The same for a program that would outlive its standard input. It gets SIGTERM when that closes.
    /// </summary>
    public static ProcessStartInfo GuardedStartInfo(string assembly, IEnumerable<string> arguments) =>
        StartInfo(["/bin/sh", "-c", Guarded, "sh", DotnetHost.Program, "exec", assembly, .. arguments]);

    private static ProcessStartInfo StartInfo(string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        // The program must not export telemetry to the receiver of this process, such as that of a test.
        _ = start.Environment.Remove("OTEL_EXPORTER_OTLP_ENDPOINT");
        return start;
    }

    public async Task<string> AskAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
        return await _process.StandardOutput.ReadLineAsync()
            ?? throw new InvalidOperationException($"The child exited without answering '{line}'.");
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(_process);
        _process.Dispose();
    }

    /// <summary>Stops a process by closing its input, and kills it if that takes too long.</summary>
    public static async Task StopAsync(Process process)
    {
        process.StandardInput.Close();
        using var timeout = new CancellationTokenSource(ExitTimeout);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }
}
