namespace P2PChat.Node.Timing;

/// <summary>Wakes the loops of a peer that wait for the deadlines of sessions and links. Thread-safe.</summary>
internal sealed class PeerTimers(TimeProvider timeProvider)
{
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(200);

    /// <summary>For timeouts.</summary>
    public WakeTimer Timeouts { get; } = new(timeProvider, Rest);

    /// <summary>For mail to deposit.</summary>
    public WakeTimer Mail { get; } = new(timeProvider, Rest);

    /// <summary>Call it when a session has changed.</summary>
    public void Signal()
    {
        Timeouts.Signal();
        Mail.Signal();
    }
}
