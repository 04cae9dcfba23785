using System.Diagnostics;
using System.Globalization;

namespace P2PChat.Bench.Processes;

/// <summary>Processor time and memory of processes.</summary>
internal static class ProcessUsage
{
    /// <summary>Processor time used by the processes so far, in microseconds.</summary>
    public static double CpuMicroseconds(params IEnumerable<int> processes) =>
        processes.Sum(id =>
        {
            using var process = Process.GetProcessById(id);
            return process.TotalProcessorTime.TotalMicroseconds;
        });

    public static double OwnCpuMicroseconds() => Environment.CpuUsage.TotalTime.TotalMicroseconds;

    /// <summary>
    /// This process's private memory in bytes: heaps and stacks, including those of native libraries.
    /// </summary>
    public static long OwnMemory()
    {
        if (!OperatingSystem.IsLinux())
        {
            using var self = Process.GetCurrentProcess();
            return self.PrivateMemorySize64;
        }

        // RssAnon:     123456 kB
        var line = File.ReadLines("/proc/self/status")
            .First(line => line.StartsWith("RssAnon:", StringComparison.Ordinal));
        return 1024
            * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
