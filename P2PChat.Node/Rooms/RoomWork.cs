using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Rooms;

/// <summary>What one step of <see cref="RoomWorker"/> does to the rooms. Saved as one transaction.</summary>
internal sealed class RoomWork
{
    public RoomBatch Batch { get; } = new();

    /// <summary>The rooms whose machines may have effects, in the order in which they were used.</summary>
    public List<RoomHost> Touched { get; } = [];

    /// <summary>Commands that wait for the transaction.</summary>
    public List<IRoomCommand> Commands { get; } = [];

    /// <summary>Whether more events have arrived than one step takes.</summary>
    public bool HasMoreArrivals { get; set; }

    /// <summary>Inputs that are lost if the step fails, so the next step repeats them.</summary>
    public HashSet<RoomInput> Unrepeated { get; } = [];

    /// <summary>Events that were deleted for everyone.</summary>
    public List<RoomEventId> Erased { get; } = [];

    /// <summary>The answers to those who ask to connect with the proof of a link; null if they are invited.</summary>
    public List<(PeerId To, RoomInviteRefusal? Refusal)> LinkAnswers { get; } = [];

    /// <summary>Signals to other peers on open connections.</summary>
    public List<(PeerId To, RoomSignal Signal)> Signals { get; } = [];

    /// <summary>Whether this peer asks no longer with one of the links that it has.</summary>
    public bool HasFewerRequests { get; set; }

    /// <summary>Events for the user.</summary>
    public List<PeerEvent> Events { get; } = [];

    /// <summary>Rooms of which the user has set or read something. Published as they are after the step.</summary>
    public List<(RoomHost Room, bool IsMarkedUnread)> Changed { get; } = [];

    /// <summary>What the machines ask for, once the transaction is committed.</summary>
    public List<(RoomHost Room, RoomEffect Effect)> Outputs { get; } = [];

    public RoomHost Touch(RoomHost room)
    {
        if (!Touched.Contains(room))
        {
            Touched.Add(room);
        }

        return room;
    }
}

/// <summary>Something that the user does in a room.</summary>
internal interface IRoomCommand
{
    /// <summary>Changes the rooms, under <see cref="RoomBook.Gate"/>.</summary>
    void Run(RoomWork work);

    /// <summary>Completes the command: what it has changed is saved, or not.</summary>
    void Complete(StoreException? failure);
}

/// <summary>A command with a result.</summary>
internal sealed class RoomCommand<T>(Func<RoomWork, T> run) : IRoomCommand
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;
    private Exception? _refusal;

    public Task<T> Result => _done.Task;

    public void Run(RoomWork work)
    {
        try
        {
            _result = run(work);
        }
        catch (PeerException exception)
        {
            _refusal = exception;
        }
    }

    public void Complete(StoreException? failure)
    {
        if ((_refusal ?? failure) is { } exception)
        {
            _done.SetException(exception);
        }
        else
        {
            _done.SetResult(_result);
        }
    }
}
