namespace P2PChat.Discovery.Mailbox;

/// <summary>The configuration section <c>Directory:Mailbox</c>.</summary>
public sealed class MailboxOptions
{
    /// <summary>Longest envelope in bytes.</summary>
    public int EnvelopeBytes { get; set; } = 128 * 1024;

    /// <summary>Envelopes that wait in one mailbox and came by one capability.</summary>
    public int CapabilityEnvelopes { get; set; } = 512;

    /// <summary>Their bytes.</summary>
    public long CapabilityBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Bytes of all envelopes that wait in one mailbox.</summary>
    public long MailboxBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Capabilities that one mailbox may give out, one a contact.</summary>
    public int Capabilities { get; set; } = 4_096;

    /// <summary>How long an envelope waits before it is given up.</summary>
    public TimeSpan Kept { get; set; } = TimeSpan.FromDays(14);

    /// <summary>How often what was given up is cleared away. Nobody is shown it in the meantime.</summary>
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Envelopes on a page where the caller doesn't say.</summary>
    public int PageSize { get; set; } = 64;

    /// <summary>Most envelopes on a page, and most that are deleted by one call.</summary>
    public int MaxPageSize { get; set; } = 256;

    /// <summary>Bytes of envelopes on a page; one is on it whatever its size.</summary>
    public int PageBytes { get; set; } = 2 * 1024 * 1024;

    /// <summary>What <c>Retry-After</c> says where a quota is used up: its owner has to come and collect.</summary>
    public TimeSpan FullRetryAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Streams of signals open at once on this replica.</summary>
    public int SignalListeners { get; set; } = 10_000;

    /// <summary>Streams of signals open at once for one name on this replica. A further one takes the place of the oldest.</summary>
    public int SignalListenersPerName { get; set; } = 4;
}
