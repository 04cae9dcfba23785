using System.Net;
using P2PChat.Node.Timing;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Limits;

namespace P2PChat.Node.Paths;

/// <summary>
/// Limits the SYNs to addresses that other peers name in their path requests, over all answers: a peer may ask several
/// times a minute and name the same victim each time. Thread-safe.
/// </summary>
internal sealed class SynHistory(SteadyClock clock)
{
    /// <summary>SYNs allowed at once: those of two answers, so that an early second search is not cut short.</summary>
    public const int Burst = 2 * SynBudget.PerAddress;

    /// <summary>Time per further SYN.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    // An IPv6 network holds any number of addresses, and a host often has several.
    private const int NetworkBurst = 4 * Burst;
    private static readonly TimeSpan NetworkInterval = Interval / 4;

    // More addresses within a few minutes are a scan.
    private const int MaxAddresses = 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, Pace> _addresses = [];
    private readonly Dictionary<IPAddress, Pace> _networks = [];
    private readonly long _startedAt = clock.GetTimestamp();

    /// <summary>Counts one SYN to the address, with all its ports, if the limits allow it.</summary>
    public bool TryAdd(IPAddress address)
    {
        var now = clock.GetElapsedTime(_startedAt);
        lock (_gate)
        {
            return Find(_addresses, address, Burst, Interval, now) is { } own
                && Find(_networks, ClientNetwork.Of(address), NetworkBurst, NetworkInterval, now) is { } network
                && own.FreeAt <= now
                && network.TryTake(now)
                && own.TryTake(now);
        }
    }

    /// <returns>Null if there are too many.</returns>
    private static Pace? Find(
        Dictionary<IPAddress, Pace> paces,
        IPAddress address,
        int burst,
        TimeSpan interval,
        TimeSpan now
    )
    {
        if (!paces.TryGetValue(address, out var pace))
        {
            RemoveUnused(paces, now);
            if (paces.Count >= MaxAddresses)
            {
                return null;
            }

            paces[address] = pace = new Pace(burst, interval);
        }

        return pace;
    }

    private static void RemoveUnused(Dictionary<IPAddress, Pace> paces, TimeSpan now)
    {
        if (paces.Count < MaxAddresses)
        {
            return;
        }

        foreach (var (address, pace) in paces.ToList())
        {
            if (pace.IsFull(now))
            {
                _ = paces.Remove(address);
            }
        }
    }
}
