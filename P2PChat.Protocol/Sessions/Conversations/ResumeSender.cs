using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>Sends Resume frames, which tell the other side what this side sends and what it has received.</summary>
internal sealed class ResumeSender(Outbox outbox, Inbox inbox, ConversationLinks links, IConversationHost host)
{
    public Frame CreateFrame()
    {
        // While messages are missing, the other side must know where they begin.
        var received = inbox.Kept ?? inbox.Position;
        var missing = inbox.Kept is null ? default : inbox.Position;
        return new Frame
        {
            Resume = new Resume
            {
                SendEpoch = outbox.Epoch,
                SendBase = outbox.Base,
                ReceiveEpoch = received.Epoch,
                ReceiveNext = received.Next,
                SendChecksum = outbox.Checksum,
                ReceiveChecksum = inbox.Kept is null ? inbox.Checksum : ItemChecksum.Unknown,
                AcknowledgedEpoch = outbox.Acknowledged.Epoch,
                AcknowledgedNext = outbox.Acknowledged.Next,
                MissingEpoch = missing.Epoch,
                MissingNext = missing.Next,
            },
        };
    }

    public void Send(int link) => host.Emit(new SessionEffect.Transmit(link, CreateFrame()));

    public void SendToAll()
    {
        foreach (var link in links.All)
        {
            Send(link);
        }
    }

    /// <summary>Whether an earlier Resume still says what this side has received and what it is missing.</summary>
    public bool IsCurrent(Resume sent)
    {
        var now = CreateFrame().Resume;
        return (sent.ReceiveEpoch, sent.ReceiveNext, sent.MissingEpoch, sent.MissingNext)
            == (now.ReceiveEpoch, now.ReceiveNext, now.MissingEpoch, now.MissingNext);
    }
}
