using P2PChat.Node.Links;

namespace P2PChat.Node.Sessions;

/// <summary>
/// A search for a better path while this side is connected, or its request waits for an answer. Its end fails a request
/// that has no link left. Guarded by the session's lock.
/// </summary>
internal sealed class LinkUpgrade(SessionHost host)
{
    private CancellationTokenSource? _search;

    /// <summary>Begins a search. There is one at a time.</summary>
    /// <param name="search">Cancelled when its links are no longer wanted; the caller disposes it.</param>
    /// <returns>False if there is nothing to improve, or a search is in progress.</returns>
    public bool TryBegin(CancellationTokenSource search)
    {
        lock (host.StateLock)
        {
            if (host.Lifecycle.IsRetired || _search is not null || !host.Machine.BeginUpgrade())
            {
                return false;
            }

            _search = search;
            return true;
        }
    }

    /// <summary>Adds a link on which this side asks, next to those in use. May be called several times.</summary>
    /// <param name="makeLink">Called if the link is still wanted.</param>
    /// <returns>False if the link is no longer wanted.</returns>
    public bool TryAttach(CancellationTokenSource search, Func<Link> makeLink)
    {
        lock (host.StateLock)
        {
            if (
                _search != search
                || host.Lifecycle.IsRetired
                || !(host.Machine.IsConnected || host.Machine.HasSentRequest)
                // The connection that was to be improved is lost, and a dial looks for another.
                || host.Dial.IsInProgress
                // Losing the previous link released the name, so another key may hold it.
                || !host.NameClaim.TryHold(host.Machine.RemoteName!.Value)
            )
            {
                return false;
            }

            host.Links.Attach(makeLink());
            return true;
        }
    }

    /// <summary>Ends the search. Its links stay. A request that has none left fails.</summary>
    public void End(CancellationTokenSource search)
    {
        lock (host.StateLock)
        {
            if (_search == search)
            {
                _search = null;
                host.Machine.EndUpgrade();
                host.Drain();
            }
        }
    }

    internal void Cancel()
    {
        // Not synchronously: the search's continuations would run under this lock.
        _ = _search?.CancelAsync();
        _search = null;
    }
}
