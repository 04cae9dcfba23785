using System.Runtime.InteropServices;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>Suspends this process on Ctrl-Z. A signal that .NET handles no longer suspends it by itself.</summary>
internal static class JobControl
{
    private const int StopOnLinux = 19;
    private const int StopOnMacOS = 17;

    /// <summary>Suspends, and returns when the process has been continued. Not on Windows.</summary>
    public static void Stop() => _ = Kill(Environment.ProcessId, OperatingSystem.IsMacOS() ? StopOnMacOS : StopOnLinux);

    // kill(2)
    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
