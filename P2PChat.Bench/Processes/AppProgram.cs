using System.Diagnostics;
using System.Reflection;
using System.Text;

namespace P2PChat.Bench.Processes;

/// <summary>The program <c>p2pchat</c> as a process, driven through its standard input and output.</summary>
internal sealed class AppProgram : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    private static readonly string Assembly = Path.GetFullPath(
        typeof(AppProgram)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .First(item => item.Key == "App")
            .Value!
    );

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private AppProgram(Process process) => _process = process;

    /// <summary>Starts the program without a browser.</summary>
    public static AppProgram Start(params string[] arguments)
    {
        var program = new AppProgram(Process.Start(ChildProcess.StartInfo(Assembly, arguments))!);
        program._process.OutputDataReceived += (_, line) => program.OnLine(line.Data);
        program._process.BeginOutputReadLine();
        return program;
    }

    public Task TypeAsync(string line) => _process.StandardInput.WriteLineAsync(line);

    /// <summary>Waits until the output has a part.</summary>
    /// <param name="find">Returns null until the output has it.</param>
    /// <exception cref="TimeoutException">It has not come within a minute.</exception>
    public async Task<string> WaitForAsync(Func<string, string?> find)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            if (find(Output) is { } found)
            {
                return found;
            }

            if (_process.HasExited || Stopwatch.GetElapsedTime(started) > Timeout)
            {
                throw new TimeoutException($"p2pchat did not print what was expected: {Output}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2));
        }
    }

    /// <summary>Waits until the output contains a text.</summary>
    public Task WaitForAsync(string text) =>
        WaitForAsync(output => output.Contains(text, StringComparison.Ordinal) ? text : null);

    public async ValueTask DisposeAsync()
    {
        await ChildProcess.StopAsync(_process);
        _process.Dispose();
    }

    private string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    private void OnLine(string? line)
    {
        lock (_output)
        {
            _ = _output.Append(line).Append('\n');
        }
    }
}
