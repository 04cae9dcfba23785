using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace P2PChat.Tests.Infrastructure;

/// <summary>
/// Runs the directory or a peer of this or another build as a process, which never outlives the tests.
/// </summary>
internal sealed class ProductProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(30);

    // The shell lives as long as the program. It forwards signals named on standard input, and kills the program when
    // standard input ends, even if the test process was killed.
    private const string Guarded = """
        exec 3<&0
        "$@" </dev/null 3<&- & child=$!
        echo "process id: $child"
        (
          while read -r signal <&3; do kill -s "$signal" "$child"; done
          kill -s KILL "$child" 2>/dev/null
        ) >/dev/null 2>&1 & guard=$!
        wait "$child"; code=$?
        kill "$guard" 2>/dev/null
        exit "$code"
        """;

    private const string IdIs = "process id: ";

    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Process _shell;

    private ProductProcess(Process shell)
    {
        _shell = shell;
        shell.OutputDataReceived += (_, line) => Keep(line.Data);
        shell.ErrorDataReceived += (_, line) => Keep(line.Data);
        shell.BeginOutputReadLine();
        shell.BeginErrorReadLine();
    }

    public string Output => string.Join('\n', _lines);

    /// <summary>Starts a program and waits until its <c>/health</c> returns 200.</summary>
    /// <param name="assembly">Path of its <c>.dll</c>.</param>
    /// <param name="address">Its HTTP address.</param>
    /// <param name="arguments">Command line arguments.</param>
    public static Task<ProductProcess> StartAsync(string assembly, Uri address, params string[] arguments) =>
        StartAsync(assembly, new Uri(address, "/health"), new Dictionary<string, string>(), arguments);

    /// <summary>Starts a program and waits until the address returns 200.</summary>
    public static Task<ProductProcess> StartAsync(
        string assembly,
        Uri ready,
        IReadOnlyDictionary<string, string> environment,
        params string[] arguments
    ) => StartCommandAsync([DotnetHost.Program, "exec", assembly, .. arguments], ready, environment);

    /// <summary>Starts a program that need not be ours, and waits until the address returns 200.</summary>
    /// <param name="command">The program and its arguments.</param>
    public static async Task<ProductProcess> StartCommandAsync(
        IReadOnlyList<string> command,
        Uri ready,
        IReadOnlyDictionary<string, string> environment
    )
    {
        using var http = new HttpClient();
        return await StartCommandAsync(command, _ => IsReadyAsync(http, ready), environment);
    }

    /// <summary>Starts a program that need not be ours, and waits until it is ready.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="isReady">Called repeatedly. An exception counts as "not yet".</param>
    public static async Task<ProductProcess> StartCommandAsync(
        IReadOnlyList<string> command,
        Func<ProductProcess, Task<bool>> isReady,
        IReadOnlyDictionary<string, string> environment
    )
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Guarded, "sh", .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = new ProductProcess(Process.Start(start)!);
        try
        {
            await Eventually.True(
                async () => process._shell.HasExited || await isReady(process),
                StartsWithin,
                $"{string.Join(' ', command)} is healthy"
            );
            if (process._shell.HasExited)
            {
                throw new InvalidOperationException(
                    $"{string.Join(' ', command)} did not start. It said: {process.Output}"
                );
            }

            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends SIGTERM and waits for the exit.</summary>
    public async Task<int> EndAsync()
    {
        await _shell.StandardInput.WriteLineAsync("TERM");
        await _shell.StandardInput.FlushAsync();
        using var patience = new CancellationTokenSource(EndsWithin);
        await _shell.WaitForExitAsync(patience.Token);
        return _shell.ExitCode;
    }

    /// <summary>Returns its current memory in bytes.</summary>
    public long ResidentBytes()
    {
        var id = _lines.First(line => line.StartsWith(IdIs, StringComparison.Ordinal))[IdIs.Length..];
        using var process = Process.GetProcessById(int.Parse(id, CultureInfo.InvariantCulture));
        return process.WorkingSet64;
    }

    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        _shell.Dispose();
    }

    /// <summary>Returns whether the address returns 200.</summary>
    public static async Task<bool> IsReadyAsync(HttpClient http, Uri ready)
    {
        using var answer = await http.GetAsync(ready);
        return answer.IsSuccessStatusCode;
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _lines.Enqueue(line);
        }
    }
}
