namespace P2PChat.Node.DirectoryClient;

/// <summary>
/// Tells from this peer's leases whether another copy of it registers with the same key: each registration takes the lease
/// of the other. All times are the directory's. No input or output of its own; not thread-safe.
/// </summary>
internal sealed class CopyWatch
{
    private DateTimeOffset _endsAt;

    // Leases in a row that were taken before they ended. The answer to a registration may have been lost once.
    private int _timesTaken;

    public bool HasCopy => _timesTaken > 1;

    public void Renewed(DateTimeOffset endsAt) => (_endsAt, _timesTaken) = (endsAt, 0);

    /// <param name="wasLost">Whether the directory no longer knew the last lease.</param>
    /// <param name="isNew">Whether it did not know the name either.</param>
    /// <param name="now">Null if it is not known.</param>
    public void Registered(bool wasLost, bool isNew, DateTimeOffset? now, DateTimeOffset endsAt)
    {
        // A lease that has ended was not taken: the machine slept, or the directory was away.
        var wasTaken = wasLost && !isNew && !(now >= _endsAt);
        (_endsAt, _timesTaken) = (endsAt, wasTaken ? _timesTaken + 1 : 0);
    }
}
