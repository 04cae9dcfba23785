using P2PChat.Peer.Chat;
using P2PChat.Peer.Web.SignIn;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Console;

/// <summary>Console commands for the peer in this process.</summary>
internal sealed class NodeControl(PeerNode node, SignInLinks links) : IPeerControl
{
    public Task<PeerStatus> GetStatusAsync(CancellationToken cancellationToken) => Task.FromResult(node.Status);

    public Task<IReadOnlyList<PeerView>> ListPeersAsync(CancellationToken cancellationToken) =>
        node.ListPeersAsync(cancellationToken);

    public Task<IReadOnlyList<Username>> ListRequestsAsync(CancellationToken cancellationToken) =>
        Task.FromResult(node.OpenRequests);

    public Task<SignInLink> CreateSignInLinkAsync(CancellationToken cancellationToken) => Task.FromResult(links.Create());

    public Task ConnectAsync(Username name, CancellationToken cancellationToken) => node.ConnectAsync(name, cancellationToken);

    public Task AcceptAsync(Username name, CancellationToken cancellationToken)
    {
        node.Accept(name);
        return Task.CompletedTask;
    }

    public Task RejectAsync(Username name, CancellationToken cancellationToken)
    {
        node.Reject(name);
        return Task.CompletedTask;
    }

    public Task DisconnectAsync(Username name, CancellationToken cancellationToken)
    {
        node.Disconnect(name);
        return Task.CompletedTask;
    }

    public Task TrustAsync(Username name, CancellationToken cancellationToken)
    {
        node.Trust(name);
        return Task.CompletedTask;
    }

    public Task<Guid> SendAsync(Username name, string text, CancellationToken cancellationToken) =>
        Task.FromResult(node.Send(name, text).Id);

    public Task<IReadOnlyList<Message>> GetHistoryAsync(Username name, int limit, CancellationToken cancellationToken) =>
        Task.FromResult(node.Messages(name, after: null, before: null, limit).Messages);
}
