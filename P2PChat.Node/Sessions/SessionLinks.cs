using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Owns a session's links: passes the frames that arrive on them to the state machine, and executes the effects that
/// concern them. Guarded by the session's lock.
/// </summary>
internal sealed class SessionLinks(SessionHost host)
{
    private readonly SessionContext _context = host.Context;
    private readonly Dictionary<int, Link> _links = [];

    /// <summary>How the link that carries the conversation travels; null without one.</summary>
    public PathKind? Path
    {
        get
        {
            lock (host.StateLock)
            {
                return host.Machine.Path.ToKind();
            }
        }
    }

    /// <summary>
    /// Whether the link that ended last had stopped carrying, and was not closed by one of the peers.
    /// </summary>
    internal bool HasLastLinkDied { get; private set; }

    internal SessionSpans Spans { get; } = new(host.Context.AcrossPeers);

    /// <summary>Adds a link that the other side dialled or found.</summary>
    /// <param name="hasMetSearch">Whether searches of both sides overlapped, so that this side asks too.</param>
    /// <returns>False if the session is retired and the caller must use another.</returns>
    public bool TryAttach(Link link, bool hasMetSearch)
    {
        lock (host.StateLock)
        {
            if (host.Lifecycle.IsRetired)
            {
                return false;
            }

            Attach(link, asksToo: hasMetSearch && TryHoldName());
            return true;
        }
    }

    /// <summary>Pings the other side, and ends the links if nothing arrives within the probe timeout.</summary>
    /// <returns>Whether something arrived.</returns>
    public async Task<bool> ProveAliveAsync()
    {
        List<Link> links;
        lock (host.StateLock)
        {
            links = [.. _links.Values];
        }

        var signs = links.ConvertAll(link => link.ProbeAsync());
        var timeout = Task.Delay(_context.ProbeTimeout, _context.TimeProvider);
        if (signs.Count > 0 && await Task.WhenAny([.. signs, timeout]) != timeout)
        {
            return true;
        }

        lock (host.StateLock)
        {
            foreach (var link in links)
            {
                host.Machine.EndLink(link.Id, CloseReason.Silent);
            }

            host.Drain();
        }

        return false;
    }

    internal void Attach(Link link, bool asksToo = false)
    {
        _links.Add(link.Id, link);
        link.Start(
            new LinkHandlers(
                frames => OnFrames(link, frames),
                reason => OnFailed(link, reason),
                (reason, byRemote) => OnEnded(link, reason, byRemote)
            )
        );
        if (link.Origin is { IsRelayed: true, IsRequester: false })
        {
            ProbeOthers(link);
        }

        host.Machine.LinkUp(link.Id, link.Origin, link.StartedAt, asksToo);
        host.Drain();
    }

    internal bool Contains(Link link) => _links.ContainsKey(link.Id);

    /// <summary>Executes an effect that concerns a link. Effects for links that have ended do nothing.</summary>
    /// <returns>False if the effect concerns no link.</returns>
    internal bool TryExecute(SessionEffect effect)
    {
        switch (effect)
        {
            case SessionEffect.Transmit transmit:
                Transmit(transmit.Link, transmit.Outgoing);
                return true;
            case SessionEffect.Acknowledge acknowledge:
                Acknowledge(acknowledge.Link, acknowledge.Ack);
                return true;
            case SessionEffect.Close close:
                Close(close.Link, close.Reason);
                return true;
            case SessionEffect.CheckName check:
                if (_links.TryGetValue(check.Link, out var link))
                {
                    host.NameClaim.BeginCheck(link, check.Name);
                }

                return true;
            default:
                return false;
        }
    }

    /// <summary>Closes all links without telling the machine.</summary>
    /// <returns>Whether there were any.</returns>
    internal bool CloseAll(CloseReason reason)
    {
        var some = _links.Count > 0;
        foreach (var link in _links.Values)
        {
            link.Close(reason);
        }

        _links.Clear();
        return some;
    }

    /// <summary>Releases the link's slot in the connection limiter once the other side has authenticated.</summary>
    internal void ReleaseSlotIfAuthenticated(Link link)
    {
        if (link.HasSlot && host.Machine.IsPastHandshake(link.Id))
        {
            link.ReleaseSlot();
        }
    }

    // The name of a request, or of an open link, is known and needs no check.
    private bool TryHoldName() =>
        (host.Machine.IsConnected || host.Machine.HasSentRequest)
        && host.NameClaim.TryHold(host.Machine.RemoteName!.Value);

    // The other side uses the relay because it found its links dead. This side may not have noticed yet.
    private void ProbeOthers(Link relayed)
    {
        foreach (var other in _links.Values.Where(other => other != relayed))
        {
            other.Probe();
        }
    }

    internal void Transmit(int id, OutgoingFrame frame)
    {
        if (!_links.TryGetValue(id, out var link) || link.TryWrite(Spans.Sending(id, frame)))
        {
            return;
        }

        _context.Metrics.Error(nameof(CloseReason.Overloaded));
        host.Machine.EndLink(id, CloseReason.Overloaded);
    }

    /// <summary>Writes parts of files when a link has nothing else to write.</summary>
    /// <param name="source">Gives the next part. Called without the session's lock.</param>
    internal void WriteBulk(int id, Func<Frame?> source)
    {
        if (_links.TryGetValue(id, out var link))
        {
            link.WriteBulk(source);
        }
    }

    internal void WakeForBulk(int id)
    {
        if (_links.TryGetValue(id, out var link))
        {
            link.WakeForBulk();
        }
    }

    private void Acknowledge(int id, Ack ack)
    {
        if (_links.TryGetValue(id, out var link))
        {
            link.Acknowledge(ack);
            Spans.Acknowledging();
        }
    }

    private void Close(int id, CloseReason reason)
    {
        if (_links.Remove(id, out var link))
        {
            HasLastLinkDied = reason == CloseReason.Silent;
            NoteDeath(link, reason);
            host.Files.OnLinkEnded(id);
            link.Close(reason);
            Spans.LinkEnded(id);
        }
    }

    // A link that a profile was too much for is silent, or its writes block.
    private void NoteDeath(Link link, CloseReason reason)
    {
        if (reason is CloseReason.Silent or CloseReason.Overloaded && link.IsProfileUnanswered)
        {
            host.Profiles.OnLinkDied();
        }
    }

    private void OnFrames(Link link, IReadOnlyList<IncomingFrame> frames)
    {
        lock (host.StateLock)
        {
            for (var i = 0; i < frames.Count; i++)
            {
                Spans.Received(link.Id, frames[i]);
            }

            host.Machine.Receive(link.Id, frames, _context.SteadyClock.GetUtcNow());
            host.Drain();
            ReleaseSlotIfAuthenticated(link);
        }
    }

    private void OnFailed(Link link, CloseReason reason)
    {
        lock (host.StateLock)
        {
            _context.Metrics.Error(reason.ToString());
            host.Machine.EndLink(link.Id, reason);
            host.Drain();
        }
    }

    private void OnEnded(Link link, CloseReason reason, bool byRemote)
    {
        lock (host.StateLock)
        {
            if (_links.Remove(link.Id))
            {
                HasLastLinkDied = false;
                NoteDeath(link, reason);
            }

            host.Files.OnLinkEnded(link.Id);
            host.Machine.LinkDown(link.Id, reason, byRemote);
            host.Drain();
            Spans.LinkEnded(link.Id);
        }
    }
}
