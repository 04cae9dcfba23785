using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions;

/// <summary>
/// Decides by the handshakes of links whether the two are contacts, or talk only because both are members of a room.
/// </summary>
internal sealed class LinkRelation(
    LinkSet links,
    ContactState contact,
    ConnectAttempt attempt,
    Conversation conversation,
    SessionEffectQueue effects
)
{
    private bool _isConnectedAsContact;

    public static bool IsSameKind(SessionLink one, SessionLink other) =>
        one.Handshake.IsAskedForRooms == other.Handshake.IsAskedForRooms;

    /// <summary>
    /// Whether a request is accepted at once. Two that cross are accepted by both sides, and a second link needs no
    /// second accept. One for more than the present relation, or for less, needs a decision.
    /// </summary>
    public bool NeedsNoDecision(Request request) =>
        links.HasOpen
            ? request.ForRooms == contact.IsForRooms
            : attempt.IsInProgress && request.ForRooms == attempt.IsForRooms;

    /// <summary>
    /// Whether a link for rooms began before the other side knew of the contact. Otherwise it shows that the other side
    /// has removed the contact.
    /// </summary>
    public bool IsOutdated(SessionLink link) =>
        link.Handshake.IsForRooms && contact.IsContact && (links.HasOpen || contact.IsUnconfirmed);

    /// <summary>Ends the search for a member that becomes a contact.</summary>
    /// <returns>The links for rooms, the conversation's last, as in <see cref="PeerSession.End"/>.</returns>
    public IReadOnlyList<SessionLink> EndForRooms()
    {
        if (contact.IsContact)
        {
            return [];
        }

        if (attempt.IsForRooms)
        {
            attempt.End();
        }

        return
        [
            .. links.All.Where(link => link.Handshake.IsForRooms).OrderBy(link => link.Id == conversation.CurrentLink),
        ];
    }

    public void OnRejected(SessionLink link, RejectReason reason)
    {
        // A member of a room may not know of it yet, and is asked again.
        if (link.Handshake.AsksForRooms)
        {
            if (attempt.IsForRooms)
            {
                attempt.End();
            }

            return;
        }

        attempt.End();
        // Outdated if another link has been accepted meanwhile.
        if (links.HasOpen && contact.IsContact)
        {
            return;
        }

        if (reason != RejectReason.Busy && !contact.IsForRooms)
        {
            contact.Remove(conversation);
        }

        effects.Add(new SessionEffect.Rejected(reason));
    }

    /// <summary>Both sides have accepted each other on a link.</summary>
    public void Accept(SessionLink link)
    {
        var isForRooms = link.Handshake.IsForRooms;
        if (isForRooms && contact.IsContact)
        {
            // The other side has removed this contact. It takes no messages, so none may wait for it.
            contact.Remove(conversation);
            effects.Add(new SessionEffect.ContactLost(contact.Name!.Value));
        }

        contact.Accept(isForRooms: isForRooms);
    }

    /// <summary>A link is about to open.</summary>
    /// <returns>Whether it is the first one, or the first one of another relation.</returns>
    public bool OnOpening(SessionLink link)
    {
        var isFirst = !links.HasOpen;
        // What the user asks for goes on while the two talk for a room.
        if (!link.Handshake.IsForRooms || attempt.IsForRooms)
        {
            attempt.End();
        }

        Accept(link);
        var isChanged = !isFirst && _isConnectedAsContact != contact.IsContact;
        _isConnectedAsContact = contact.IsContact;
        if (isChanged)
        {
            CloseEarlier();
        }

        return isFirst || isChanged;
    }

    // What goes over them would be read as before the change.
    private void CloseEarlier()
    {
        foreach (var earlier in links.Open.ToList())
        {
            effects.Add(new SessionEffect.Close(earlier.Id, CloseReason.Duplicate));
            _ = earlier.Handshake.End(CloseReason.Duplicate);
            links.Remove(earlier);
            conversation.LinkClosed(earlier.Id);
        }
    }
}
