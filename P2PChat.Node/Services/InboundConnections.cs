using P2PChat.Node.Diagnostics;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Paths;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Services;

/// <summary>Attaches connections from other peers to their sessions.</summary>
internal sealed class InboundConnections(
    LocalIdentity self,
    SessionTable sessions,
    LinkTable links,
    LinkPlaces places,
    PeerLifetime lifetime,
    PeerMetrics metrics
)
{
    /// <summary>Attaches the link of a path that another peer has asked for.</summary>
    /// <returns>False if it is not wanted.</returns>
    public bool OnPathFound(FoundPath found)
    {
        if (lifetime.IsStopping)
        {
            return false;
        }

        var (channel, startedAt, _) = found.Channel;
        Attach(channel, startedAt, place: null, found.HasMetSearch);
        return true;
    }

    /// <param name="place">The slot among unauthenticated connections. It is released in every case.</param>
    public void OnConnectionAccepted(TlsChannel channel, DateTimeOffset startedAt, IDisposable place)
    {
        // The caller is another process with this key, or this process itself.
        if (lifetime.IsStopping || channel.Remote == self.PeerId)
        {
            channel.Dispose();
            place.Dispose();
            return;
        }

        Attach(channel, startedAt, place, hasMetSearch: false);
    }

    private void Attach(TlsChannel channel, DateTimeOffset startedAt, IDisposable? place, bool hasMetSearch)
    {
        var isFull = IsFull(channel.Remote);
        var link = links.Add(channel, isRequester: false, startedAt, place);
        if (isFull)
        {
            metrics.Error(nameof(CloseReason.Overloaded));
            Refuse(link, CloseReason.Overloaded);
            return;
        }

        try
        {
            sessions.Use(channel.Remote, session => session.Links.TryAttach(link, hasMetSearch));
        }
        catch (PeerException)
        {
            metrics.Error("store");
            Refuse(link, CloseReason.InternalError);
        }
    }

    private bool IsFull(PeerId remote)
    {
        try
        {
            return !places.TryMakePlace(remote);
        }
        catch (PeerException)
        {
            // The session cannot be read either, and refuses the link.
            return links.IsFull;
        }
    }

    private static void Refuse(Link link, CloseReason reason)
    {
        link.Start(new LinkHandlers(_ => { }, _ => { }, (_, _) => { }));
        link.Close(reason);
    }
}
