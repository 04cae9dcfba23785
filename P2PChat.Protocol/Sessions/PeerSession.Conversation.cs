using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions;

/// <content>What the person, or the mailbox, wants of the conversation.</content>
public sealed partial class PeerSession
{
    /// <summary>Whether there is something that the other side could be told by mail, and has not been.</summary>
    public bool HasMail => IsKnown && _conversation.HasMail;

    /// <summary>Queues a message. It goes out when a link is open.</summary>
    public SendOutcome Send(OutgoingMessage message)
    {
        var outcome = _conversation.Send(message, _fromConversation);
        ApplyConversation();
        return outcome;
    }

    /// <summary>Takes back a message that is not acknowledged.</summary>
    /// <returns>False if it is, or not known.</returns>
    public bool GiveUp(Guid id)
    {
        var found = _conversation.GiveUp(id, GiveUpReason.TakenBack, _fromConversation);
        ApplyConversation();
        return found;
    }

    /// <summary>See <see cref="Conversation.MarkRead"/>.</summary>
    public bool MarkRead(ulong epoch, ulong next)
    {
        var moved = _conversation.MarkRead(epoch, next, _fromConversation);
        ApplyConversation();
        return moved;
    }

    /// <summary>This side's person has begun to write, or stopped.</summary>
    public void SetTyping(bool active)
    {
        _conversation.SetTyping(active, _fromConversation);
        ApplyConversation();
    }

    /// <summary>This side's person is there, or has gone away.</summary>
    public void SetPresence(PresenceState state)
    {
        _conversation.SetPresence(state, _fromConversation);
        ApplyConversation();
    }

    /// <summary>See <see cref="Conversation.BeginEpoch"/>.</summary>
    public void BeginEpoch(ulong epoch)
    {
        _conversation.BeginEpoch(epoch, _fromConversation);
        ApplyConversation();
    }

    /// <summary>
    /// Takes back that the two have accepted each other, and gives up what is not delivered: the next time either asks.
    /// Links stay: <see cref="End"/> ends them.
    /// </summary>
    public void Part() => Parted();

    /// <summary>See <see cref="Conversation.Compose"/>: asks for a <see cref="SessionEffect.Deposit"/>.</summary>
    public bool ComposeMail(int maxBytes)
    {
        var composed = IsKnown && _conversation.Compose(maxBytes, _fromConversation);
        ApplyConversation();
        return composed;
    }

    /// <summary>The envelope of a <see cref="SessionEffect.Deposit"/> lies in the other's mailbox.</summary>
    public void Deposited(ConversationMail mail)
    {
        _conversation.Deposited(mail, _fromConversation);
        ApplyConversation();
    }

    /// <summary>See <see cref="Conversation.MailboxesLost"/>.</summary>
    public void MailboxesLost()
    {
        _conversation.MailboxesLost(_fromConversation);
        ApplyConversation();
    }

    /// <summary>Takes the frames of an envelope whose sender has been made sure of.</summary>
    /// <param name="mail">The caller's number for it; the same one if it is brought again.</param>
    /// <returns><see cref="MailOutcome.Bad"/> too where the two have not accepted each other.</returns>
    public MailOutcome ReceiveMail(long mail, IReadOnlyList<Frame> frames)
    {
        if (!IsKnown)
        {
            return MailOutcome.Bad;
        }

        var outcome = _conversation.ReceiveMail(mail, frames, _fromConversation);
        ApplyConversation();
        return outcome;
    }

    /// <summary>See <see cref="Conversation.Recalled"/>: answers a <see cref="SessionEffect.Recall"/>.</summary>
    public void Recalled(SessionEffect.Recall asked, IReadOnlyList<OutgoingMessage> messages, IReadOnlyList<Guid> lost)
    {
        _conversation.Recalled(asked, messages, lost, _fromConversation);
        ApplyConversation();
    }

    /// <summary>See <see cref="Conversation.NotRecalled"/>.</summary>
    public void NotRecalled(SessionEffect.Recall asked) => _conversation.NotRecalled(asked);

    private void Accepted()
    {
        if (AcceptedAs == RemoteName)
        {
            return;
        }

        AcceptedAs = RemoteName;
        _effects.Add(new SessionEffect.Store(new Change.Accepted(RemoteName!.Value)));
    }

    // Last of all: while a crash leaves a message to be given up, they are still contacts, and it is done again.
    private void Parted()
    {
        _conversation.GiveUpAll(GiveUpReason.Refused, _fromConversation);
        ApplyConversation();
        if (AcceptedAs is null)
        {
            return;
        }

        AcceptedAs = null;
        _effects.Add(new SessionEffect.Store(new Change.Parted()));
    }
}
