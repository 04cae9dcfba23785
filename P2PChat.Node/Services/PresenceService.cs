using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Services;

/// <summary>
/// Tells connected peers whether the user is typing or away, if the settings allow it. Thread-safe.
/// </summary>
public sealed class PresenceService
{
    private readonly SessionTable _sessions;
    private readonly Preferences _preferences;
    private volatile bool _isAway;

    internal PresenceService(SessionTable sessions, Preferences preferences)
    {
        (_sessions, _preferences) = (sessions, preferences);
        preferences.Changed += Publish;
    }

    /// <summary>Tells a peer that the user has started or stopped typing. Does nothing without a link.</summary>
    /// <exception cref="PeerException">There is no conversation with that peer.</exception>
    public void SetTyping(Username name, bool active)
    {
        var session = _sessions.Find(name) ?? throw Refusals.NoConversation(name);
        if (_preferences.Typing)
        {
            session.SetTyping(active);
        }
    }

    /// <summary>Tells all connected peers that the user is away or back.</summary>
    public void SetAway(bool away)
    {
        _isAway = away;
        Publish();
    }

    // With presence disabled the user counts as active.
    private void Publish()
    {
        foreach (var session in _sessions.All)
        {
            session.SetPresence(_isAway && _preferences.Presence ? PresenceState.Away : PresenceState.Active);
        }
    }
}
