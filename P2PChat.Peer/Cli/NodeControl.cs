using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Storage;
using P2PChat.Peer.Api;
using P2PChat.Peer.Web.SignIn;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary>Console commands for the peer in this process.</summary>
internal sealed class NodeControl(
    StatusService status,
    ConnectionService connections,
    MessageService messages,
    ContactService contacts,
    SettingsService settings,
    BackupService backups,
    SignInLinks links
) : IPeerControl
{
    public Task<PeerStatus> GetStatusAsync(CancellationToken cancellationToken) => Task.FromResult(status.Current);

    public Task<IReadOnlyList<PeerView>> ListPeersAsync(CancellationToken cancellationToken) =>
        connections.ListPeersAsync(cancellationToken);

    public Task<IReadOnlyList<PeerRequest>> ListRequestsAsync(CancellationToken cancellationToken) =>
        Task.FromResult(connections.Requests);

    public Task<SignInLink> CreateSignInLinkAsync(CancellationToken cancellationToken) =>
        Task.FromResult(links.Create());

    public Task ConnectAsync(Username name, CancellationToken cancellationToken) =>
        connections.ConnectAsync(name, cancellationToken);

    public Task AcceptAsync(Username name, CancellationToken cancellationToken)
    {
        connections.Accept(name);
        return Task.CompletedTask;
    }

    public Task RejectAsync(Username name, CancellationToken cancellationToken)
    {
        connections.Reject(name);
        return Task.CompletedTask;
    }

    public Task DisconnectAsync(Username name, CancellationToken cancellationToken)
    {
        connections.Disconnect(name);
        return Task.CompletedTask;
    }

    public Task<AcceptedKey> TrustAsync(Username name, string? key, CancellationToken cancellationToken)
    {
        var accepted = contacts.Trust(name, key);
        return Task.FromResult(new AcceptedKey(accepted, contacts.SafetyDigits(accepted)));
    }

    public Task<IReadOnlyList<Contact>> ListContactsAsync(CancellationToken cancellationToken) =>
        Task.FromResult(contacts.All);

    public Task SetNicknameAsync(Username name, string? nickname, CancellationToken cancellationToken)
    {
        contacts.SetNickname(name, nickname);
        return Task.CompletedTask;
    }

    public Task BlockAsync(Username name, CancellationToken cancellationToken) =>
        contacts.BlockAsync(name, cancellationToken);

    public Task UnblockAsync(Username name, CancellationToken cancellationToken)
    {
        contacts.Unblock(name);
        return Task.CompletedTask;
    }

    public Task<Safety> GetSafetyAsync(Username name, CancellationToken cancellationToken) =>
        Task.FromResult(contacts.Safety(name));

    public Task<bool> VerifyAsync(Username name, string digits, CancellationToken cancellationToken) =>
        Task.FromResult(contacts.Verify(name, digits));

    public Task<IReadOnlyList<Setting>> ListSettingsAsync(CancellationToken cancellationToken) =>
        Task.FromResult(settings.All);

    public Task SetAsync(string name, string? value, CancellationToken cancellationToken)
    {
        settings.Set(name, value);
        return Task.CompletedTask;
    }

    public Task BackUpAsync(string path, string passphrase, bool force, CancellationToken cancellationToken) =>
        backups.BackUpAsync(path, passphrase, force, cancellationToken);

    public async Task<SentMessage> SendAsync(Username name, string text, CancellationToken cancellationToken) =>
        new((await messages.SendAsync(name, text)).Id, messages.RouteTo(name));

    public Task<MessagePage> GetHistoryAsync(Username name, int limit, CancellationToken cancellationToken) =>
        Task.FromResult(messages.Page(name, after: null, before: null, limit));

    public Task<SearchPage> SearchAsync(string words, int limit, CancellationToken cancellationToken) =>
        Task.FromResult(messages.Search(words, before: null, limit));

    public Task ExportAsync(Username name, Stream output, CancellationToken cancellationToken) =>
        MessageExport.WriteAsync(messages.Export(name), output);

    public Task<int> DeleteAsync(Username name, Guid? id, CancellationToken cancellationToken) =>
        messages.DeleteAsync(name, id);
}
