using System.Diagnostics;
using P2PChat.Discovery.Hosting;
using P2PChat.Peer.Hosting;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Upgrade;

/// <summary>The previous version of the directory and the peer; see <c>eng/previous-build.sh</c>.</summary>
public sealed class PreviousBuild : IAsyncLifetime
{
    private const int NoHistory = 3;

    private static readonly TimeSpan BuildsWithin = TimeSpan.FromMinutes(4);

    private static readonly Lazy<string?> Absence = new(FindAbsence);

    private string? _home;

    /// <summary>The reason why there is no previous build; null if there is one.</summary>
    public static string? WhyNone => Absence.Value;

    internal Build Old => new(Assembly("P2PChat.Discovery"), Assembly("P2PChat.Peer"));

    internal Build New { get; } = new(typeof(DiscoveryApp).Assembly.Location, typeof(PeerApp).Assembly.Location);

    public async Task InitializeAsync()
    {
        if (WhyNone is not null)
        {
            return;
        }

        using var script = Script();
        var output = script.StandardOutput.ReadToEndAsync();
        var error = script.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(BuildsWithin);
        await script.WaitForExitAsync(patience.Token);
        Assert.True(script.ExitCode == 0, await error);
        _home = (await output).Trim();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    private static string? FindAbsence()
    {
        using var script = Script("--which");
        script.StandardOutput.ReadToEnd();
        var error = script.StandardError.ReadToEnd();
        script.WaitForExit();
        // Any other failure fails the tests instead of skipping them.
        return script.ExitCode == NoHistory ? error.Trim() : null;
    }

    private static Process Script(params string[] arguments) =>
        Process.Start(
            new ProcessStartInfo(RepositoryFile.PathOf("eng/previous-build.sh"), arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;

    private string Assembly(string project) =>
        Path.Combine(
            _home ?? throw new InvalidOperationException("The previous build is not there."),
            project,
            "bin",
            "Release",
            "net10.0",
            $"{project}.dll"
        );
}

/// <summary>Paths of the programs of one version.</summary>
internal sealed record Build(string Discovery, string Peer);

/// <summary>A test that needs <see cref="PreviousBuild"/>; skipped in a clone without history.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class UpgradeFactAttribute : FactAttribute
{
    public UpgradeFactAttribute() => Skip = PreviousBuild.WhyNone;
}
