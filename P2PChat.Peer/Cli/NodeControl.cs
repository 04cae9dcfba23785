using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Storage;
using P2PChat.Peer.Api;
using P2PChat.Peer.Web.SignIn;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary>Console commands for the peer in this process.</summary>
internal sealed class NodeControl(PeerNode node, SignInLinks links) : IPeerControl
{
    public Task<PeerStatus> GetStatusAsync(CancellationToken cancellationToken) => Task.FromResult(node.Status);

    public Task<IReadOnlyList<PeerView>> ListPeersAsync(CancellationToken cancellationToken) =>
        node.ListPeersAsync(cancellationToken);

    public Task<IReadOnlyList<PeerRequest>> ListRequestsAsync(CancellationToken cancellationToken) =>
        Task.FromResult(node.Requests);

    public Task<SignInLink> CreateSignInLinkAsync(CancellationToken cancellationToken) =>
        Task.FromResult(links.Create());

    public Task ConnectAsync(Username name, CancellationToken cancellationToken) =>
        node.ConnectAsync(name, cancellationToken);

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

    public Task<AcceptedKey> TrustAsync(Username name, string? key, CancellationToken cancellationToken)
    {
        var accepted = node.Trust(name, key);
        return Task.FromResult(new AcceptedKey(accepted, node.SafetyWith(accepted)));
    }

    public Task<IReadOnlyList<Contact>> ListContactsAsync(CancellationToken cancellationToken) =>
        Task.FromResult(node.Contacts);

    public Task SetNicknameAsync(Username name, string? nickname, CancellationToken cancellationToken)
    {
        node.SetNickname(name, nickname);
        return Task.CompletedTask;
    }

    public Task BlockAsync(Username name, CancellationToken cancellationToken) =>
        node.BlockAsync(name, cancellationToken);

    public Task UnblockAsync(Username name, CancellationToken cancellationToken)
    {
        node.Unblock(name);
        return Task.CompletedTask;
    }

    public Task<Safety> GetSafetyAsync(Username name, CancellationToken cancellationToken) =>
        Task.FromResult(node.Safety(name));

    public Task<bool> VerifyAsync(Username name, string digits, CancellationToken cancellationToken) =>
        Task.FromResult(node.Verify(name, digits));

    public Task<IReadOnlyList<Setting>> ListSettingsAsync(CancellationToken cancellationToken) =>
        Task.FromResult(node.Settings);

    public Task SetAsync(string name, string? value, CancellationToken cancellationToken)
    {
        node.Set(name, value);
        return Task.CompletedTask;
    }

    public Task BackUpAsync(string path, string passphrase, bool force, CancellationToken cancellationToken) =>
        node.BackUpAsync(path, passphrase, force, cancellationToken);

    public async Task<SentMessage> SendAsync(Username name, string text, CancellationToken cancellationToken) =>
        new((await node.SendAsync(name, text)).Id, node.RouteTo(name));

    public Task<MessagePage> GetHistoryAsync(Username name, int limit, CancellationToken cancellationToken) =>
        Task.FromResult(node.Messages(name, after: null, before: null, limit));

    public Task<SearchPage> SearchAsync(string words, int limit, CancellationToken cancellationToken) =>
        Task.FromResult(node.Search(words, before: null, limit));

    public Task ExportAsync(Username name, Stream output, CancellationToken cancellationToken) =>
        MessageExport.WriteAsync(node.Export(name), output);

    public Task<int> DeleteAsync(Username name, Guid? id, CancellationToken cancellationToken) =>
        node.DeleteAsync(name, id);
}
