using System.Net;
using P2PChat.Node.Timing;
using P2PChat.Protocol.Diagnostics;

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

    // More addresses within a few minutes are a scan.
    private const int MaxAddresses = 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, Pace> _paces = [];
    private readonly long _startedAt = clock.GetTimestamp();

    /// <summary>Counts one SYN to the address, with all its ports, if the limit allows it.</summary>
    public bool TryAdd(IPAddress address)
    {
        var now = clock.GetElapsedTime(_startedAt);
        lock (_gate)
        {
            if (!_paces.TryGetValue(address, out var pace))
            {
                RemoveUnused(now);
                if (_paces.Count >= MaxAddresses)
                {
                    return false;
                }

                _paces[address] = pace = new Pace(Burst, Interval);
            }

            return pace.TryTake(now);
        }
    }

    private void RemoveUnused(TimeSpan now)
    {
        if (_paces.Count < MaxAddresses)
        {
            return;
        }

        foreach (var (address, pace) in _paces.ToList())
        {
            if (pace.IsFull(now))
            {
                _ = _paces.Remove(address);
            }
        }
    }
}
