using P2PChat.Client;

namespace P2PChat.Peer.Cli;

/// <summary>
/// Shows each event before it hands it to a waiting command, so the events that a command causes are printed before the
/// next command's output.
/// </summary>
public sealed class EventPump(Action<ApiEvent> show)
{
    private readonly Lock _gate = new();
    private readonly List<EventWatch> _watches = [];
    private bool _ended;

    /// <summary>Returns when the events end.</summary>
    public async Task RunAsync(IAsyncEnumerable<ApiEvent> events)
    {
        try
        {
            await foreach (var apiEvent in events)
            {
                show(apiEvent);
                lock (_gate)
                {
                    foreach (var watch in _watches)
                    {
                        watch.Offer(apiEvent);
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

    /// <summary>Collects events about a peer. Start it before the command whose outcome it should see.</summary>
    public EventWatch Watch(string username)
    {
        lock (_gate)
        {
            var watch = new EventWatch(username, Remove);
            _watches.Add(watch);
            if (_ended)
            {
                watch.End();
            }

            return watch;
        }
    }

    private void Remove(EventWatch watch)
    {
        lock (_gate)
        {
            _ = _watches.Remove(watch);
        }
    }
}
