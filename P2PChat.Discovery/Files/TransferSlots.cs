using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Diagnostics;
using P2PChat.Discovery.Http;

namespace P2PChat.Discovery.Files;

/// <summary>Limits the uploads and downloads of this replica at once, in total and per address. Thread-safe.</summary>
internal sealed class TransferSlots(IOptions<DirectoryOptions> options, DirectoryMetrics metrics)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    private readonly FileStoreOptions _options = options.Value.Files;
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private readonly Dictionary<string, int> _byAddress = new(StringComparer.Ordinal);
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <returns>The slot, which its disposal releases.</returns>
    /// <exception cref="ProblemException">All are in use.</exception>
    public IDisposable Take(string address)
    {
        lock (_gate)
        {
            var own = _byAddress.GetValueOrDefault(address);
            if (_count >= _options.Transfers || own >= _options.TransfersPerAddress)
            {
                metrics.RateLimited("transfers");
                throw new ProblemException(Problems.TooManyRequests(RetryAfter));
            }

            _byAddress[address] = own + 1;
            _count++;
            return new Slot(this, address);
        }
    }

    private void Release(string address)
    {
        lock (_gate)
        {
            _count--;
            if (--_byAddress[address] == 0)
            {
                _ = _byAddress.Remove(address);
            }
        }
    }

    private sealed class Slot(TransferSlots slots, string address) : IDisposable
    {
        private bool _isReleased;

        public void Dispose()
        {
            if (!_isReleased)
            {
                _isReleased = true;
                slots.Release(address);
            }
        }
    }
}
