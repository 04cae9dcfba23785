using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>Hands what arrives to the machines of the rooms. Used by one thread.</summary>
internal sealed partial class RoomInputs(
    RoomBook book,
    RoomDelivery delivery,
    RoomLinks links,
    RoomCatchUps catchUps,
    PeerStore store,
    ILogger<RoomInputs> logger
)
{
    private const int MaxArrivals = 256;

    // Members choose how many events arrive.
    private static readonly TimeSpan LogPause = TimeSpan.FromHours(1);

    private readonly ILogger<RoomInputs> _logger = logger;

    // Events that the machines cannot handle, although they are valid. They are skipped.
    private readonly HashSet<long> _failed = [];

    private readonly HeldEvents _held = new();

    /// <summary>Takes everything but events.</summary>
    public void Take(RoomInput input, RoomWork work, DateTimeOffset now)
    {
        lock (book.Gate)
        {
            TakeUnderLock(input, work, now);
        }
    }

    /// <summary>
    /// Takes the oldest events that have arrived. Call it once per step: it reads the same ones again.
    /// </summary>
    /// <exception cref="StoreException">They cannot be read now.</exception>
    public void TakeArrived(RoomWork work, DateTimeOffset now)
    {
        var all = store.Rooms.Arrived(MaxArrivals);
        work.HasMoreArrivals = all.Count == MaxArrivals;
        // Signatures are checked without the lock.
        var parsed = all.Select(arrived => (Arrived: arrived, Event: TryVerify(arrived))).ToList();
        lock (book.Gate)
        {
            foreach (var (arrived, roomEvent) in parsed)
            {
                if (roomEvent is not null)
                {
                    Take(arrived, roomEvent, work, now);
                }

                work.Batch.Handled(arrived);
            }
        }
    }

    /// <summary>The events taken since the last call are in the store.</summary>
    public void Saved() => _held.Saved();

    /// <summary>The events taken since the last call could not be saved, and arrive again.</summary>
    public void Undo() => _held.Undo();

    private void Take(ArrivedEvent arrived, RoomEvent roomEvent, RoomWork work, DateTimeOffset now)
    {
        if (book.FindOrAdmit(arrived, roomEvent, work.Batch) is not { } room)
        {
            if (
                arrived.IsFromContact
                && roomEvent.IsMembership
                && book.IsDeleted(roomEvent.Room)
                && !book.Blocked.Contains(arrived.From)
            )
            {
                _held.Add(arrived.From, roomEvent, now);
            }

            return;
        }

        _ = work.Touch(room);
        try
        {
            foreach (var earlier in _held.Take(room.Id, arrived.From))
            {
                TakeHeld(room, arrived.From, earlier, now);
            }

            Take(room, arrived.From, roomEvent, now);
        }
        catch
        {
            // The step fails, and the next one does without this event.
            _ = _failed.Add(arrived.Position);
            throw;
        }
    }

    // The invite that brings the room back must not fail for it. What is missing is asked for.
    private void TakeHeld(RoomHost room, PeerId from, RoomEvent held, DateTimeOffset now)
    {
        try
        {
            Take(room, from, held, now);
        }
        catch (Exception exception) when (exception is not StoreException)
        {
            LogFailed(exception);
        }
    }

    private void Take(RoomHost room, PeerId from, RoomEvent roomEvent, DateTimeOffset now)
    {
        if (RoomQuota.Allows(book, room, roomEvent))
        {
            if (!room.Machine.Log.Contains(roomEvent.Id))
            {
                room.Sizes.Arrive(roomEvent);
            }

            room.Machine.Receive(from, roomEvent, now);
        }
        else
        {
            if (room.Machine.IsMember && !roomEvent.IsMembership)
            {
                room.Machine.Refuse(roomEvent);
            }

            if (!(room.FullLoggedAt + LogPause > now))
            {
                room.FullLoggedAt = now;
                LogOverQuota(room.Id);
            }
        }
    }

    private void TakeUnderLock(RoomInput input, RoomWork work, DateTimeOffset now)
    {
        switch (input)
        {
            case RoomInput.Command { What: IRoomCommand command }:
                work.Commands.Add(command);
                command.Run(work);
                break;
            case RoomInput.Reachable reachable:
                _ = work.Unrepeated.Add(input);
                Reach(reachable.Peer, work, now);
                break;
            case RoomInput.LinkAsked asked:
                links.Answer(asked, work);
                break;
            case RoomInput.LinkRefused refused:
                links.OnRefused(refused.From, refused.InviteId, refused.State, work);
                break;
            case RoomInput.OlderCopyDetected:
                _ = work.Unrepeated.Add(input);
                links.RevokeAll(work);
                break;
            case RoomInput.RevocationDue due:
                links.Revoke(due, work);
                break;
            // The room may be deleted, or never have been here.
            case RoomInput.Signalled { Signal: RoomSignal.LinkProof shown, From: var from }:
                links.Answer(from, shown, work);
                break;
            case RoomInput.Signalled { Signal: RoomSignal.LinkStatus status, From: var from }:
                links.OnRefused(from, status.InviteId, status.State, work);
                break;
            case RoomInput.Signalled signalled when book.Find(signalled.Signal.Room) is { } room:
                Take(work.Touch(room), signalled.From, signalled.Signal, now);
                break;
        }
    }

    private void Reach(PeerId peer, RoomWork work, DateTimeOffset now)
    {
        foreach (var room in book.All.Where(room => room.Machine.State.Members.ContainsKey(peer)).ToList())
        {
            try
            {
                work.Touch(room).Machine.Reachable(peer, now);
            }
            catch (Exception exception) when (exception is not StoreException)
            {
                // It would fail in each step, and so disable all other rooms as well.
                book.Close(room.Id, exception);
            }
        }

        links.Show(peer, work);
    }

    private void Take(RoomHost room, PeerId from, RoomSignal signal, DateTimeOffset now)
    {
        switch (signal)
        {
            case RoomSignal.Heads heads:
                if (room.Machine.State.IsMember(from) && !book.Blocked.Contains(from))
                {
                    catchUps.OnHeads(room, from, heads.Ids);
                }

                room.Machine.ReceiveHeads(from, heads.Ids, now);
                break;
            case RoomSignal.Question question:
                room.Machine.ReceiveQuestion(from, question.Ids, question.Known, now);
                break;
            case RoomSignal.Unavailable unavailable:
                room.Machine.ReceiveUnavailable(from, unavailable.Ids);
                break;
            default:
                delivery.Show(room, from, signal, now);
                break;
        }
    }

    private RoomEvent? TryVerify(ArrivedEvent arrived)
    {
        if (_failed.Contains(arrived.Position))
        {
            return null;
        }

        try
        {
            return RoomEvent.Verify(arrived.Event.Span);
        }
        catch (RoomException exception)
        {
            LogRefused(exception.Refusal);
            return null;
        }
    }

    [LoggerMessage(LogLevel.Error, "An event of a room that was invited again failed and was skipped.")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(LogLevel.Debug, "Room event refused: {Refusal}.")]
    private partial void LogRefused(RoomRefusal refusal);

    [LoggerMessage(LogLevel.Warning, "Room {Room} has reached a size limit: further events are not stored.")]
    private partial void LogOverQuota(RoomEventId room);
}
