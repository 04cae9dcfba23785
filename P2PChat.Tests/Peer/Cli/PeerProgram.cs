using System.Diagnostics;
using System.Text;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>Runs the built program as a process.</summary>
internal sealed class PeerProgram : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly Task _reading;

    /// <param name="program">The executable to start.</param>
    private PeerProgram(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _reading = Task.WhenAll(
            ReadAsync(_process.StandardOutput, _output),
            ReadAsync(_process.StandardError, _errors)
        );
    }

    /// <summary>The peer's assembly, in the directory of the tests.</summary>
    public static string Assembly { get; } = typeof(P2PChat.Peer.Hosting.PeerApp).Assembly.Location;

    public int Id => _process.Id;

    public string Output => Read(_output);

    public string Errors => Read(_errors);

    public static PeerProgram Start(params string[] arguments) => Start(arguments, new Dictionary<string, string>());

    public static PeerProgram Start(string[] arguments, IReadOnlyDictionary<string, string> environment) =>
        new(Environment.ProcessPath!, ["exec", Assembly, .. arguments], environment);

    /// <summary>Starts one of the project's assemblies.</summary>
    public static PeerProgram StartAssembly(
        string assembly,
        string[] arguments,
        IReadOnlyDictionary<string, string>? environment = null
    ) =>
        new(
            Environment.ProcessPath!,
            ["exec", assembly, .. arguments],
            environment ?? new Dictionary<string, string>()
        );

    /// <summary>Starts one of the project's assemblies in a network namespace. Needs root.</summary>
    public static PeerProgram StartIn(
        string networkNamespace,
        string assembly,
        IReadOnlyDictionary<string, string> environment,
        params string[] arguments
    ) =>
        new(
            "ip",
            ["netns", "exec", networkNamespace, Environment.ProcessPath!, "exec", assembly, .. arguments],
            environment
        );

    /// <summary>Runs a line of shell script. <c>$PEER</c> stands for the program.</summary>
    public static PeerProgram StartByShell(string line, IReadOnlyDictionary<string, string>? environment = null) =>
        new(
            "sh",
            ["-c", line.Replace("$PEER", $"'{Environment.ProcessPath}' exec '{Assembly}'", StringComparison.Ordinal)],
            environment ?? new Dictionary<string, string>()
        );

    /// <summary>Runs the program on an input, and waits for its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(
        string input,
        params string[] arguments
    )
    {
        await using var program = Start(arguments);
        await program.TypeAsync(input);
        program.EndInput();
        var exitCode = await program.ExitCodeAsync();
        return (exitCode, program.Output, program.Errors);
    }

    public async Task TypeAsync(string text)
    {
        try
        {
            await _process.StandardInput.WriteAsync(text);
            await _process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            // A program with a usage error ends before it reads its input.
        }
    }

    public void EndInput() => _process.StandardInput.Close();

    public void Signal(string name)
    {
        // Immediately, because starting a shell takes long enough for the program to end by itself.
        if (name == "KILL")
        {
            _process.Kill();
            return;
        }

        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{name} {_process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Measures wake-ups of the threads and processor use of an idle program. Linux only.</summary>
    /// <returns>Wake-ups per second of all threads, and processor use from 0 to the number of processors.</returns>
    public async Task<(double Wakes, double Processor)> MeasureAsync(TimeSpan duration)
    {
        var (before, used) = (Wakes(), _process.TotalProcessorTime);
        await Task.Delay(duration);
        _process.Refresh();
        var after = Wakes();
        return (
            after.Sum(thread => thread.Value - before.GetValueOrDefault(thread.Key)) / duration.TotalSeconds,
            (_process.TotalProcessorTime - used) / duration
        );
    }

    private Dictionary<string, long> Wakes() =>
        Directory
            .GetDirectories($"/proc/{_process.Id}/task")
            .ToDictionary(
                thread => thread,
                thread =>
                    long.Parse(
                        File.ReadLines(Path.Combine(thread, "status"))
                            .First(line => line.StartsWith("voluntary_ctxt_switches:", StringComparison.Ordinal))
                            .Split('\t')[1],
                        System.Globalization.CultureInfo.InvariantCulture
                    )
            );

    public async Task<int> ExitCodeAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Timeout);
        await _reading.WaitAsync(Timeout);
        return _process.ExitCode;
    }

    public Task PrintsAsync(string text) =>
        Eventually.True(
            () => Output.Contains(text, StringComparison.Ordinal),
            Timeout,
            $"'{text}' is printed; so far: {Output}{Errors}"
        );

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task ReadAsync(StreamReader reader, StringBuilder target)
    {
        var buffer = new char[4096];
        while (await reader.ReadAsync(buffer) is var read and > 0)
        {
            lock (target)
            {
                target.Append(buffer, 0, read);
            }
        }
    }

    private static string Read(StringBuilder source)
    {
        lock (source)
        {
            return source.ToString();
        }
    }
}
