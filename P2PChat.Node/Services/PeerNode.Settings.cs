using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Services;

/// <content>What the person has chosen, and what others are told of them.</content>
public sealed partial class PeerNode
{
    private volatile bool _away;

    /// <summary>One has changed. Called on any thread.</summary>
    public event Action? SettingsChanged
    {
        add => _context.Preferences.Changed += value;
        remove => _context.Preferences.Changed -= value;
    }

    public IReadOnlyList<Setting> Settings => _context.Preferences.All;

    /// <summary>Chooses a setting, which holds at once. Returns when it is saved.</summary>
    /// <param name="value">Null to have it as the peer was started.</param>
    /// <exception cref="PeerException">There is no such setting, it cannot be that, or it holds but cannot be saved.</exception>
    public void Set(string name, string? value) => Saved(() => _context.Preferences.Choose(name, value));

    /// <summary>
    /// The person has begun to write to a peer, or stopped; told only while a link is open, and if the person wants it told.
    /// </summary>
    /// <exception cref="PeerException">There is no conversation with that peer.</exception>
    public void SetTyping(Username name, bool active)
    {
        var session = Session(name);
        if (_context.Preferences.Typing)
        {
            session.SetTyping(active);
        }
    }

    /// <summary>The person is there, or has gone away; told to all who are connected, if the person wants it told.</summary>
    public void SetAway(bool away)
    {
        _away = away;
        TellPresence();
    }

    // Who wants it told no longer counts as there.
    private void TellPresence()
    {
        foreach (var session in _sessions.All)
        {
            session.SetPresence(_away && _context.Preferences.Presence ? PresenceState.Away : PresenceState.Active);
        }
    }
}
