using System.Threading.Channels;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary>
/// Shows events one after the other, and only then hands them to the command that waits for one: so what a command
/// brought about is printed before the next command's output.
/// </summary>
public sealed class EventPump(Action<PeerEvent> show)
{
    private readonly Lock _gate = new();
    private readonly List<EventWatch> _watches = [];
    private bool _ended;

    /// <summary>Returns when the events end.</summary>
    public async Task RunAsync(IAsyncEnumerable<PeerEvent> events)
    {
        try
        {
            await foreach (var @event in events)
            {
                show(@event);
                lock (_gate)
                {
                    foreach (var watch in _watches)
                    {
                        watch.Offer(@event);
                    }
                }
            }
        }
        finally
        {
            lock (_gate)
            {
                _ended = true;
                foreach (var watch in _watches)
                {
                    watch.End();
                }
            }
        }
    }

    /// <summary>Collects what concerns a peer from now on. Begin it before the command whose outcome it is to see.</summary>
    public EventWatch Watch(Username name)
    {
        lock (_gate)
        {
            var watch = new EventWatch(name, Forget);
            _watches.Add(watch);
            if (_ended)
            {
                watch.End();
            }

            return watch;
        }
    }

    private void Forget(EventWatch watch)
    {
        lock (_gate)
        {
            _ = _watches.Remove(watch);
        }
    }
}

/// <summary>The events that concern one peer, from the watch's begin on.</summary>
public sealed class EventWatch(Username name, Action<EventWatch> forget) : IDisposable
{
    private readonly Channel<PeerEvent> _events = Channel.CreateUnbounded<PeerEvent>();

    /// <summary>The first of those to come for which <paramref name="isIt"/> holds.</summary>
    /// <returns>Null if the time ran out, or the events ended.</returns>
    public async Task<PeerEvent?> FirstAsync(
        Func<PeerEvent, bool> isIt,
        TimeSpan timeout,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        using var timeUp = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeUp.Token);
        try
        {
            await foreach (var @event in _events.Reader.ReadAllAsync(either.Token))
            {
                if (isIt(@event))
                {
                    return @event;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Time is up: null says so.
        }

        return null;
    }

    public void Offer(PeerEvent @event)
    {
        if (Concerns(@event) == name)
        {
            _ = _events.Writer.TryWrite(@event);
        }
    }

    public void End() => _events.Writer.TryComplete();

    public void Dispose() => forget(this);

    private static Username? Concerns(PeerEvent @event) =>
        @event switch
        {
            PeerEvent.Connected connected => connected.With,
            PeerEvent.Disconnected disconnected => disconnected.With,
            PeerEvent.Receipt receipt => receipt.To,
            _ => null,
        };
}
