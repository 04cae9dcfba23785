using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Sessions;

/// <summary>
/// Reports how the conversation travels. Guarded by the session's lock.
/// </summary>
internal sealed class SessionPath(SessionHost host)
{
    /// <summary>The first link of a connection is open.</summary>
    internal void OnConnected() => OnOpened(host.Links.Path);

    /// <summary>The conversation has moved to a link that travels another way.</summary>
    internal void OnChanged(LinkPath path)
    {
        if (path.ToKind() is not { } kind)
        {
            return;
        }

        if (kind == PathKind.Relayed)
        {
            // Without a dead link before, the relayed one has opened next to a better one, which soon takes over again.
            host.Context.Upgrades.Closed(host.Remote, host.Links.HasLastLinkDied);
        }

        OnOpened(kind);
        host.Publish(new PeerEvent.PathChanged(host.Machine.RemoteName!.Value, kind));
    }

    /// <summary>The last link has ended.</summary>
    internal void OnDisconnected() => host.Context.Upgrades.Closed(host.Remote, host.Links.HasLastLinkDied);

    private void OnOpened(PathKind? path)
    {
        if (path is { } opened)
        {
            host.Context.Upgrades.Opened(host.Remote, opened);
        }
    }
}
