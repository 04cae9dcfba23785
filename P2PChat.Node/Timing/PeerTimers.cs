namespace P2PChat.Node.Timing;

/// <summary>The timers of the loops that check the deadlines of sessions and links. Thread-safe.</summary>
internal sealed class PeerTimers(TimeProvider timeProvider)
{
    private static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>Timeouts of sessions and links.</summary>
    public WakeTimer Timeouts { get; } = new(timeProvider, MinInterval);

    /// <summary>Mail to deposit.</summary>
    public WakeTimer Mail { get; } = new(timeProvider, MinInterval);

    /// <summary>Copies of files at the directory.</summary>
    public WakeTimer Copies { get; } = new(timeProvider, MinInterval);

    /// <summary>Call it when a session has changed.</summary>
    public void Signal()
    {
        Timeouts.Signal();
        Mail.Signal();
        Copies.Signal();
    }
}
