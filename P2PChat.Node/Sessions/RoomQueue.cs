using System.Collections.Concurrent;
using System.Threading.Channels;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Rooms;
using P2PChat.Protocol.Wire;

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

    /// <summary>A peer asks to connect for the sake of a room, and waits for the answer.</summary>
    public sealed record LinkAsked(PeerId From, ReadOnlyMemory<byte> InviteId, ReadOnlyMemory<byte> Proof) : RoomInput;

    /// <summary>A moderator's peer has refused the link that this peer has shown to it.</summary>
    public sealed record LinkRefused(PeerId From, ReadOnlyMemory<byte> InviteId, InviteState State) : RoomInput;

    /// <summary>An older copy of this peer runs, or has run.</summary>
    public sealed record OlderCopyDetected : RoomInput;

    /// <summary>The links of a room that could not be read are to be revoked. Lost with the process.</summary>
    public sealed record RevocationDue(RoomEventId Room) : RoomInput;

    /// <summary>The user does something. The rooms know of what type it is.</summary>
    public sealed record Command(object What) : RoomInput;
}

/// <summary>Passes work from the sessions and the user to the rooms. Thread-safe; never blocks.</summary>
internal sealed class RoomQueue
{
    // Signals may be lost, so those of a flood are.
    private const int MaxSignals = 4096;

    // Strangers ask, so they have a bound of their own.
    private const int MaxAsked = 256;

    private readonly Channel<RoomInput> _inputs = Channel.CreateUnbounded<RoomInput>(
        new UnboundedChannelOptions { SingleReader = true }
    );

    // A peer can open links, and move the conversation between them, again and again.
    private readonly ConcurrentDictionary<PeerId, bool> _reachable = [];

    private int _signals;
    private int _asked;
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
            case RoomInput.Reachable { Peer: var peer }:
                _ = _reachable.TryRemove(peer, out _);
                break;
            case RoomInput.Signalled or RoomInput.LinkRefused:
                _ = Interlocked.Decrement(ref _signals);
                break;
            case RoomInput.LinkAsked:
                _ = Interlocked.Decrement(ref _asked);
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

    public void Signalled(PeerId from, RoomSignal signal) =>
        TryAdd(new RoomInput.Signalled(from, signal), ref _signals, MaxSignals);

    /// <returns>False if the request must be rejected, because too much waits.</returns>
    public bool LinkAsked(PeerId from, ReadOnlyMemory<byte> inviteId, ReadOnlyMemory<byte> proof) =>
        TryAdd(new RoomInput.LinkAsked(from, inviteId, proof), ref _asked, MaxAsked);

    public void LinkRefused(PeerId from, ReadOnlyMemory<byte> inviteId, InviteState state) =>
        TryAdd(new RoomInput.LinkRefused(from, inviteId, state), ref _signals, MaxSignals);

    public void OlderCopyDetected() => _inputs.Writer.TryWrite(new RoomInput.OlderCopyDetected());

    /// <summary>The conversation with a peer goes over another link. One call suffices for many.</summary>
    public void Reachable(PeerId peer)
    {
        if (_reachable.TryAdd(peer, true))
        {
            _ = _inputs.Writer.TryWrite(new RoomInput.Reachable(peer));
        }
    }

    /// <returns>False if the rooms have ended.</returns>
    public bool TryRun(object command) => _inputs.Writer.TryWrite(new RoomInput.Command(command));

    /// <summary>Takes no more work.</summary>
    public void Close() => _inputs.Writer.TryComplete();

    private bool TryAdd(RoomInput input, ref int count, int max)
    {
        if (Interlocked.Increment(ref count) <= max && _inputs.Writer.TryWrite(input))
        {
            return true;
        }

        _ = Interlocked.Decrement(ref count);
        return false;
    }
}
