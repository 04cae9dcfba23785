using Microsoft.Extensions.Options;
using P2PChat.Discovery.Configuration;
using P2PChat.Discovery.Diagnostics;
using P2PChat.Discovery.Http;
using P2PChat.Discovery.Storage;

namespace P2PChat.Discovery.Limits;

/// <summary>
/// Limits claims by address and in total. Counting asks every shard, so counts far below the limits are cached for a
/// second.
/// </summary>
internal sealed class ClaimLimits(
    IPeerStore store,
    DirectoryMetrics metrics,
    IOptions<DirectoryOptions> options,
    TimeProvider timeProvider
)
{
    private const int MaxCached = 10_000;
    private static readonly TimeSpan CacheLifetime = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Reading> _readings = [];

    private readonly record struct Reading(ClaimCounts Counts, long At);

    /// <exception cref="ProblemException">The address, or the directory, has reached its limit.</exception>
    public async Task CheckAsync(Claimant claimant, CancellationToken cancellationToken)
    {
        var counts = await CountAsync(claimant, cancellationToken);
        if (counts.ByClaimant >= options.Value.ClaimsPerAddress)
        {
            throw TooMany(
                "Too many names are claimed from this address. Release some with DELETE /peers/{username}?release=true."
            );
        }

        if (counts.InTotal >= options.Value.ClaimsInTotal)
        {
            throw TooMany(
                "The directory is full. Try again when claims have ended, or ask its operator to raise "
                    + "Directory:ClaimsInTotal."
            );
        }

        AddToCache(claimant.Pseudonym);
    }

    private async ValueTask<ClaimCounts> CountAsync(Claimant claimant, CancellationToken cancellationToken)
    {
        if (FindCached(claimant.Pseudonym) is { } known)
        {
            return known;
        }

        var counts = await store.CountClaimsAsync(claimant, cancellationToken);
        Cache(claimant.Pseudonym, new Reading(counts, timeProvider.GetTimestamp()));
        return counts;
    }

    private ClaimCounts? FindCached(string claimant)
    {
        lock (_gate)
        {
            if (
                !_readings.TryGetValue(claimant, out var reading)
                || timeProvider.GetElapsedTime(reading.At) > CacheLifetime
            )
            {
                return null;
            }
            // Other replicas add claims too, so a count near a limit is always read again.
            var isFar =
                reading.Counts.ByClaimant < options.Value.ClaimsPerAddress / 2
                && reading.Counts.InTotal < options.Value.ClaimsInTotal / 2;
            return isFar ? reading.Counts : null;
        }
    }

    private void Cache(string claimant, Reading reading)
    {
        lock (_gate)
        {
            if (_readings.Count >= MaxCached)
            {
                _readings.Clear();
            }

            _readings[claimant] = reading;
        }
    }

    // The cached counts do not yet include the claim that was just allowed.
    private void AddToCache(string claimant)
    {
        lock (_gate)
        {
            if (_readings.TryGetValue(claimant, out var reading))
            {
                _readings[claimant] = reading with
                {
                    Counts = new ClaimCounts(reading.Counts.ByClaimant + 1, reading.Counts.InTotal + 1),
                };
            }
        }
    }

    private ProblemException TooMany(string detail)
    {
        metrics.RateLimited("claims");
        return new ProblemException(Problems.TooManyClaims(detail, options.Value.Lease));
    }
}
