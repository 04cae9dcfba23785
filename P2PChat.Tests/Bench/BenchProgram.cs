using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Bench;

/// <summary>The program P2PChat.Bench.</summary>
internal static class BenchProgram
{
    public static readonly bool IsFull = Environment.GetEnvironmentVariable("P2PCHAT_BENCH") == "full";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(IsFull ? 60 : 5);

    private static readonly string Program = Path.GetFullPath(
        typeof(BenchProgram)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .First(item => item.Key == "Bench")
            .Value!
    );

    /// <summary>Starts a child of the bench, as the bench does, and waits until it is ready.</summary>
    /// <returns>The value that it reported.</returns>
    public static async Task<(Process Process, string Ready)> StartChildAsync(string kind, string argument)
    {
        var start = new ProcessStartInfo(DotnetHost.Program, ["exec", Program, "child", kind, argument])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(Patience);
        string? line;
        do
        {
            line = await process.StandardOutput.ReadLineAsync(patience.Token);
        } while (line is not null && !line.StartsWith("ready ", StringComparison.Ordinal));

        Assert.NotNull(line);
        return (process, line["ready ".Length..]);
    }

    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        // As with "dotnet run": by its own executable, not by the program dotnet.
        var start = new ProcessStartInfo(Path.ChangeExtension(Program, null), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_ROOT"] = Path.GetDirectoryName(DotnetHost.Program) },
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var errors = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException(
                string.Create(CultureInfo.InvariantCulture, $"The bench took more than {Patience}.")
            );
        }
    }
}
