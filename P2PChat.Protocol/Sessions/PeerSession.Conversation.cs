using Google.Protobuf;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions;

/// <content>What the person, or the mailbox, wants of the conversation.</content>
public sealed partial class PeerSession
{
    /// <summary>Whether there is something that the other side could be told by mail, and has not been.</summary>
    public bool HasMail => IsKnown && Conversation.HasMail;

    /// <summary>
    /// Takes back that the two have accepted each other, and gives up what is not delivered: the next time either asks.
    /// Links stay: <see cref="End"/> ends them.
    /// </summary>
    public void Part() => Parted();

    /// <summary>See <see cref="Conversation.Compose"/>: asks for a <see cref="SessionEffect.Deposit"/>.</summary>
    public bool ComposeMail(int maxBytes)
    {
        var composed = IsKnown && Conversation.Compose(maxBytes);
        return composed;
    }

    /// <summary>The envelope of a <see cref="SessionEffect.Deposit"/> lies in the other's mailbox.</summary>
    public void Deposited(ConversationMail mail)
    {
        Conversation.Deposited(mail);
    }

    /// <summary>See <see cref="Conversation.MailboxesLost"/>.</summary>
    public void MailboxesLost()
    {
        Conversation.MailboxesLost();
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

        var outcome = Conversation.ReceiveMail(mail, frames);
        return outcome;
    }

    /// <summary>Lets the other side leave mail for this one.</summary>
    /// <returns>False if no link is open.</returns>
    public bool GrantMailbox(ReadOnlyMemory<byte> capability)
    {
        if (!IsConnected)
        {
            return false;
        }

        var grant = new MailboxGrant { Capability = UnsafeByteOperations.UnsafeWrap(capability) };
        _effects.Add(new SessionEffect.Transmit(Preferred().Id, new Frame { MailboxGrant = grant }));
        return true;
    }

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
        Conversation.GiveUpAll(GiveUpReason.Refused);
        if (AcceptedAs is null)
        {
            return;
        }

        AcceptedAs = null;
        _effects.Add(new SessionEffect.Store(new Change.Parted()));
    }
}
