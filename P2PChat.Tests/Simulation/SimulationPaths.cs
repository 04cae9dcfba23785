using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Simulation;

/// <summary>
/// How links come about: dialled, punched or relayed, with a better path sought while another carries the conversation.
/// </summary>
/// <param name="features">Decides whether a history has other links than dialled ones.</param>
internal sealed class SimulationPaths(Simulation world, Random features)
{
    private readonly List<SimulatedSession> _searches = [];
    private int _lastLink;

    /// <summary>Whether there are punched and relayed links.</summary>
    public bool IsVaried { get; } = features.Next(100) < 60;

    /// <summary>Whether a search has not ended.</summary>
    public bool IsSearching => _searches.Count > 0;

    /// <summary>Starts to look for a better path.</summary>
    public void Search(SimulatedSession session)
    {
        if (session.Machine.BeginUpgrade())
        {
            _searches.Add(session);
        }
    }

    /// <summary>Ends a search, with a link if it is still wanted.</summary>
    public void FinishSearch()
    {
        if (_searches.Count == 0)
        {
            return;
        }

        var index = world.Random.Next(_searches.Count);
        var session = _searches[index];
        _searches.RemoveAt(index);
        if (session.IsDead)
        {
            return;
        }

        if (session.Machine.IsConnected || session.Machine.HasSentRequest)
        {
            _ = TryOpen(session);
        }

        session.Machine.EndUpgrade();
        session.Apply();
    }

    /// <summary>Opens a link for the session, which asks.</summary>
    /// <returns>False if no path leads to the other peer.</returns>
    public bool TryOpen(SimulatedSession session)
    {
        var (owner, remote) = (session.Owner, session.Remote);
        var path = !IsVaried ? LinkPath.Direct : (LinkPath)world.Random.Next(1, 5);
        var isReachable = path == LinkPath.Relayed ? owner.IsUp && remote.IsUp : world.Reach(owner, remote);
        if (!isReachable || !owner.HasDirectory || (path == LinkPath.Relayed && !remote.HasDirectory))
        {
            return false;
        }

        var answerer = remote.SessionWith(owner);
        var link = new SimulatedLink(++_lastLink, session, answerer, path);
        world.Links.Add(link);
        // On a path that both open, the lower PeerId is the TLS client.
        var isClient = path is LinkPath.Direct or LinkPath.Lan || owner.Id < remote.Id;
        // Two attempts may meet on one link.
        var bothAsk = path == LinkPath.Punched && answerer.Machine.HasSentRequest && world.Random.Next(2) == 0;
        world.Trace($"{owner} opens a path to {remote}: link {link.Id}, {path}{(bothAsk ? ", both ask" : "")}");
        session.LinkUp(link, new LinkOrigin(isClient, IsRequester: true, path));
        // The TLS server takes any path that is not relayed for a direct one, until it is told.
        var seen = path == LinkPath.Relayed ? path : LinkPath.Direct;
        var asksToo = path is LinkPath.Punched or LinkPath.Relayed;
        answerer.LinkUp(link, new LinkOrigin(!isClient, bothAsk, isClient ? seen : path), asksToo);
        return true;
    }

    /// <summary>Ends the links whose path has stopped carrying, as both sides do after a while.</summary>
    public void CutStalled()
    {
        foreach (var link in world.Links.Where(link => link.IsStalled))
        {
            link.Cut(world.Random);
        }
    }
}
