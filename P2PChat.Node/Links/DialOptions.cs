namespace P2PChat.Node.Links;

/// <summary>Timeouts and limits of a <see cref="DialRace"/>.</summary>
internal sealed record DialOptions
{
    /// <summary>
    /// Connection Attempt Delay: from the start of one attempt to the start of the next (RFC 8305, section 5).
    /// </summary>
    public TimeSpan AttemptDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Resolution Delay: how long a name's IPv4 addresses wait for its IPv6 addresses (RFC 8305, section 3).
    /// </summary>
    public TimeSpan ResolutionDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Time for the lookup of one host name. It exceeds the 5 s after which a resolver asks the next name server
    /// (resolv.conf(5)).
    /// </summary>
    public TimeSpan LookupTimeout { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>Time for one TCP connect.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time for one TLS handshake, after its TCP connect.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time for the whole race, including name resolution.</summary>
    public TimeSpan TotalTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Limit on addresses to try, because a host name in a record may resolve to any number.</summary>
    public int MaxAddresses { get; init; } = 24;
}
