namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>
/// Envelopes whose messages wait for a gap to close. Their copies stay in the mailbox until the messages are delivered.
/// </summary>
internal sealed class HeldMail(Inbox inbox, int capacity, IConversationHost host)
{
    private readonly List<Envelope> _envelopes = [];

    /// <summary>Reports that an envelope is done with, now or when its last message is delivered.</summary>
    public MailOutcome Add(long mail, ulong epoch, ulong lastSequence)
    {
        var envelope = new Envelope(mail, epoch, lastSequence);
        if (IsDelivered(envelope))
        {
            host.Emit(new SessionEffect.MailReceived(mail));
            return MailOutcome.Accepted;
        }

        if (_envelopes.Any(held => held.Mail == mail))
        {
            return MailOutcome.Accepted;
        }

        if (_envelopes.Count >= capacity)
        {
            return MailOutcome.TooEarly;
        }

        _envelopes.Add(envelope);
        return MailOutcome.Accepted;
    }

    /// <summary>Reports the envelopes whose messages have been delivered since.</summary>
    public void Release()
    {
        for (var i = 0; i < _envelopes.Count; )
        {
            var envelope = _envelopes[i];
            if (IsDelivered(envelope))
            {
                _envelopes.RemoveAt(i);
                host.Emit(new SessionEffect.MailReceived(envelope.Mail));
            }
            else
            {
                i++;
            }
        }
    }

    private bool IsDelivered(in Envelope envelope) =>
        envelope.Epoch < inbox.Epoch || envelope.LastSequence < inbox.Next;

    private readonly record struct Envelope(long Mail, ulong Epoch, ulong LastSequence);
}
