using System.ComponentModel;
using System.Diagnostics;

namespace P2PChat.App.Browser;

/// <summary>Opens a file in the user's browser.</summary>
internal static class BrowserLauncher
{
    // Enough to notice that there is no browser. A browser that starts may run for hours.
    private static readonly TimeSpan FailureTime = TimeSpan.FromMilliseconds(500);

    /// <summary>Whether this machine has a display on which a browser can appear.</summary>
    public static bool HasDisplay =>
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() || IsSet("DISPLAY") || IsSet("WAYLAND_DISPLAY");

    /// <summary>Opens a file, and returns once it is being opened.</summary>
    /// <returns>False if no browser could be started.</returns>
    public static async Task<bool> OpenAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            using var process = Process.Start(StartInfo(file));
            // Windows hands the file to a browser that may already run.
            if (process is null || OperatingSystem.IsWindows())
            {
                return true;
            }

            // Its output would disturb the prompt.
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(FailureTime);
            try
            {
                await process.WaitForExitAsync(timeout.Token);
                return process.ExitCode == 0;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return true;
            }
        }
        catch (Exception exception) when (exception is Win32Exception or InvalidOperationException)
        {
            return false;
        }
    }

    // Arguments are a list: no shell sees the path.
    private static ProcessStartInfo StartInfo(string file)
    {
        if (OperatingSystem.IsWindows())
        {
            return new ProcessStartInfo(file) { UseShellExecute = true };
        }

        // In a session of its own, because Ctrl-C in this terminal would end a browser that xdg-open has started.
        string[] command =
            OperatingSystem.IsMacOS() ? ["open", file]
            : IsInstalled("setsid") ? ["setsid", "xdg-open", file]
            : ["xdg-open", file];
        return new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
    }

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Any(directory => File.Exists(Path.Combine(directory, program)));

    private static bool IsSet(string variable) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));
}
