using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Services;

/// <summary>Decides who is blocked, and ends the sessions of blocked peers.</summary>
internal sealed class BlockPolicy
{
    private readonly Contacts _contacts;
    private readonly SessionTable _sessions;
    private readonly PeerStore _store;

    public BlockPolicy(Contacts contacts, SessionTable sessions, PeerStore store)
    {
        (_contacts, _sessions, _store) = (contacts, sessions, store);
        contacts.BlockChanged += OnBlockChanged;
    }

    /// <summary>Returns whether the name is blocked, or the key of the session under that name.</summary>
    public bool IsBlocked(Username name) =>
        _contacts.IsBlocked(name) || (_sessions.Find(name) is { } session && _contacts.IsBlocked(name, session.Remote));

    public bool IsBlocked(Username name, PeerId peerId) => _contacts.IsBlocked(name, peerId);

    /// <exception cref="PeerException">The peer is blocked.</exception>
    public void ThrowIfBlocked(Username name)
    {
        if (IsBlocked(name))
        {
            throw new PeerException(PeerError.Blocked, $"{name} is blocked. Unblock {name} first.");
        }
    }

    /// <summary>Ends the session of a peer that was blocked while it was being looked up.</summary>
    /// <exception cref="PeerException">The peer is blocked.</exception>
    public void EndIfBlocked(Username name)
    {
        if (!IsBlocked(name))
        {
            return;
        }

        _ = _sessions.Find(name)?.Lifecycle.RemoveContact();
        ThrowIfBlocked(name);
    }

    // Unblocking restores nothing: both peers are strangers the next time they connect.
    private void OnBlockChanged(Username name, PeerId peerId, bool blocked)
    {
        if (blocked)
        {
            EndSessions(name, peerId);
        }
    }

    private void EndSessions(Username name, PeerId peerId)
    {
        var ended = _sessions.All.Where(session => session.Remote == peerId || session.Name == name).ToList();
        foreach (var session in ended)
        {
            session.Lifecycle.RemoveContact();
        }

        // The store may know an accepted peer without a session in memory.
        if (SessionTable.Guard(() => _store.Conversations.AcceptedName(peerId)) is not null)
        {
            _sessions.Use(peerId, session => session.Lifecycle.RemoveContact());
        }

        if (_sessions.Find(name) is { } found && !ended.Contains(found))
        {
            _ = found.Lifecycle.RemoveContact();
        }
    }
}
