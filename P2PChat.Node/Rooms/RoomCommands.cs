using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>Runs the user's changes and queries of rooms. Thread-safe.</summary>
internal sealed class RoomCommands(RoomQueue queue, RoomBook book, RoomFinder finder)
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
        ChangeAsync(room, mayBeBehind: false, run);

    /// <inheritdoc cref="ChangeAsync(string, Func{RoomHost, RoomRefusal?})"/>
    /// <param name="mayBeBehind">Whether it is done in a room that was restored and has not caught up, too.</param>
    public Task ChangeAsync(string room, bool mayBeBehind, Func<RoomHost, RoomRefusal?> run) =>
        RunAsync(work =>
        {
            var host = work.Touch(finder.Find(room));
            if (!mayBeBehind)
            {
                ThrowIfBehind(host);
            }

            ThrowIfRefused(host, run(host));
            return true;
        });

    /// <exception cref="PeerException">The room was restored from a backup and has not caught up.</exception>
    public static void ThrowIfBehind(RoomHost room)
    {
        if (room.IsBehind && room.Machine.IsMember)
        {
            throw RoomRefusals.Restored();
        }
    }

    /// <exception cref="PeerException">There is no such room.</exception>
    public T Read<T>(string room, Func<RoomHost, T> read)
    {
        lock (book.Gate)
        {
            return read(finder.Find(room));
        }
    }

    /// <summary>Whether the user knows a room, or has deleted or declined it.</summary>
    public bool IsKnown(RoomEventId room)
    {
        lock (book.Gate)
        {
            return book.Find(room)?.Standing is not null || book.IsDeleted(room);
        }
    }

    /// <exception cref="PeerException">The machine has refused.</exception>
    public static void ThrowIfRefused(RoomHost room, RoomRefusal? refusal)
    {
        if (refusal is { } reason)
        {
            var role = room.Machine.State.Members.GetValueOrDefault(room.Self)?.Role ?? RoomRole.Member;
            throw RoomRefusals.Of(reason, role);
        }
    }
}
