using System.Threading.Channels;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;

namespace P2PChat.Node.Sessions;

/// <summary>Work for the rooms.</summary>
internal abstract record RoomInput
{
    private RoomInput() { }

    /// <summary>Events have arrived, and are in the store.</summary>
    public sealed record Arrived : RoomInput;

    /// <summary>A peer has said something on a link.</summary>
    public sealed record Signalled(PeerId From, RoomSignal Signal) : RoomInput;

    /// <summary>The conversation with a peer goes over another link.</summary>
    public sealed record Reachable(PeerId Peer) : RoomInput;

    /// <summary>The user does something. The rooms know of what type it is.</summary>
    public sealed record Command(object What) : RoomInput;
}

/// <summary>Passes work from the sessions and the user to the rooms. Thread-safe; never blocks.</summary>
internal sealed class RoomQueue
{
    // Signals may be lost, so those of a flood are.
    private const int MaxSignals = 4096;

    private readonly Channel<RoomInput> _inputs = Channel.CreateUnbounded<RoomInput>(
        new UnboundedChannelOptions { SingleReader = true }
    );
    private int _signals;
    private int _hasArrived;

    /// <summary>Waits for work.</summary>
    /// <returns>False once the queue is closed.</returns>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) =>
        _inputs.Reader.WaitToReadAsync(cancellationToken);

    public bool TryTake(out RoomInput input)
    {
        if (!_inputs.Reader.TryRead(out input!))
        {
            return false;
        }

        switch (input)
        {
            case RoomInput.Arrived:
                Volatile.Write(ref _hasArrived, 0);
                break;
            case RoomInput.Signalled:
                _ = Interlocked.Decrement(ref _signals);
                break;
        }

        return true;
    }

    /// <summary>Events are in the store. They are read from there, so one call suffices for many.</summary>
    public void Arrived()
    {
        if (Interlocked.Exchange(ref _hasArrived, 1) == 0)
        {
            _ = _inputs.Writer.TryWrite(new RoomInput.Arrived());
        }
    }

    public void Signalled(PeerId from, RoomSignal signal)
    {
        if (Interlocked.Increment(ref _signals) > MaxSignals)
        {
            _ = Interlocked.Decrement(ref _signals);
            return;
        }

        _ = _inputs.Writer.TryWrite(new RoomInput.Signalled(from, signal));
    }

    public void Reachable(PeerId peer) => _inputs.Writer.TryWrite(new RoomInput.Reachable(peer));

    /// <returns>False if the rooms have ended.</returns>
    public bool TryRun(object command) => _inputs.Writer.TryWrite(new RoomInput.Command(command));

    /// <summary>Takes no more work.</summary>
    public void Close() => _inputs.Writer.TryComplete();
}
