using System.Diagnostics;

namespace P2PChat.Tests.AppHost;

/// <summary>One run of the AppHost that the tests share: start, crash of a peer, Ctrl-C.</summary>
public sealed class AppHostProcessRun : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public TimeSpan Start { get; private set; }

    /// <summary>Time from the signal until no process is left.</summary>
    public TimeSpan End { get; private set; }

    public int ExitCode { get; private set; }

    /// <summary>Lines printed until everything was healthy.</summary>
    public IReadOnlyList<string> StartLines { get; private set; } = [];

    /// <summary>Lines printed later.</summary>
    public IReadOnlyList<string> LaterLines { get; private set; } = [];

    public async Task InitializeAsync()
    {
        var clock = Stopwatch.StartNew();
        await using var appHost = new AppHostProcess();
        await appHost.AllStartedAsync();
        Start = clock.Elapsed;
        StartLines = appHost.Output.Split('\n');

        foreach (var pid in appHost.Resource("bob"))
        {
            Process.GetProcessById(pid).Kill();
        }

        await appHost.PrintsAsync("was killed");

        appHost.Signal("INT");
        clock.Restart();
        ExitCode = await appHost.ExitCodeAsync(Patience);
        await appHost.NothingIsLeftAsync(Patience);
        End = clock.Elapsed;
        LaterLines = appHost.Output.Split('\n')[StartLines.Count..];
    }

    public Task DisposeAsync() => Task.CompletedTask;
}
