namespace P2PChat.Discovery.Configuration;

/// <summary>
/// The configuration section <c>Directory</c>. Times are written <c>d.hh:mm:ss</c>, such as <c>00:00:30</c>.
/// </summary>
public sealed class DirectoryOptions
{
    public const string Section = "Directory";

    /// <summary>
    /// Data directory of a directory without Redis, in a single replica. If empty, it keeps everything in memory.
    /// </summary>
    public string? Data { get; set; }

    /// <summary>
    /// If set, it is required in the header <c>X-P2PChat-Join-Token</c>. Exceptions: health, OpenAPI,
    /// <c>GET /directory</c>, <c>GET /i</c>, keys that have joined with a code, and deposits with a capability.
    /// </summary>
    public string? JoinToken { get; set; }

    /// <summary>
    /// If set, a caller that sends it in the header <c>X-P2PChat-Operator-Key</c> may remove a claim
    /// (<c>DELETE /admin/claims/{username}</c>), and list and remove members (<c>/admin/members</c>). At least 16
    /// characters. If empty, these calls do not exist.
    /// </summary>
    public string? OperatorKey { get; set; }

    /// <summary>
    /// Secret that hides the addresses of claimants, the same for all replicas. At least 16 characters. If empty, the
    /// directory generates one and keeps it in its store, where anyone who can read the store can find it.
    /// </summary>
    public string? ClaimantKey { get; set; }

    /// <summary>How long a peer counts as online after its last renewal.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Average time after which peers are told to renew.</summary>
    public TimeSpan RenewEvery { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Jitter, as a fraction of <see cref="RenewEvery"/>, that spreads renewals.</summary>
    public double RenewJitter { get; set; } = 0.2;

    /// <summary>How long a name stays claimed after its last lease.</summary>
    public TimeSpan Claim { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// How often expired leases are looked for. Lookups and lists notice them at once; the event <c>left</c> waits for
    /// this.
    /// </summary>
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often the store is polled for events when no notification arrives.</summary>
    public TimeSpan PollEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often an idle event stream sends a comment, so that proxies keep it open.</summary>
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Events kept for listeners that resume: per shard (16) with Redis, in total without it.</summary>
    public int EventsKept { get; set; } = 4096;

    /// <summary>
    /// Events buffered per listener. A listener that falls further behind is disconnected, and resumes.
    /// </summary>
    public int EventBuffer { get; set; } = 256;

    /// <summary>Maximum number of open event streams on this replica.</summary>
    public int EventListeners { get; set; } = 10_000;

    /// <summary>Maximum number of open event streams per address on this replica.</summary>
    public int EventListenersPerAddress { get; set; } = 1_000;

    /// <summary>Maximum number of names in a <c>names=</c> filter.</summary>
    public int EventNames { get; set; } = 500;

    /// <summary>Default number of peers per page of <c>GET /peers</c>.</summary>
    public int PageSize { get; set; } = 100;

    /// <summary>Maximum number of peers per page.</summary>
    public int MaxPageSize { get; set; } = 1_000;

    /// <summary>
    /// Maximum number of names per address. Counted without a lock, so simultaneous claims may exceed it slightly.
    /// </summary>
    public int ClaimsPerAddress { get; set; } = 1_000;

    /// <summary>Maximum number of names in total, approximate like <see cref="ClaimsPerAddress"/>.</summary>
    public int ClaimsInTotal { get; set; } = 250_000;

    /// <summary>Maximum size of all files in <c>Directory:Files:Folder</c>, in bytes.</summary>
    public long FilesInTotal { get; set; } = 10L * 1024 * 1024 * 1024;

    /// <summary>Maximum size of a request body, in bytes.</summary>
    public int RegistrationBodyBytes { get; set; } = 8 * 1024;

    /// <summary>Time-out of a call to the store.</summary>
    public TimeSpan StoreTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary><c>Retry-After</c> while the store is unavailable.</summary>
    public TimeSpan StoreRetryAfter { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Peers that a replica keeps in memory for when Redis is unavailable, about 1 KiB each.</summary>
    public int LastKnownPeers { get; set; } = 20_000;

    /// <summary>
    /// Addresses or networks (<c>10.0.0.0/8</c>) of the reverse proxies whose <c>X-Forwarded-For</c> is trusted.
    /// </summary>
    public string[] KnownProxies { get; set; } = [];

    public MailboxOptions Mailbox { get; set; } = new();

    public FileStoreOptions Files { get; set; } = new();

    public RequestBoxOptions RequestBox { get; set; } = new();

    public JoinCodeOptions JoinCodes { get; set; } = new();

    public PathOptions Paths { get; set; } = new();

    public RelayOptions Relay { get; set; } = new();

    public StunOptions Stun { get; set; } = new();

    public RateLimitOptions RateLimits { get; set; } = new();
}
