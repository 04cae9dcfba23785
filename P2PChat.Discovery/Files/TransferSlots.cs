using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Diagnostics;
using P2PChat.Discovery.Http;

namespace P2PChat.Discovery.Files;

/// <summary>
/// Limits the concurrent uploads of this replica, and its downloads: in total, per address, and per contact or name.
/// Thread-safe.
/// </summary>
internal sealed class TransferSlots(IOptions<DirectoryOptions> options, DirectoryMetrics metrics)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    private readonly Pool _uploads = new(options.Value.Files);
    private readonly Pool _downloads = new(options.Value.Files);

    public int Count => _uploads.Count + _downloads.Count;

    /// <returns>The slot, which its disposal releases.</returns>
    /// <exception cref="ProblemException">All are in use.</exception>
    public IDisposable TakeUpload(string address, string capabilityHash) => Take(_uploads, address, capabilityHash);

    /// <inheritdoc cref="TakeUpload"/>
    public IDisposable TakeDownload(string address, string name) => Take(_downloads, address, name);

    private Slot Take(Pool pool, string address, string owner)
    {
        if (pool.TryTake(address, owner) is { } slot)
        {
            return slot;
        }

        metrics.RateLimited("transfers");
        throw new ProblemException(Problems.TooManyRequests(RetryAfter));
    }

    private sealed class Pool(FileStoreOptions options)
    {
        private readonly Lock _gate = new();

        // Guarded by _gate.
        private readonly Dictionary<string, int> _byAddress = new(StringComparer.Ordinal);
        private readonly Dictionary<string, int> _byOwner = new(StringComparer.Ordinal);
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public Slot? TryTake(string address, string owner)
        {
            lock (_gate)
            {
                var (ofAddress, ofOwner) = (_byAddress.GetValueOrDefault(address), _byOwner.GetValueOrDefault(owner));
                if (
                    _count >= options.Transfers
                    || ofAddress >= options.TransfersPerAddress
                    || ofOwner >= options.TransfersPerMailbox
                )
                {
                    return null;
                }

                (_byAddress[address], _byOwner[owner]) = (ofAddress + 1, ofOwner + 1);
                _count++;
                return new Slot(this, address, owner);
            }
        }

        public void Release(string address, string owner)
        {
            lock (_gate)
            {
                _count--;
                Decrement(_byAddress, address);
                Decrement(_byOwner, owner);
            }
        }

        private static void Decrement(Dictionary<string, int> counts, string key)
        {
            if (--counts[key] == 0)
            {
                _ = counts.Remove(key);
            }
        }
    }

    private sealed class Slot(Pool pool, string address, string owner) : IDisposable
    {
        private bool _isReleased;

        public void Dispose()
        {
            if (!_isReleased)
            {
                _isReleased = true;
                pool.Release(address, owner);
            }
        }
    }
}
