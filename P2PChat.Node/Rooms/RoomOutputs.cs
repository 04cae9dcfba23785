using P2PChat.Node.Storage;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>Takes the effects of the machines of rooms, and executes them once they are stored.</summary>
internal sealed partial class RoomOutputs(
    RoomBook book,
    RoomDelivery delivery,
    PeerStore store,
    TimeProvider timeProvider,
    ILogger<RoomOutputs> logger
)
{
    private readonly ILogger<RoomOutputs> _logger = logger;

    /// <summary>Takes the effects of the machines: those that are stored, and the rest for later.</summary>
    public void Collect(RoomWork work)
    {
        var now = timeProvider.GetUtcNow();
        List<RoomEffect> effects = [];
        // A room that was deleted or has failed does nothing more.
        foreach (var room in work.Touched.Where(room => book.Find(room.Id) == room))
        {
            room.Sizes.EndStep();
            _ = room.Machine.TakeEffects(ref effects);
            foreach (var effect in effects)
            {
                // An event counts as sent once the conversations have it, which is after this transaction.
                if (effect is RoomEffect.Store { Change: not RoomChange.Sent and var change })
                {
                    work.Batch.Add(room.Id, change, now);
                    Note(room, change, work);
                }
                else
                {
                    work.Outputs.Add((room, effect));
                }
            }
        }
    }

    internal static void Note(RoomHost room, RoomChange change, RoomWork work)
    {
        switch (change)
        {
            case RoomChange.Added { Event: var added }:
                room.Sizes.Set(added);
                if (added.IsMembership)
                {
                    room.Transitions.Note(added);
                }

                break;
            case RoomChange.BodyChanged { Event: var changed }:
                room.Sizes.Set(changed);
                if (changed.Body is null)
                {
                    work.Erased.Add(changed.Id);
                }

                break;
            // The user has not taken anything back from others, so what waits for them stays.
            case RoomChange.Forgotten { Id: var forgotten } when room.Machine.Log.Find(forgotten) is { } left:
                room.Sizes.Set(left);
                break;
            case RoomChange.Dropped { Id: var dropped }:
                room.Sizes.Drop(dropped);
                break;
        }
    }

    /// <summary>Does what a crash of an earlier process has left undone.</summary>
    public void Begin()
    {
        try
        {
            delivery.EraseDeleted();
        }
        catch (Exception exception)
        {
            LogNotDelivered(exception);
        }
    }

    /// <summary>Does what the machines ask for, once the rest is stored.</summary>
    public async Task DeliverAsync(RoomWork work)
    {
        var sent = new RoomBatch();
        Task saved;
        // The outboxes of all members, and the sent events, are saved with one write.
        using (store.Writer.Gather())
        {
            // Before the invites themselves, which only an accepted peer is sent.
            foreach (var (to, refusal) in work.LinkAnswers)
            {
                delivery.Answer(to, refusal);
            }

            delivery.Erase(work.Erased);
            foreach (var (room, effect) in work.Outputs)
            {
                if (effect is RoomEffect.Store { Change: RoomChange.Sent change })
                {
                    sent.Add(room.Id, change, timeProvider.GetUtcNow());
                }
                else
                {
                    Try(() => delivery.Execute(room, effect));
                }
            }

            saved = sent.IsEmpty ? Task.CompletedTask : store.Rooms.SaveAsync(sent);
        }

        work.Signals.ForEach(one => delivery.Signal(one.To, one.Signal));
        work.Events.ForEach(delivery.Publish);
        work.Changed.ForEach(one => Try(() => delivery.Publish(one.Room, one.IsMarkedUnread)));
        delivery.Finish(work.HasFewerRequests);
        try
        {
            await saved;
        }
        catch (StoreException exception)
        {
            // They go out once more after the next start, and are known then.
            LogNotSaved(exception);
        }
    }

    /// <summary>The changes could not be saved. Those who wait for an answer ask again.</summary>
    public void Abandon(RoomWork work)
    {
        foreach (var (to, _) in work.LinkAnswers)
        {
            delivery.Answer(to, RoomInviteRefusal.Blocked);
        }
    }

    private void Try(Action deliver)
    {
        try
        {
            deliver();
        }
        catch (Exception exception)
        {
            // Such as of a conversation that cannot be read. The members ask for what they lack.
            LogNotDelivered(exception);
        }
    }

    [LoggerMessage(LogLevel.Error, "Cannot save which room events were sent. They are sent again at the next start.")]
    private partial void LogNotSaved(Exception exception);

    [LoggerMessage(LogLevel.Warning, "An effect of a room could not be executed.")]
    private partial void LogNotDelivered(Exception exception);
}
