namespace P2PChat.Discovery.RateLimits;

/// <summary>The configuration section <c>Directory:RateLimits</c>. Each replica counts for itself.</summary>
public sealed class RateLimitOptions
{
    public bool Enabled { get; set; } = true;

    /// <summary>Calls by one address that carry no signature: lookups, lists, renewals, event streams.</summary>
    public RateLimit Calls { get; set; } = new() { Burst = 2_000, PerSecond = 300 };

    /// <summary>Calls by one address whose signature must be checked.</summary>
    public RateLimit SignedCalls { get; set; } = new() { Burst = 5_000, PerSecond = 300 };

    /// <summary>Envelopes left by one address, whether they are taken in or not.</summary>
    public RateLimit Deposits { get; set; } = new() { Burst = 2_000, PerSecond = 200 };

    /// <summary>Registrations and leaves by one key, counted once its signature holds.</summary>
    public RateLimit Identity { get; set; } = new() { Burst = 20, PerSecond = 0.5 };

    /// <summary>Names newly claimed by one address.</summary>
    public RateLimit NewNames { get; set; } = new() { Burst = 100, PerSecond = 1 };

    /// <summary>
    /// Owners who register again from one address. A budget of its own, so that a whole office behind one address comes
    /// back after a restart whatever else its neighbours do.
    /// </summary>
    public RateLimit Returns { get; set; } = new() { Burst = 2_000, PerSecond = 100 };
}

/// <summary>A token bucket.</summary>
public sealed class RateLimit
{
    /// <summary>Calls that may come at once.</summary>
    public int Burst { get; set; }

    /// <summary>Calls a second in the long run.</summary>
    public double PerSecond { get; set; }
}
