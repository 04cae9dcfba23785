using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Storage.Local;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Discovery.Storage.Memory;

/// <summary>
/// Keeps everything in memory. Leases and claims end with the process, so all times are those of a monotonic clock,
/// which a jump of the wall clock does not affect.
/// </summary>
internal sealed class MemoryData(TimeProvider timeProvider, IOptions<DirectoryOptions> options) : ILocalData
{
    private readonly SteadyClock _clock = new(timeProvider);
    private readonly Lock _gate = new();

    // All guarded by _gate.
    private readonly MemoryEventRows _events = new(timeProvider, options.Value.EventsKept);
    private readonly MemoryClaimRows _claims = new();
    private readonly MemoryMailRows _mail = new();
    private readonly MemoryRequestRows _requests = new();
    private readonly MemoryMemberRows _members = new();
    private readonly MemoryFileRows _files = new();
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public string SystemName => "memory";

    public IClaimRows Claims => _claims;

    public IEventRows Events => _events;

    public IMailRows Mail => _mail;

    public IRequestRows Requests => _requests;

    public IMemberRows Members => _members;

    public IFileRows Files => _files;

    public T Run<T>(Func<StoreTime, T> action)
    {
        lock (_gate)
        {
            // In milliseconds, as in Redis.
            var now = DateTimeOffset.FromUnixTimeMilliseconds(_clock.GetUtcNow().ToUnixTimeMilliseconds());
            return action(new StoreTime(now, now));
        }
    }

    public DateTimeOffset ToWallTime(DateTimeOffset stored) => stored + (timeProvider.GetUtcNow() - _clock.GetUtcNow());

    public string Keep(string key, string proposal) => _values.TryAdd(key, proposal) ? proposal : _values[key];

    public string? Find(string key) => _values.GetValueOrDefault(key);

    public void Replace(string key, string value) => _values[key] = value;

    public void NoteSweep(DateTimeOffset now)
    {
        // Everything ends with this process.
    }
}
