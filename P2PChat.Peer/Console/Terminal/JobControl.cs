using System.Runtime.InteropServices;

namespace P2PChat.Peer.Console.Terminal;

/// <summary>Stops this process for its shell, as Ctrl-Z asks: a signal that .NET has a handler for no longer does it by itself.</summary>
internal static class JobControl
{
    private const int StopOnLinux = 19;
    private const int StopOnMacOS = 17;

    /// <summary>Returns when the process has been continued. Not on Windows.</summary>
    public static void Stop() => _ = Kill(Environment.ProcessId, OperatingSystem.IsMacOS() ? StopOnMacOS : StopOnLinux);

    // kill(2)
    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
