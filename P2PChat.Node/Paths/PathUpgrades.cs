using P2PChat.Node.Model;
using P2PChat.Node.Timing;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Paths;

/// <summary>The <see cref="PathUpgradePolicy"/> of each peer, by the paths of the conversations. Thread-safe.</summary>
internal sealed class PathUpgrades(SteadyClock clock)
{
    // Peers without a link, of which only the penalty is worth keeping.
    private const int MaxClosed = 1024;

    private static readonly PathUpgradeOptions Options = new();
    private static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private readonly Dictionary<PeerId, Entry> _entries = [];
    private readonly WakeTimer _wake = new(clock, MinInterval);
    private readonly long _origin = clock.GetTimestamp();

    /// <summary>
    /// Raised when a conversation gets a path without the relay, on any thread, possibly under a session's lock.
    /// </summary>
    public event Action<PeerId>? Improved;

    private TimeSpan Now => clock.GetElapsedTime(_origin);

    /// <summary>Records that a conversation now uses a path of this kind.</summary>
    public void Opened(PeerId peer, PathKind kind)
    {
        lock (_gate)
        {
            RemoveClosed();
            var entry = Find(peer);
            entry.IsOpen = true;
            entry.Policy.Opened(kind, Now);
        }

        _wake.Signal();
        if (kind != PathKind.Relayed)
        {
            Improved?.Invoke(peer);
        }
    }

    /// <summary>Records that a conversation no longer has a path.</summary>
    /// <param name="isDead">Whether the path stopped carrying, and was not closed by one of the peers.</param>
    public void Closed(PeerId peer, bool isDead)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(peer, out var entry))
            {
                entry.IsOpen = false;
                entry.Policy.Closed(isDead, Now);
            }
        }
    }

    /// <summary>Records that a search has found nothing better.</summary>
    public void Failed(PeerId peer)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(peer, out var entry))
            {
                entry.Policy.Failed(Now);
            }
        }

        _wake.Signal();
    }

    /// <summary>Records that an address of this machine or its public address has changed.</summary>
    public void AddressChanged()
    {
        lock (_gate)
        {
            foreach (var entry in _entries.Values)
            {
                entry.Policy.AddressChanged(Now);
            }
        }

        _wake.Signal();
    }

    /// <summary>Records that a peer has been found at another address.</summary>
    public void Moved(PeerId peer)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(peer, out var entry))
            {
                entry.Policy.AddressChanged(Now);
            }
        }

        _wake.Signal();
    }

    /// <summary>Whether the relay comes first, because other paths to the peer have lately stopped carrying.</summary>
    public bool PrefersRelay(PeerId peer)
    {
        lock (_gate)
        {
            return _entries.TryGetValue(peer, out var entry) && entry.Policy.PrefersRelay(Now);
        }
    }

    /// <summary>Waits until searches are due.</summary>
    /// <returns>The peers that need a search for a better path now. Calling <see cref="Failed"/> is optional.</returns>
    public async Task<IReadOnlyList<PeerId>> WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _wake.WaitAsync(UntilDue, cancellationToken);
            lock (_gate)
            {
                var due = _entries.Where(entry => entry.Value.Policy.NextAt <= Now).Select(entry => entry.Key).ToList();
                // The next one is due after a pause, even if the search ends without a result.
                foreach (var peer in due)
                {
                    _entries[peer].Policy.Failed(Now);
                }

                if (due.Count > 0)
                {
                    return due;
                }
            }
        }
    }

    private TimeSpan UntilDue()
    {
        lock (_gate)
        {
            return _entries.Values.Min(entry => entry.Policy.NextAt) is { } next ? next - Now : TimeSpan.MaxValue;
        }
    }

    private Entry Find(PeerId peer)
    {
        if (!_entries.TryGetValue(peer, out var entry))
        {
            _entries[peer] = entry = new Entry();
        }

        return entry;
    }

    private void RemoveClosed()
    {
        if (_entries.Count < MaxClosed)
        {
            return;
        }

        var now = Now;
        foreach (var (peer, entry) in _entries.ToList())
        {
            if (!entry.IsOpen && !entry.Policy.PrefersRelay(now))
            {
                _ = _entries.Remove(peer);
            }
        }
    }

    private sealed class Entry
    {
        public PathUpgradePolicy Policy { get; } = new(Options, Random.Shared.NextDouble);

        public bool IsOpen { get; set; }
    }
}
