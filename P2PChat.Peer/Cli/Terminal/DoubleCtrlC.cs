namespace P2PChat.Peer.Cli.Terminal;

/// <summary>Recognizes a second Ctrl-C within two seconds. Not thread-safe.</summary>
internal sealed class DoubleCtrlC(TimeProvider timeProvider)
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(2);

    private long? _pressedAt;

    /// <returns>Whether it is the second one.</returns>
    public bool Press()
    {
        if (_pressedAt is { } pressedAt && timeProvider.GetElapsedTime(pressedAt) < Time)
        {
            return true;
        }

        _pressedAt = timeProvider.GetTimestamp();
        return false;
    }

    /// <summary>Forgets the first one, because another key was pressed.</summary>
    public void Reset() => _pressedAt = null;
}
