using System.Runtime;

namespace P2PChat.Bench.Processes;

internal static class IdleMemory
{
    /// <summary>
    /// Collects all garbage, returns free memory to the system, and measures this process's memory in bytes.
    /// </summary>
    public static long Measure()
    {
        for (var i = 0; i < 3; i++)
        {
            GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return ProcessUsage.OwnMemory();
    }
}
