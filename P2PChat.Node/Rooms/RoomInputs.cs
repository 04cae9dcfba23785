using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>Hands what arrives to the machines of the rooms.</summary>
internal sealed partial class RoomInputs(
    RoomBook book,
    RoomDelivery delivery,
    SessionTable sessions,
    PeerStore store,
    ILogger<RoomInputs> logger
)
{
    private const int MaxArrivals = 256;

    private readonly ILogger<RoomInputs> _logger = logger;

    /// <summary>Takes everything but events.</summary>
    public void Take(RoomInput input, RoomWork work, DateTimeOffset now)
    {
        lock (book.Gate)
        {
            TakeUnderLock(input, work, now);
        }
    }

    /// <summary>Takes the oldest events that have arrived.</summary>
    /// <returns>False if they cannot be read now.</returns>
    public bool TakeArrived(RoomWork work, DateTimeOffset now)
    {
        IReadOnlyList<ArrivedEvent> all;
        try
        {
            all = store.Rooms.Arrived(MaxArrivals);
        }
        catch (StoreException exception)
        {
            LogNotRead(exception);
            return false;
        }

        // Signatures are checked without the lock.
        var parsed = all.Select(arrived => (Arrived: arrived, Event: TryVerify(arrived))).ToList();
        lock (book.Gate)
        {
            foreach (var (arrived, roomEvent) in parsed)
            {
                if (
                    roomEvent is not null
                    && book.FindOrAdmit(roomEvent.Room, arrived.From, MayInvite(arrived.From), work.Batch) is { } room
                )
                {
                    work.Touch(room).Machine.Receive(arrived.From, roomEvent, now);
                }

                work.Batch.Handled(arrived);
            }
        }

        work.HasArrivals |= all.Count > 0;
        return true;
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
                foreach (var room in book.All)
                {
                    work.Touch(room).Machine.Reachable(reachable.Peer);
                }

                break;
            case RoomInput.Signalled signalled when book.Find(signalled.Signal.Room) is { } room:
                Take(work.Touch(room), signalled.From, signalled.Signal, now);
                break;
        }
    }

    private void Take(RoomHost room, PeerId from, RoomSignal signal, DateTimeOffset now)
    {
        switch (signal)
        {
            case RoomSignal.Heads heads:
                room.Machine.ReceiveHeads(from, heads.Ids, now);
                break;
            case RoomSignal.Question question:
                room.Machine.ReceiveQuestion(from, question.Ids, question.Known);
                break;
            case RoomSignal.Unavailable unavailable:
                room.Machine.ReceiveUnavailable(from, unavailable.Ids);
                break;
            default:
                delivery.Show(room, from, signal);
                break;
        }
    }

    // Those who are known from another room only may not.
    private bool MayInvite(PeerId from) => sessions.FindInMemory(from) is not { Rooms.IsForRooms: true };

    private RoomEvent? TryVerify(ArrivedEvent arrived)
    {
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

    [LoggerMessage(LogLevel.Debug, "An event of a room was refused: {Refusal}.")]
    private partial void LogRefused(RoomRefusal refusal);

    [LoggerMessage(LogLevel.Error, "Events of rooms cannot be read.")]
    private partial void LogNotRead(Exception exception);
}
