using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Mailbox;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;

namespace P2PChat.Node.Services;

/// <summary>The user's side of requests by mail: lists, accepts, rejects and withdraws them. Thread-safe.</summary>
internal sealed class MailRequestService(
    MailRequests requests,
    RequestBoxSender sender,
    RequestPolicy policy,
    SessionTable sessions,
    BlockPolicy blocks,
    PeerOptions options
)
{
    /// <summary>The requests of other peers, except blocked ones.</summary>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public IEnumerable<PeerRequest> Received =>
        SessionTable
            .Guard(() => requests.Received)
            .Where(request => !blocks.IsBlocked(request.Name, request.Remote))
            .Select(request => new PeerRequest(request.Name, request.Remote)
            {
                ByMail = true,
                RefusedInvite = request.Invite,
            });

    /// <exception cref="PeerException">The store cannot be read.</exception>
    public Relation RelationTo(Username name) =>
        Find(name, outgoing: false) is not null ? Relation.RequestReceived
        : Find(name, outgoing: true) is not null ? Relation.RequestSent
        : Relation.None;

    /// <summary>Deposits a request in the request box of a peer that is away.</summary>
    /// <returns>
    /// When the directory discards it; null if the peer takes no requests while it is away, or is a contact already.
    /// </returns>
    /// <exception cref="PeerException">The request cannot be deposited, or waits there already.</exception>
    public async Task<DateTimeOffset?> TryAskAsync(FoundPeer found, CancellationToken cancellationToken)
    {
        if (
            options.Ephemeral
            || found is not { Online: false, TakesRequests: true, Prekey: { } prekey }
            || IsContact(found.PeerId)
        )
        {
            return null;
        }

        if (SessionTable.Guard(() => requests.FindSent(found.PeerId)) is not null)
        {
            throw new PeerException(
                PeerError.AlreadyAsked,
                $"Your request is waiting for {found.Name} to come online. Wait, or withdraw it."
            );
        }

        try
        {
            return await sender.SendAsync(found.Name, found.PeerId, prekey, cancellationToken);
        }
        catch (DirectoryException exception)
        {
            throw exception.ToPeerException();
        }
        catch (StoreException exception)
        {
            throw new PeerException(PeerError.StoreFailed, exception.Message);
        }
    }

    /// <summary>Accepts a request. The answer goes by mail unless the two connect before.</summary>
    /// <returns>False if there is none.</returns>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public bool TryAccept(Username name)
    {
        if (Find(name, outgoing: false) is not { } request || blocks.IsBlocked(name, request.Remote))
        {
            return false;
        }

        var isAccepted = false;
        sessions.Use(request.Remote, session =>
        {
            var accepted = session.Introductions.Accept(name, MailIntroduction.Accept, request.Capability);
            isAccepted = accepted == true;
            return accepted is not null;
        });
        return isAccepted;
    }

    /// <summary>Removes a request without an answer.</summary>
    /// <param name="outgoing">Whether it is this peer's own. Otherwise it is rejected.</param>
    /// <returns>False if there is none.</returns>
    /// <exception cref="PeerException">The store cannot be written.</exception>
    public bool TryRemove(Username name, bool outgoing)
    {
        if (Find(name, outgoing) is not { } request)
        {
            return false;
        }

        if (!outgoing)
        {
            policy.OnRejected(request.Remote);
        }

        return SessionTable.Guard(() =>
        {
            requests.Remove(request);
            return true;
        });
    }

    /// <summary>Finds the request to or from a peer; null if there is none.</summary>
    /// <exception cref="PeerException">The store cannot be read.</exception>
    public MailRequest? Find(Username name, bool outgoing) => SessionTable.Guard(() => requests.Find(name, outgoing));

    // The session knows it before the store does.
    private bool IsContact(PeerId remote)
    {
        var isContact = false;
        sessions.Use(remote, session =>
        {
            isContact = session.Introductions.IsContact;
            return true;
        });
        return isContact;
    }
}
