using P2PChat.Node.Identity;
using P2PChat.Node.Invites;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Warns the user of keys that claim a name of another key. Peers with other keys may appear often, so each is reported
/// at most once per minute, and only a few per name. Thread-safe.
/// </summary>
internal sealed class NameWarnings(Contacts contacts, JoinedInvites joined, EventLog events, TimeProvider steadyClock)
{
    private const int MaxRemembered = 10_000;
    private const int MaxPerName = 3;

    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();

    // Both guarded by _gate.
    private readonly Dictionary<(Username Name, PeerId Key), DateTimeOffset> _keyChanges = [];
    private readonly Dictionary<(Username Name, PeerId Key), DateTimeOffset> _claims = [];

    /// <summary>A peer uses a name that is pinned to another key.</summary>
    public void OnKeyChanged(Username name, PeerId key)
    {
        if (joined.IsPending(name))
        {
            // The user cannot trust that key: nobody but the inviter can say which is right.
            joined.OnMismatch(name, key);
            if (TryReport(_keyChanges, name, key))
            {
                events.Add(new PeerEvent.InviterKeyChanged(name, key));
            }
        }
        else if (TryReport(_keyChanges, name, key))
        {
            contacts.NoteOtherKey(name, key);
            events.Add(new PeerEvent.KeyChanged(name, key));
        }
    }

    /// <summary>A peer with another key claims the name of a connected peer.</summary>
    public void OnNameClaimed(Username name, PeerId key)
    {
        if (TryReport(_claims, name, key))
        {
            events.Add(new PeerEvent.NameClaimed(name, key));
        }
    }

    private bool TryReport(Dictionary<(Username Name, PeerId Key), DateTimeOffset> reported, Username name, PeerId key)
    {
        var now = steadyClock.GetUtcNow();
        lock (_gate)
        {
            if (reported.TryGetValue((name, key), out var last) && now - last < Period)
            {
                return false;
            }

            if (
                reported.Count(other => other.Key.Name == name && other.Key.Key != key && now - other.Value < Period)
                >= MaxPerName
            )
            {
                return false;
            }

            if (reported.Count >= MaxRemembered)
            {
                reported.Clear();
            }

            reported[(name, key)] = now;
            return true;
        }
    }
}
