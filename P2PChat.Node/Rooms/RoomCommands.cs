using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>Runs the user's changes and queries of rooms. Thread-safe.</summary>
internal sealed class RoomCommands(RoomQueue queue, RoomBook book, RoomFinder finder, SteadyClock steadyClock)
{
    /// <summary>Changes rooms, and returns once that is saved.</summary>
    /// <exception cref="PeerException">The function refuses, or the change cannot be saved.</exception>
    public async Task<T> RunAsync<T>(Func<RoomWork, T> run)
    {
        var command = new RoomCommand<T>(run);
        if (!queue.TryRun(command))
        {
            throw Refusals.ShuttingDown();
        }

        try
        {
            return await command.Result;
        }
        catch (StoreException exception)
        {
            throw new PeerException(PeerError.StoreFailed, exception.Message);
        }
    }

    /// <summary>Changes one room, and returns once that is saved.</summary>
    /// <param name="run">Returns null if it has changed the room.</param>
    /// <exception cref="PeerException">There is no such room, or the change is refused or cannot be saved.</exception>
    public Task ChangeAsync(string room, Func<RoomHost, RoomRefusal?> run) =>
        RunAsync(work =>
        {
            var host = work.Touch(finder.Find(room));
            ThrowIfBehind(work, host);
            ThrowIfRefused(run(host));
            return true;
        });

    /// <exception cref="PeerException">The room was restored from a backup and has not caught up.</exception>
    public void ThrowIfBehind(RoomWork work, RoomHost room)
    {
        if (room.CatchUp is not { } catchUp || !room.Machine.IsMember)
        {
            return;
        }

        if (!catchUp.IsDone(room, steadyClock.GetUtcNow()))
        {
            throw RoomRefusals.Restored();
        }

        room.CatchUp = null;
        work.Batch.SetCaughtUp(room.Id);
    }

    /// <exception cref="PeerException">There is no such room.</exception>
    public T Read<T>(string room, Func<RoomHost, T> read)
    {
        lock (book.Gate)
        {
            return read(finder.Find(room));
        }
    }

    /// <exception cref="PeerException">The machine has refused.</exception>
    public static void ThrowIfRefused(RoomRefusal? refusal)
    {
        if (refusal is { } reason)
        {
            throw RoomRefusals.Of(reason);
        }
    }
}
