namespace P2PChat.Discovery.Configuration;

/// <summary>
/// The configuration section <c>Directory:Paths</c>: limits on path sessions. Each replica counts by itself.
/// </summary>
public sealed class PathOptions
{
    /// <summary>How long a session and its tokens are valid.</summary>
    public TimeSpan Kept { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Maximum number of open sessions that one peer has started with the same other peer.</summary>
    public int SessionsPerPair { get; set; } = 8;

    /// <summary>Maximum number of open sessions that one peer has started.</summary>
    public int SessionsPerIdentity { get; set; } = 256;

    /// <summary>Maximum number of open sessions that all other peers have started with one peer.</summary>
    public int SessionsPerCallee { get; set; } = 128;

    /// <summary>Maximum number of open sessions with one peer that were started from one address.</summary>
    public int SessionsPerCalleeAndAddress { get; set; } = 32;

    /// <summary>Maximum number of open sessions that were started from one address.</summary>
    public int SessionsPerAddress { get; set; } = 2_000;

    /// <summary>Maximum number of open sessions, about 4 KiB each until they are answered.</summary>
    public int SessionsInTotal { get; set; } = 10_000;

    /// <summary>Signals buffered per signal stream. The oldest are dropped.</summary>
    public int SignalBuffer { get; set; } = 64;
}
