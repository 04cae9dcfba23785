using System.Runtime.InteropServices;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>Suspends this process on Ctrl-Z. A handled signal no longer suspends it.</summary>
internal static class JobControl
{
    private const int StopOnLinux = 19;
    private const int StopOnMacOS = 17;

    /// <summary>Suspends the process, and returns when it continues. Not on Windows.</summary>
    public static void Stop() => _ = Kill(Environment.ProcessId, OperatingSystem.IsMacOS() ? StopOnMacOS : StopOnLinux);

    // kill(2)
    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
