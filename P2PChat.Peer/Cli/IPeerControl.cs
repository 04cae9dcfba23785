using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Storage;
using P2PChat.Peer.Web.SignIn;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Cli;

/// <summary>A contact's key after a trust.</summary>
/// <param name="Digits">The safety number for that key.</param>
public sealed record AcceptedKey(PeerId Key, string Digits);

/// <summary>
/// The peer that a console command is for: <see cref="NodeControl"/> is the one in this process,
/// <see cref="Api.ApiControl"/> one that runs in another.
/// </summary>
/// <remarks>Each call throws <see cref="PeerException"/> where the peer refuses.</remarks>
public interface IPeerControl
{
    Task<PeerStatus> GetStatusAsync(CancellationToken cancellationToken);

    Task<IReadOnlyList<PeerView>> ListPeersAsync(CancellationToken cancellationToken);

    Task<IReadOnlyList<PeerRequest>> ListRequestsAsync(CancellationToken cancellationToken);

    /// <summary>Makes a link that signs a browser in to the peer's page.</summary>
    Task<SignInLink> CreateSignInLinkAsync(CancellationToken cancellationToken);

    Task ConnectAsync(Username name, CancellationToken cancellationToken);

    Task AcceptAsync(Username name, CancellationToken cancellationToken);

    Task RejectAsync(Username name, CancellationToken cancellationToken);

    Task DisconnectAsync(Username name, CancellationToken cancellationToken);

    /// <param name="key">The key to accept, or its first characters; null if a warning showed only one.</param>
    Task<AcceptedKey> TrustAsync(Username name, string? key, CancellationToken cancellationToken);

    Task<IReadOnlyList<Contact>> ListContactsAsync(CancellationToken cancellationToken);

    /// <param name="nickname">Null to take it away.</param>
    Task SetNicknameAsync(Username name, string? nickname, CancellationToken cancellationToken);

    Task BlockAsync(Username name, CancellationToken cancellationToken);

    Task UnblockAsync(Username name, CancellationToken cancellationToken);

    Task<Safety> GetSafetyAsync(Username name, CancellationToken cancellationToken);

    /// <returns>Whether the digits are the safety number of the two.</returns>
    Task<bool> VerifyAsync(Username name, string digits, CancellationToken cancellationToken);

    Task<IReadOnlyList<Setting>> ListSettingsAsync(CancellationToken cancellationToken);

    /// <param name="value">Null to have it as the peer was started.</param>
    Task SetAsync(string name, string? value, CancellationToken cancellationToken);

    /// <param name="path">Absolute, on the peer's machine.</param>
    Task BackUpAsync(string path, string passphrase, bool force, CancellationToken cancellationToken);

    /// <summary>Sends a message. It is stored when this returns, connected or not.</summary>
    Task<SentMessage> SendAsync(Username name, string text, CancellationToken cancellationToken);

    /// <returns>The newest messages, oldest first.</returns>
    Task<MessagePage> GetHistoryAsync(Username name, int limit, CancellationToken cancellationToken);

    /// <returns>The newest messages in which all the words occur, newest first.</returns>
    Task<SearchPage> SearchAsync(string words, int limit, CancellationToken cancellationToken);

    /// <summary>Writes all messages with a peer, as <see cref="Api.MessageExport"/> does.</summary>
    Task ExportAsync(Username name, Stream output, CancellationToken cancellationToken);

    /// <summary>Deletes one message, or all with a peer, on this side only.</summary>
    /// <param name="id">Null for all.</param>
    /// <returns>How many were deleted.</returns>
    Task<int> DeleteAsync(Username name, Guid? id, CancellationToken cancellationToken);
}
