using System.Diagnostics;

namespace Aspire.Hosting.Orchestration;

internal sealed record ResourceCommand(
    string File, IReadOnlyList<string> Arguments, string WorkingDirectory, IReadOnlyDictionary<string, string?> Environment);

/// <summary>One started resource: its standard input is the null device, its output goes on line by line.</summary>
internal sealed class ResourceProcess
{
    private static readonly TimeSpan GracePeriod = TimeSpan.FromSeconds(10);
    private readonly Process _process;
    private readonly int _pid;
    private readonly Guardian _guardian;
    private readonly Task _output;

    private ResourceProcess(Process process, Guardian guardian, Action<string> line)
    {
        _process = process;
        _pid = process.Id;
        _guardian = guardian;
        guardian.Watch(_pid);
        // Only now does it run: an AppHost that was killed before the guardian knew of it would leave it behind.
        try { process.StandardInput.WriteLine(); process.StandardInput.Close(); }
        catch (IOException) { /* It has been ended already, which is told as any other end. */ }
        _output = Task.WhenAll(PassOnAsync(process.StandardOutput, line), PassOnAsync(process.StandardError, line));
        Ended = EndAsync();
    }

    /// <summary>The exit code, when the process and what it left behind have gone and its output is read.</summary>
    public Task<int> Ended { get; }

    public static ResourceProcess Start(ResourceCommand command, Guardian guardian, Action<string> line)
    {
        var start = ProcessSession.InOneOfItsOwn(
            "/bin/sh", ["-c", """read -r go && exec "$0" "$@" </dev/null""", command.File, .. command.Arguments]);
        start.RedirectStandardInput = true;
        start.WorkingDirectory = command.WorkingDirectory;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        foreach (var (name, value) in command.Environment)
        {
            if (value is null) _ = start.Environment.Remove(name);
            else start.Environment[name] = value;
        }
        return new ResourceProcess(Process.Start(start)!, guardian, line);
    }

    public async Task StopAsync()
    {
        ProcessSession.Signal(_pid, ProcessSession.Terminate);
        if (await Task.WhenAny(Ended, Task.Delay(GracePeriod)).ConfigureAwait(false) != Ended)
            ProcessSession.Signal(_pid, ProcessSession.Kill);
        await Ended.ConfigureAwait(false);
    }

    private async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync().ConfigureAwait(false);
        ProcessSession.KillRest(_pid);
        _guardian.Forget(_pid);
        await _output.ConfigureAwait(false);
        var exitCode = _process.ExitCode;
        _process.Dispose();
        return exitCode;
    }

    private static async Task PassOnAsync(StreamReader output, Action<string> line)
    {
        while (await output.ReadLineAsync().ConfigureAwait(false) is { } text) line(text);
    }
}
