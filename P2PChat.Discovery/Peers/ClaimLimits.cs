using Microsoft.Extensions.Options;
using P2PChat.Discovery.Http;

namespace P2PChat.Discovery.Peers;

/// <summary>
/// Holds new claims against the caps. All shards have to be asked how many there are; so far below a cap that a second's
/// claims do not reach it, the last answer serves for a second.
/// </summary>
internal sealed class ClaimLimits(
    IPeerStore store,
    DirectoryMetrics metrics,
    IOptions<DirectoryOptions> options,
    TimeProvider time
)
{
    private const int Remembered = 10_000;
    private static readonly TimeSpan Serves = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Reading> _readings = [];

    private readonly record struct Reading(ClaimCounts Counts, long At);

    /// <exception cref="ProblemException">The address, or the directory, has as many names as it may.</exception>
    public async Task CheckAsync(Claimant claimant, CancellationToken cancellation)
    {
        var counts = await CountAsync(claimant, cancellation);
        if (counts.ByClaimant >= options.Value.ClaimsPerAddress)
        {
            throw TooMany(
                "Too many names are claimed from this address: release some, with DELETE /peers/{username}?release=true."
            );
        }

        if (counts.InTotal >= options.Value.ClaimsInTotal)
        {
            throw TooMany(
                "The directory is full: names become free as claims end, or whoever runs it raises Directory:ClaimsInTotal."
            );
        }

        Claimed(claimant.Pseudonym);
    }

    /// <summary>The same for one who may turn out to claim nothing.</summary>
    public async ValueTask<bool> HasRoomAsync(Claimant claimant, CancellationToken cancellation)
    {
        var counts = await CountAsync(claimant, cancellation);
        if (counts.ByClaimant >= options.Value.ClaimsPerAddress || counts.InTotal >= options.Value.ClaimsInTotal)
        {
            return false;
        }

        Claimed(claimant.Pseudonym);
        return true;
    }

    private async ValueTask<ClaimCounts> CountAsync(Claimant claimant, CancellationToken cancellation)
    {
        if (FromMemory(claimant.Pseudonym) is { } known)
        {
            return known;
        }

        var counts = await store.CountClaimsAsync(claimant, cancellation);
        Remember(claimant.Pseudonym, new Reading(counts, time.GetTimestamp()));
        return counts;
    }

    private ClaimCounts? FromMemory(string claimant)
    {
        lock (_gate)
        {
            if (!_readings.TryGetValue(claimant, out var reading) || time.GetElapsedTime(reading.At) > Serves)
            {
                return null;
            }
            // Near a cap each claim is counted anew, for others may count on it too.
            var isFar =
                reading.Counts.ByClaimant < options.Value.ClaimsPerAddress / 2
                && reading.Counts.InTotal < options.Value.ClaimsInTotal / 2;
            return isFar ? reading.Counts : null;
        }
    }

    private void Remember(string claimant, Reading reading)
    {
        lock (_gate)
        {
            if (_readings.Count >= Remembered)
            {
                _readings.Clear();
            }

            _readings[claimant] = reading;
        }
    }

    // What is let through now is not in the reading yet.
    private void Claimed(string claimant)
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
