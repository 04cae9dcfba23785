using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Aspire.Hosting.Orchestration;

/// <summary>
/// A process that leads a session, and so a process group, of its own: Ctrl-C in the terminal reaches only the AppHost, and a
/// signal to the group reaches the process's children too. Where there is no `setsid` (macOS) it stays in the AppHost's group.
/// </summary>
internal static partial class ProcessSession
{
    public const int Terminate = 15;
    public const int Kill = 9;

    private static readonly bool HasSetsid = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Any(directory => File.Exists(Path.Combine(directory, "setsid")));

    public static ProcessStartInfo InOneOfItsOwn(string command, IEnumerable<string> arguments) => HasSetsid
        ? new ProcessStartInfo("setsid", [command, .. arguments])
        : new ProcessStartInfo(command, arguments);

    public static void Signal(int leader, int signal)
    {
        if (SendSignal(-leader, signal) != 0) _ = SendSignal(leader, signal);
    }

    /// <summary>For a leader that has gone, and whose id may not be used any more.</summary>
    public static void KillRest(int leader) => _ = SendSignal(-leader, Kill);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);
}
