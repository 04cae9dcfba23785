namespace P2PChat.Node.Timing;

/// <summary>The loops of a peer that wait for deadlines of sessions and links. Thread-safe.</summary>
internal sealed class PeerTimers(TimeProvider clock)
{
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(200);

    /// <summary>For timeouts.</summary>
    public WakeTimer Timeouts { get; } = new(clock, Rest);

    /// <summary>For mail to deposit.</summary>
    public WakeTimer Mail { get; } = new(clock, Rest);

    /// <summary>A session has changed.</summary>
    public void Signal()
    {
        Timeouts.Signal();
        Mail.Signal();
    }
}
