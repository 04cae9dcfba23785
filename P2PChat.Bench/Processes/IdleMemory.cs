using System.Runtime;

namespace P2PChat.Bench.Processes;

internal static class IdleMemory
{
    /// <summary>
    /// Bytes of this process once nothing is left to be collected, and what was freed has gone back to the system.
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
