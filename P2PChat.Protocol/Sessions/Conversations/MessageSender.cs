using P2PChat.Protocol.Content;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>
/// Sends messages on the current link as the window allows, and abandons those that will not be delivered.
/// </summary>
internal sealed class MessageSender(
    Outbox outbox,
    CopyRecovery recovery,
    ConversationLinks links,
    ConversationOptions options,
    IConversationHost host
)
{
    /// <summary>The number of deletes that have been queued since the start.</summary>
    public long DeletesSent { get; private set; }

    /// <summary>
    /// Queues a message, and transmits it if a link and the window allow. A delete erases the deleted text from the
    /// outbox.
    /// </summary>
    public SendOutcome Send(OutgoingMessage message)
    {
        var bytes = message.Bytes;
        if (message.Text.Length == 0 || bytes > ConversationOptions.MaxTextBytes)
        {
            return SendOutcome.BadText;
        }

        var delete = message.Content as MessageContent.Delete;
        if (delete is null ? !outbox.HasRoomFor(bytes) : !outbox.HasRoomForDelete)
        {
            return SendOutcome.OutboxFull;
        }

        if (TextEraser.IsForErased(outbox, message.Content))
        {
            return SendOutcome.TargetDeleted;
        }

        DeletesSent += delete is null ? 0 : 1;
        var cleared = delete is null ? [] : TextEraser.Erase(outbox, delete.Id);
        var sequence = outbox.Add(message, bytes);
        // All earlier messages that may be sent have been, so either this one is next or none is.
        var sent = links.Current is null || recovery.IsSurpassed ? null : outbox.TryTransmit(out _, out _);
        host.Emit(
            new SessionEffect.Store(
                new Change.Queued(outbox.Epoch, sequence, message, Sent: sent is not null) { Cleared = cleared }
            )
        );
        if (sent is { } frame)
        {
            host.Emit(new SessionEffect.Transmit(links.Current!.Value, frame));
        }

        return SendOutcome.Queued;
    }

    /// <inheritdoc cref="Conversation.Erase"/>
    public void Erase(Func<RoomEventId, bool> isDeleted)
    {
        var cleared = TextEraser.Erase(outbox, isDeleted);
        if (cleared.Count > 0)
        {
            host.Emit(new SessionEffect.Store(new Change.TextsCleared(cleared)));
        }
    }

    /// <summary>Abandons a message, and tells the other side not to wait for it.</summary>
    /// <returns>False if the message is acknowledged or unknown.</returns>
    public bool Abandon(Guid id, AbandonReason reason)
    {
        if (outbox.Abandon(id, out var sequence, out var wasSent) is not { } message)
        {
            return false;
        }

        if (reason == AbandonReason.Expired && wasSent)
        {
            reason = AbandonReason.Unconfirmed;
        }

        var skipsAtOnce = links.Current is not null && outbox.IsInFlight(sequence);
        var mayBeDelivered = reason == AbandonReason.Unconfirmed && !skipsAtOnce;
        if (mayBeDelivered)
        {
            outbox.MarkMayBeDelivered(sequence);
        }

        host.Emit(new SessionEffect.Store(new Change.Abandoned(outbox.Epoch, sequence, id, reason, mayBeDelivered)));
        host.Emit(new SessionEffect.Abandoned(message, reason));
        if (skipsAtOnce && !recovery.IsSurpassed)
        {
            host.Emit(new SessionEffect.Transmit(links.Current!.Value, outbox.FrameOf(sequence)));
        }

        TransmitPending();
        return true;
    }

    /// <summary>Abandons all unacknowledged messages.</summary>
    public void AbandonAll(AbandonReason reason)
    {
        // Lost messages that the store finds later must not be sent again.
        recovery.ForgetLost();
        foreach (var message in outbox.Messages.ToList())
        {
            _ = Abandon(message.Id, reason);
        }

        DropLeadingSkips();
    }

    /// <summary>Abandons the messages that are older than <see cref="ConversationOptions.Expiry"/>.</summary>
    public void Expire(TimeReading now)
    {
        // Any message may have expired, because a clock that is set back makes a later message the older one.
        var expired = outbox.Messages.Where(message => message.AgeAt(now) >= options.Expiry).ToList();
        foreach (var message in expired)
        {
            _ = Abandon(message.Id, AbandonReason.Expired);
        }

        if (expired.Count > 0)
        {
            DropLeadingSkips();
        }
    }

    /// <summary>Transmits what the window allows on the current link.</summary>
    public void TransmitPending()
    {
        // An older copy of this side must not send: it would reuse sequences of the epoch that it has forgotten.
        if (links.Current is not { } link || recovery.IsSurpassed)
        {
            return;
        }

        var (from, to, sent) = (0UL, 0UL, default(List<OutgoingMessage>));
        while (outbox.TryTransmit(out var sequence, out var first) is { } frame)
        {
            StoreSkipSent(sequence);
            host.Emit(new SessionEffect.Transmit(link, frame));
            if (first is null)
            {
                continue;
            }

            (from, to) = (from == 0 ? sequence : from, sequence + 1);
            (sent ??= []).Add(first);
        }

        if (sent is not null)
        {
            StoreTransmitted(from, to, deposited: false, sent);
        }
    }

    /// <summary>Records that a Skip is about to be sent, if its message may have been delivered.</summary>
    public void StoreSkipSent(ulong sequence)
    {
        if (outbox.MarkSkipSent(sequence) is { } id)
        {
            host.Emit(new SessionEffect.Store(new Change.SkipSent(outbox.Epoch, sequence, id)));
        }
    }

    /// <summary>
    /// Records that messages were sent. The change comes first, so that a crash never takes back a reported state.
    /// </summary>
    public void StoreTransmitted(ulong from, ulong to, bool deposited, List<OutgoingMessage> sent)
    {
        host.Emit(new SessionEffect.Store(new Change.Transmitted(outbox.Epoch, from, to, deposited)));
        foreach (var message in sent)
        {
            host.Emit(new SessionEffect.Sent(message));
        }
    }

    // Not while a link is open: the other side has been told a base, and waits for the sequence that begins there.
    private void DropLeadingSkips()
    {
        if (links.IsEmpty && outbox.DropLeadingSkips())
        {
            host.Emit(
                new SessionEffect.Store(
                    new Change.Acknowledged(outbox.Epoch, outbox.Base, outbox.Checksum, ByRemote: false)
                )
            );
        }
    }
}
