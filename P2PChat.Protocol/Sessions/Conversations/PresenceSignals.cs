using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>
/// Typing and presence of both persons. Sent only on links of contacts, and never stored. What changes while the two
/// are not contacts is sent on the first link on which they are.
/// </summary>
internal sealed class PresenceSignals(ConversationLinks links, IConversationHost host)
{
    private PresenceState _ours = PresenceState.Active;
    private PresenceState _theirs = PresenceState.Active;
    private bool _theyType;

    public void SetTyping(bool active)
    {
        if (links.Current is { } link)
        {
            host.Emit(new SessionEffect.Transmit(link, new Frame { Typing = new Typing { Active = active } }));
        }
    }

    public void SetPresence(PresenceState state)
    {
        if (state == _ours)
        {
            return;
        }

        _ours = state;
        if (!host.IsForRooms && links.Current is { } link)
        {
            Transmit(link);
        }
    }

    /// <summary>Repeats this side's presence on a new link, unless it is the default.</summary>
    public void RepeatPresence(int link)
    {
        if (_ours != PresenceState.Active)
        {
            Transmit(link);
        }
    }

    public void OnTyping(Typing typing)
    {
        if (typing.Active != _theyType)
        {
            _theyType = typing.Active;
            host.Emit(new SessionEffect.Typing(typing.Active));
        }
    }

    public void OnPresence(Presence presence)
    {
        if (presence.State is PresenceState.Active or PresenceState.Away && presence.State != _theirs)
        {
            _theirs = presence.State;
            host.Emit(new SessionEffect.Presence(presence.State));
        }
    }

    /// <summary>Forgets what the other side signalled, when the last link has ended.</summary>
    public void Reset() => (_theyType, _theirs) = (false, PresenceState.Active);

    private void Transmit(int link) =>
        host.Emit(new SessionEffect.Transmit(link, new Frame { Presence = new Presence { State = _ours } }));
}
