namespace P2PChat.Discovery.Configuration;

/// <summary>The configuration section <c>Directory:Mailbox</c>.</summary>
public sealed class MailboxOptions
{
    /// <summary>Maximum size of an envelope, in bytes.</summary>
    public int EnvelopeBytes { get; set; } = 128 * 1024;

    /// <summary>Maximum number of envelopes deposited with one capability that wait in a mailbox.</summary>
    public int CapabilityEnvelopes { get; set; } = 512;

    /// <summary>Maximum size of these envelopes, in bytes.</summary>
    public long CapabilityBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Maximum size of all envelopes in a mailbox, in bytes.</summary>
    public long MailboxBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Maximum number of capabilities per mailbox. Each contact has one.</summary>
    public int Capabilities { get; set; } = 4_096;

    /// <summary>How long an envelope waits before it expires.</summary>
    public TimeSpan Kept { get; set; } = TimeSpan.FromDays(14);

    /// <summary>How often expired envelopes are deleted. They are never returned, deleted or not.</summary>
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Default number of envelopes per page.</summary>
    public int PageSize { get; set; } = 64;

    /// <summary>Maximum number of envelopes per page and per delete call.</summary>
    public int MaxPageSize { get; set; } = 256;

    /// <summary>
    /// Maximum size of the envelopes on a page, in bytes. A page holds at least one envelope of any size.
    /// </summary>
    public int PageBytes { get; set; } = 2 * 1024 * 1024;

    /// <summary><c>Retry-After</c> when a quota is used up, because the owner must collect first.</summary>
    public TimeSpan FullRetryAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Maximum number of open signal streams on this replica.</summary>
    public int SignalListeners { get; set; } = 10_000;

    /// <summary>
    /// Maximum number of open signal streams per name on this replica. A new one replaces the oldest.
    /// </summary>
    public int SignalListenersPerName { get; set; } = 4;
}
