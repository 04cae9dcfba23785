using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Invites;

/// <summary>
/// Limits how many wrong invites a peer may send: after a few in a minute, its invites are not checked. Thread-safe.
/// </summary>
internal sealed class InviteGuesses(TimeProvider timeProvider)
{
    public const int MaxPerPeer = 3;

    // Each key needs a name in the directory, so this many within a minute are not expected.
    private const int MaxRemembered = 1024;

    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Queue<(PeerId Key, long At)> _wrong = new();

    /// <summary>Whether the peer may not guess again yet.</summary>
    public bool IsLimited(PeerId key)
    {
        lock (_gate)
        {
            RemoveExpired();
            return _wrong.Count(guess => guess.Key == key) >= MaxPerPeer;
        }
    }

    public void OnWrong(PeerId key)
    {
        lock (_gate)
        {
            RemoveExpired();
            if (_wrong.Count == MaxRemembered)
            {
                _ = _wrong.Dequeue();
            }

            _wrong.Enqueue((key, timeProvider.GetTimestamp()));
        }
    }

    private void RemoveExpired()
    {
        while (_wrong.TryPeek(out var oldest) && timeProvider.GetElapsedTime(oldest.At) >= Period)
        {
            _ = _wrong.Dequeue();
        }
    }
}
