namespace P2PChat.Node.Links;

/// <summary>Timeouts and limits of a link.</summary>
internal sealed record LinkOptions
{
    /// <summary>Silence after which a Ping is sent.</summary>
    public required TimeSpan PingAfter { get; init; }

    /// <summary>Silence after which the link counts as dead.</summary>
    public required TimeSpan DeadAfter { get; init; }

    /// <summary>Silence after which the link counts as dead while a message or a Ping waits for its answer.</summary>
    public required TimeSpan AnswerTimeout { get; init; }

    /// <summary>How long one write may be blocked because the other side does not read.</summary>
    public required TimeSpan WriteTimeout { get; init; }

    /// <summary>How long a probed link may stay silent.</summary>
    public required TimeSpan ProbeTimeout { get; init; }

    /// <summary>Time from our Close until the link must have ended.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Limit on frames that wait to be written.</summary>
    public int QueueFrames { get; init; } = 4096;
}
