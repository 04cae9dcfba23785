namespace P2PChat.Discovery.Storage.Local;

/// <summary>The latest events, numbered without gaps.</summary>
internal interface IEventRows
{
    /// <summary>
    /// Number of the newest event. Starts at the time in microseconds, so that numbers increase over restarts.
    /// </summary>
    long Head { get; }

    /// <summary>Number of the oldest event; one more than <see cref="Head"/> if there is none.</summary>
    long Oldest { get; }

    /// <summary>Adds the event that follows <see cref="Head"/>, and drops the oldest if there are too many.</summary>
    void Add(PeerEvent peerEvent);

    /// <summary>Reads events after a number, oldest first.</summary>
    IReadOnlyList<PeerEvent> ReadAfter(long after, int limit);
}
