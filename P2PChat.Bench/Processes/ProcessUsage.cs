using System.Diagnostics;
using System.Globalization;

namespace P2PChat.Bench.Processes;

/// <summary>What processes take of the machine.</summary>
internal static class ProcessUsage
{
    /// <summary>Processor time that the processes have taken so far, in microseconds.</summary>
    public static double CpuMicroseconds(params IEnumerable<int> processes) =>
        processes.Sum(id =>
        {
            using var process = Process.GetProcessById(id);
            return process.TotalProcessorTime.TotalMicroseconds;
        });

    public static double OwnCpuMicroseconds() => Environment.CpuUsage.TotalTime.TotalMicroseconds;

    /// <summary>
    /// Bytes that are this process's alone: its heaps and stacks, those of native libraries included.
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
