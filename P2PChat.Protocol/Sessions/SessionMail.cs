using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions;

/// <summary>The mail of a session: its introduction, and the conversation's messages while there is no link.</summary>
internal sealed class SessionMail(Username selfName, ContactState contact, LinkLifecycle lifecycle)
{
    private Conversation Conversation => lifecycle.Conversation;

    /// <inheritdoc cref="PeerSession.HasMail"/>
    public bool HasMail => contact.AcceptedAs is not null && (Conversation.Mail.HasMail || contact.IsIntroductionOwed);

    /// <inheritdoc cref="PeerSession.AcceptByMail"/>
    public bool Accept(
        Username name,
        MailIntroduction introduction,
        ReadOnlyMemory<byte> capability,
        ReadOnlyMemory<byte> inviteId,
        bool isConnected
    )
    {
        if (lifecycle.IsNamed && name != contact.Name)
        {
            return false;
        }

        contact.Name = name;
        // On an open link the other side has accepted, and grants. The invite of a link may be revoked or forged.
        if (introduction != MailIntroduction.Request || !isConnected || !contact.IsContact)
        {
            lifecycle.EndForRooms();
            contact.AcceptByMail(introduction, capability, inviteId);
        }

        return true;
    }

    /// <inheritdoc cref="PeerSession.ComposeMail"/>
    public bool Compose(int maxBytes, Request? request, ReadOnlyMemory<byte> grant) =>
        HasMail
        && Conversation.Mail.Compose(
            maxBytes,
            contact.CreateHead(request ?? new Request { Username = selfName.Value }, grant)
        );

    /// <inheritdoc cref="PeerSession.Deposited"/>
    public void OnDeposited(ConversationMail mail)
    {
        ArgumentNullException.ThrowIfNull(mail);
        if (Conversation.Mail.OnDeposited(mail))
        {
            contact.OnDeposited(mail);
        }
    }

    /// <inheritdoc cref="PeerSession.MailboxesLost"/>
    public void OnMailboxesLost()
    {
        contact.OnMailboxesLost();
        Conversation.Mail.OnMailboxesLost();
    }

    /// <inheritdoc cref="PeerSession.ReceiveMail"/>
    public MailOutcome Receive(long mail, IReadOnlyList<Frame> frames)
    {
        ArgumentNullException.ThrowIfNull(frames);
        return contact.ReceiveMail(mail, frames, Conversation);
    }
}
