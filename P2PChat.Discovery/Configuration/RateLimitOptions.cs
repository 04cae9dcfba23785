namespace P2PChat.Discovery.Configuration;

/// <summary>The configuration section <c>Directory:RateLimits</c>. Each replica counts by itself.</summary>
public sealed class RateLimitOptions
{
    public bool Enabled { get; set; } = true;

    /// <summary>Unsigned calls per address: lookups, lists, renewals, event streams.</summary>
    public RateLimit Calls { get; set; } = new() { Burst = 2_000, PerSecond = 300 };

    /// <summary>Calls per address whose signature must be verified.</summary>
    public RateLimit SignedCalls { get; set; } = new() { Burst = 5_000, PerSecond = 300 };

    /// <summary>Deposits of envelopes per address, accepted or not.</summary>
    public RateLimit Deposits { get; set; } = new() { Burst = 2_000, PerSecond = 200 };

    /// <summary>Uploads of files per address, accepted or not.</summary>
    public RateLimit Files { get; set; } = new() { Burst = 200, PerSecond = 2 };

    /// <summary>Registrations and leaves per key, counted after the signature is verified.</summary>
    public RateLimit Identity { get; set; } = new() { Burst = 20, PerSecond = 0.5 };

    /// <summary>Registrations with a join code per address, so that codes cannot be guessed.</summary>
    public RateLimit JoinCodes { get; set; } = new() { Burst = 60, PerSecond = 0.5 };

    /// <summary>Path sessions started per address.</summary>
    public RateLimit Sessions { get; set; } = new() { Burst = 2_000, PerSecond = 50 };

    /// <summary>Path sessions started per key, counted after the signature is verified.</summary>
    public RateLimit SessionsByIdentity { get; set; } = new() { Burst = 256, PerSecond = 4 };

    /// <summary>New names per address.</summary>
    public RateLimit NewNames { get; set; } = new() { Burst = 100, PerSecond = 1 };

    /// <summary>
    /// Registrations of claimed names by their owners, per address. A separate budget, so that an office behind one
    /// address can come back after a restart regardless of what else is sent from there.
    /// </summary>
    public RateLimit Returns { get; set; } = new() { Burst = 2_000, PerSecond = 100 };

    /// <summary>Messages to the STUN server per address, over UDP and TCP together.</summary>
    public RateLimit Stun { get; set; } = new() { Burst = 2_000, PerSecond = 300 };
}

/// <summary>A token bucket.</summary>
public sealed class RateLimit
{
    /// <summary>Calls allowed at once.</summary>
    public int Burst { get; set; }

    /// <summary>Sustained rate, in calls per second.</summary>
    public double PerSecond { get; set; }
}
