using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Invites;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Mailbox;

/// <summary>Creates what the first envelopes to a new contact begin with. Thread-safe.</summary>
internal sealed class MailIntroducer(PeerStore store, JoinedInvites joined, MailboxClient mailbox, PeerOptions options)
{
    /// <returns>Null if the contact needs none.</returns>
    /// <exception cref="StoreException">The capability for the contact cannot be saved.</exception>
    /// <exception cref="DirectoryException">The directory cannot be told to accept it.</exception>
    public async Task<MailHead?> CreateAsync(SessionHost session, CancellationToken cancellationToken)
    {
        // The store has the capability before the other side, and returns the same one each time.
        if (
            session.Introductions.Current == MailIntroduction.None
            || await store.Capabilities.GrantAsync(session.Remote) is not { } capability
        )
        {
            return null;
        }

        try
        {
            // Before the other side has it, because this peer may be offline when it is used.
            await mailbox.GrantAsync(MailboxCapability.HashOf(capability), cancellationToken);
        }
        catch (DirectoryException exception) when (exception.Failure == DirectoryFailure.Refused)
        {
            // The directory's limit is reached. The introduction goes out all the same, and MailGrants tries again.
        }

        var request = joined.RequestFor(session.Remote) ?? new Request();
        request.Username = Username.Parse(options.Username).Value;
        return new MailHead(request, capability);
    }
}
