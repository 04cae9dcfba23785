using System.Diagnostics;
using System.Globalization;
using System.Reflection;

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

    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        // As with "dotnet run": by its own executable, not by the program dotnet.
        var start = new ProcessStartInfo(Path.ChangeExtension(Program, null), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_ROOT"] = Path.GetDirectoryName(Environment.ProcessPath) },
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
