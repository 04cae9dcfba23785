using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Protocol.Sessions;

/// <summary>The other side's name, and whether the two have accepted each other under it.</summary>
internal sealed class ContactState(Username? acceptedAs, SessionEffectQueue effects)
{
    /// <inheritdoc cref="PeerSession.RemoteName"/>
    public Username? Name { get; set; } = acceptedAs;

    /// <inheritdoc cref="PeerSession.AcceptedAs"/>
    public Username? AcceptedAs { get; private set; } = acceptedAs;

    /// <summary>Records that the two have accepted each other under <see cref="Name"/>.</summary>
    /// <param name="inviteId">The id of this side's invite that the other side has used; empty if none.</param>
    public void Accept(ReadOnlyMemory<byte> inviteId = default)
    {
        if (AcceptedAs == Name)
        {
            return;
        }

        AcceptedAs = Name;
        effects.Add(new SessionEffect.Store(new Change.Accepted(Name!.Value, inviteId)));
    }

    /// <inheritdoc cref="PeerSession.RemoveContact"/>
    public void Remove(Conversation conversation)
    {
        // The contact is removed last, so that after a crash in between all of it is done again.
        conversation.AbandonAll(AbandonReason.Refused);
        if (AcceptedAs is null)
        {
            return;
        }

        AcceptedAs = null;
        effects.Add(new SessionEffect.Store(new Change.ContactRemoved()));
    }
}
