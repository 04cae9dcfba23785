using P2PChat.Discovery.Mailbox;
using P2PChat.Discovery.RateLimits;

namespace P2PChat.Discovery;

/// <summary>The configuration section <c>Directory</c>. Times are written as <c>d.hh:mm:ss</c>, for instance <c>00:00:30</c>.</summary>
public sealed class DirectoryOptions
{
    public const string Section = "Directory";

    /// <summary>When set, each call but health and OpenAPI must bring it in the header <c>X-P2PChat-Join-Token</c>.</summary>
    public string? JoinToken { get; set; }

    /// <summary>
    /// When set, whoever brings it in the header <c>X-P2PChat-Operator-Key</c> may remove a claim
    /// (<c>DELETE /admin/claims/{username}</c>). At least 16 characters; empty: nobody may.
    /// </summary>
    public string? OperatorKey { get; set; }

    /// <summary>
    /// Secret that hides the addresses of claimants, the same for all replicas. At least 16 characters. If it is
    /// empty, the directory makes one and keeps it in its store, where a reader of the store can find it.
    /// </summary>
    public string? ClaimantKey { get; set; }

    /// <summary>How long a peer counts as online after it was last heard of.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>When peers are told to renew, on average.</summary>
    public TimeSpan RenewEvery { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>By which part of <see cref="RenewEvery"/> each answer differs from it, so that a herd spreads out.</summary>
    public double RenewJitter { get; set; } = 0.2;

    /// <summary>How long after its last lease a name stays its owner's.</summary>
    public TimeSpan Claim { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How often expired leases are looked for. Lookups and lists don't wait for it, the event <c>left</c> does.</summary>
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often new events are asked for where no wake-up came.</summary>
    public TimeSpan PollEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often a silent event stream sends a comment, so that proxies keep it open.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Events kept for a listener that comes back: in each of 16 shards with Redis, in all without.</summary>
    public int EventsKept { get; set; } = 4096;

    /// <summary>Events that wait for one listener. One that falls further behind is cut off, and resumes.</summary>
    public int EventBuffer { get; set; } = 256;

    /// <summary>Event streams open at once on this replica.</summary>
    public int EventListeners { get; set; } = 10_000;

    /// <summary>Event streams open at once from one address on this replica.</summary>
    public int EventListenersPerAddress { get; set; } = 1_000;

    /// <summary>Names that a <c>names=</c> filter may hold.</summary>
    public int EventNames { get; set; } = 500;

    /// <summary>Peers on a page of <c>GET /peers</c> where the caller doesn't say.</summary>
    public int PageSize { get; set; } = 100;

    /// <summary>Most peers on a page.</summary>
    public int MaxPageSize { get; set; } = 1_000;

    /// <summary>Names claimed from one address. Counted without a lock: registrations at the same moment may pass it by a few.</summary>
    public int ClaimsPerAddress { get; set; } = 1_000;

    /// <summary>Names claimed in all; approximate as <see cref="ClaimsPerAddress"/> is.</summary>
    public int ClaimsInTotal { get; set; } = 250_000;

    /// <summary>Longest request body in bytes.</summary>
    public int RegistrationBodyBytes { get; set; } = 8 * 1024;

    /// <summary>How long the store may take for one call.</summary>
    public TimeSpan StoreTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>What <c>Retry-After</c> says while the store is away.</summary>
    public TimeSpan StoreRetryAfter { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Peers that a replica remembers for the time when Redis is away, about 1 KiB each.</summary>
    public int LastKnownPeers { get; set; } = 20_000;

    /// <summary>
    /// Addresses or networks (<c>10.0.0.0/8</c>) of reverse proxies whose <c>X-Forwarded-For</c> is believed. Empty: nobody's.
    /// </summary>
    public string[] KnownProxies { get; set; } = [];

    public MailboxOptions Mailbox { get; set; } = new();

    public RateLimitOptions RateLimits { get; set; } = new();
}
