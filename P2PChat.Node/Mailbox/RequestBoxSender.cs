using Google.Protobuf;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Records;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Mailbox;

/// <summary>Deposits this peer's requests in the request boxes of peers that are away. Thread-safe.</summary>
internal sealed class RequestBoxSender(
    MailRequests requests,
    PeerIdentity identity,
    RequestBoxClient box,
    MailboxNotifications notifications,
    PeerOptions options,
    TimeProvider timeProvider
)
{
    /// <summary>Deposits a request with a capability for this peer's mailbox, and nothing else.</summary>
    /// <returns>When the directory discards the request.</returns>
    /// <exception cref="DirectoryException">The request was not deposited.</exception>
    /// <exception cref="StoreException">The request cannot be saved.</exception>
    public async Task<DateTimeOffset> SendAsync(
        Username name,
        PeerId recipient,
        Prekey prekey,
        CancellationToken cancellationToken
    )
    {
        var capability = MailboxCapability.New();
        var request = new MailRequest(recipient, name, IsOutgoing: true, capability, timeProvider.GetUtcNow());
        var envelope = identity.Seal(
            [
                new Frame { Request = new Request { Username = Username.Parse(options.Username).Value } },
                new Frame { MailboxGrant = new MailboxGrant { Capability = ByteString.CopyFrom(capability) } },
            ],
            recipient,
            prekey
        );
        // First, because the answer may come at once.
        _ = await requests.AddAsync(request);
        notifications.Granted(capability);
        try
        {
            return await box.PutRequestAsync(name, envelope, cancellationToken);
        }
        catch
        {
            requests.Remove(request);
            throw;
        }
    }
}
