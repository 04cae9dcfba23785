using System.Runtime.InteropServices;

namespace P2PChat.Peer.Cli.Terminal;

/// <summary>
/// Suspends this process, because a handled signal no longer does, and raises the signals of Ctrl-Z and Ctrl-\, because
/// the terminal does not while it delivers Ctrl-C as a key.
/// </summary>
internal static class JobControl
{
    private const int StopOnLinux = 19;
    private const int StopOnMacOS = 17;
    private const int SuspendOnLinux = 20;
    private const int SuspendOnMacOS = 18;
    private const int Quit = 3;
    private const int OwnGroup = 0;
    private const char CtrlZ = '\x1a';
    private const char CtrlBackslash = '\x1c';

    /// <summary>Suspends the process, and returns when it continues. Not on Windows.</summary>
    public static void Stop() => _ = Kill(Environment.ProcessId, OperatingSystem.IsMacOS() ? StopOnMacOS : StopOnLinux);

    /// <summary>Raises the signal of a key in the terminal's foreground processes. Not on Windows.</summary>
    /// <returns>False if the key has none.</returns>
    public static bool TryRaise(ConsoleKeyInfo key)
    {
        if (OperatingSystem.IsWindows() || key.KeyChar is not (CtrlZ or CtrlBackslash))
        {
            return false;
        }

        _ = Kill(
            OwnGroup,
            key.KeyChar == CtrlBackslash ? Quit
                : OperatingSystem.IsMacOS() ? SuspendOnMacOS
                : SuspendOnLinux
        );
        return true;
    }

    /// <summary>Makes the terminal deliver Ctrl-C as a key, or as the signal INT again.</summary>
    public static void DeliverCtrlCAsKey(bool isKey)
    {
        try
        {
            System.Console.TreatControlCAsInput = isKey;
        }
        catch (IOException)
        {
            // The terminal has gone.
        }
    }

    // kill(2)
    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
