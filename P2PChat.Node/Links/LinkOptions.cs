namespace P2PChat.Node.Links;

/// <summary>Times and bounds of a link.</summary>
internal sealed record LinkOptions
{
    /// <summary>Silence after which the other side is asked whether it lives.</summary>
    public required TimeSpan PingAfter { get; init; }

    /// <summary>Silence after which the link counts as dead.</summary>
    public required TimeSpan DeadAfter { get; init; }

    /// <summary>How long the other side may leave what was written unread.</summary>
    public required TimeSpan WriteTimeout { get; init; }

    /// <summary>How long a probed link may stay silent.</summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>From our Close until the other side must have ended.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Frames that wait to be written.</summary>
    public int QueueFrames { get; init; } = 4096;
}
