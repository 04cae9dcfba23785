using System.Diagnostics;

namespace P2PChat.Tests.Infrastructure;

/// <summary>Runs shell scripts that end soon.</summary>
internal static class Script
{
    /// <summary>Runs the lines up to the first one that fails, which fails the test.</summary>
    /// <returns>Standard output and standard error.</returns>
    public static string Run(string lines) =>
        TryRun(lines, out var output) ? output : throw new InvalidOperationException($"A command failed:\n{output}");

    /// <returns>Whether all lines succeeded.</returns>
    public static bool TryRun(string lines, out string output)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, RedirectStandardOutput = true };
        using var shell = Process.Start(start)!;
        shell.StandardInput.Write("exec 2>&1; set -ex\n" + lines + "\n");
        shell.StandardInput.Close();
        output = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return shell.ExitCode == 0;
    }
}
