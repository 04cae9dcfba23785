namespace P2PChat.Discovery.Configuration;

/// <summary>
/// The configuration section <c>Directory:Relay</c>. Each replica counts by itself. A session that reaches a limit
/// ends, and its peers may start another one without losing a message.
/// </summary>
public sealed class RelayOptions
{
    /// <summary>Whether the directory relays between peers that cannot connect directly.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>
    /// Where the other replicas reach this one, such as <c>http://10.0.0.7:8080</c>. If empty, it is the address that
    /// this replica listens on; if that is every address, the one from which it reaches Redis.
    /// </summary>
    public string? InternalAddress { get; set; }

    /// <summary>How long the first peer of a session waits for the second.</summary>
    public TimeSpan Wait { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a session may carry nothing. Peers send something every 15 s.</summary>
    public TimeSpan Idle { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Maximum duration of a session.</summary>
    public TimeSpan Duration { get; set; } = TimeSpan.FromHours(6);

    /// <summary>Maximum number of bytes in both directions of a session; 0 for no limit.</summary>
    public long BytesPerSession { get; set; } = 1024 * 1024 * 1024;

    /// <summary>Maximum rate of each direction of a session, in bytes per second; 0 for no limit.</summary>
    public long BytesPerSecond { get; set; } = 4 * 1024 * 1024;

    /// <summary>Maximum number of sessions in which one peer takes part.</summary>
    public int SessionsPerIdentity { get; set; } = 128;

    /// <summary>Maximum number of open relay legs from one address.</summary>
    public int SessionsPerAddress { get; set; } = 1_000;

    /// <summary>Maximum number of sessions.</summary>
    public int SessionsInTotal { get; set; } = 2_000;
}
