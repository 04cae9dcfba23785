namespace P2PChat.Node.Paths;

/// <summary>Timeouts and limits of a <see cref="PathMachine"/>.</summary>
internal sealed record PathOptions
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

    /// <summary>
    /// Time for one TCP connect. It is less than the second after which a kernel sends the SYN again (RFC 6298, section
    /// 2), so that an attempt sends one SYN.
    /// </summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(0.9);

    /// <summary>Time for one TLS handshake, after its TCP connect.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the dialled addresses have before a session is opened.</summary>
    public TimeSpan SessionDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How long one dialled address may stay without any answer, while none has accepted TCP, before a session is
    /// opened. It is longer than most round trips, and leaves time to ask the other peer before
    /// <see cref="SessionDelay"/> is over.
    /// </summary>
    public TimeSpan SilenceDelay { get; init; } = TimeSpan.FromMilliseconds(150);

    /// <summary>Time to open a session, or to post the answer.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long an open session may stay without the callee's answer.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the callee waits for the next try after one has failed.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Time for one simultaneous open with its TLS handshake. The driver ends it after <see cref="ConnectTimeout"/> if
    /// no socket has connected.
    /// </summary>
    public TimeSpan TryTimeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Time to open a relay leg and to authenticate through it.</summary>
    public TimeSpan RelayTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time for the whole run, including name resolution.</summary>
    public TimeSpan TotalTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Limit on addresses to try, because a host name in a record may resolve to any number.</summary>
    public int MaxAddresses { get; init; } = 24;

    /// <summary>Limit on simultaneous opens of one run.</summary>
    public int MaxTries { get; init; } = 3;
}
