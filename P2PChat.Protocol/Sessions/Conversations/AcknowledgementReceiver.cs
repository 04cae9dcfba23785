using P2PChat.Protocol.Wire;

namespace P2PChat.Protocol.Sessions.Conversations;

/// <summary>Handles the other side's acknowledgements and read receipts.</summary>
internal sealed class AcknowledgementReceiver(
    Outbox outbox,
    ulong readByThem,
    CopyRecovery recovery,
    EpochSwitcher epochs,
    ConversationLinks links,
    ResumeSender resumes,
    IConversationHost host
)
{
    private Position _readByThem = new(outbox.Epoch, readByThem);

    // May be ahead of what is acknowledged.
    private Position _claimedRead;

    /// <summary>The other side's person has read all sequences below; 0 if none of this epoch.</summary>
    public ulong ReadByThem => NextOf(_readByThem);

    /// <summary>Handles an Ack, or the same fields of a Resume.</summary>
    /// <param name="next">All sequences below were received.</param>
    public void OnAcknowledgement(ulong epoch, ulong next, ulong checksum)
    {
        if (recovery.IsAcknowledgement(epoch, next, checksum))
        {
            Acknowledge(next, checksum);
        }

        epochs.Recover();
    }

    public void OnReceipt(Receipt receipt)
    {
        var read = new Position(receipt.Epoch, receipt.ReadNext);
        if (read > new Position(outbox.Epoch, outbox.Next))
        {
            recovery.NoteSurpassed(receipt.Epoch);
        }
        else if (read.Epoch == outbox.Epoch && read.Next > NextOf(_claimedRead))
        {
            _claimedRead = read;
        }

        UpdateRead();
        epochs.Recover();
    }

    private void Acknowledge(ulong next, ulong checksum)
    {
        if (next <= outbox.Base)
        {
            return;
        }
        // If it acknowledges more than this link carried, the other side may have become an older copy that still waits
        // here for the rest. A Resume corrects that.
        var overtaken = next > outbox.TransmitNext ? links.Current : null;
        var (acknowledged, late) = (new List<OutgoingMessage>((int)(next - outbox.Base)), new List<Guid>());
        outbox.Acknowledge(next, checksum, acknowledged, late);
        host.Emit(
            new SessionEffect.Store(
                new Change.Acknowledged(outbox.Epoch, next, outbox.Checksum) { Late = late.Count == 0 ? [] : late }
            )
        );
        foreach (var message in acknowledged)
        {
            host.Emit(new SessionEffect.Delivered(message));
        }

        foreach (var id in late)
        {
            host.Emit(new SessionEffect.DeliveredLate(id));
        }

        UpdateRead();
        if (overtaken is { } link)
        {
            resumes.Send(link);
        }
    }

    // A receipt counts up to the acknowledged sequence, because only the acknowledgement shows which messages were
    // received.
    private void UpdateRead()
    {
        var next = Math.Min(NextOf(_claimedRead), outbox.Base);
        if (next <= ReadByThem)
        {
            return;
        }

        _readByThem = new Position(outbox.Epoch, next);
        host.Emit(new SessionEffect.Store(new Change.ReadByThem(outbox.Epoch, next)));
        host.Emit(new SessionEffect.ReadByThem(outbox.Epoch, next));
    }

    private ulong NextOf(Position read) => read.Epoch == outbox.Epoch ? read.Next : 0;
}
