using System.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;

namespace P2PChat.Node.Services;

/// <summary>Connects to other peers, answers their requests, and lists them. Thread-safe.</summary>
public sealed class ConnectionService
{
    private readonly LocalIdentity _self;
    private readonly SessionTable _sessions;
    private readonly PeerConnector _connector;
    private readonly MailRequestService _mailRequests;
    private readonly DirectoryHttpClient _directory;
    private readonly Contacts _contacts;
    private readonly BlockPolicy _blocks;
    private readonly LocalChanges _changes;

    internal ConnectionService(
        LocalIdentity self,
        SessionTable sessions,
        PeerConnector connector,
        MailRequestService mailRequests,
        DirectoryHttpClient directory,
        Contacts contacts,
        BlockPolicy blocks,
        LocalChanges changes
    )
    {
        _self = self;
        _sessions = sessions;
        _connector = connector;
        _mailRequests = mailRequests;
        _directory = directory;
        _contacts = contacts;
        _blocks = blocks;
        _changes = changes;
    }

    /// <summary>The number of connected peers. There may be more links, because some carry only a request.</summary>
    public int ConnectedCount => _sessions.All.Count(session => session.Relation == Relation.Connected);

    /// <summary>The number of connected peers whose link is relayed.</summary>
    public int RelayedCount =>
        _sessions.All.Count(session => session is { Relation: Relation.Connected, Path: PathKind.Relayed });

    /// <summary>The open requests of other peers, with the key of each peer.</summary>
    public IReadOnlyList<PeerRequest> Requests =>
        [
            .. from session in _sessions.All
            where session.Relation == Relation.RequestReceived
            let name = session.Name
            where name is not null && !_blocks.IsBlocked(name.Value)
            select new PeerRequest(name.Value, session.Remote) { RefusedInvite = session.Requests.RefusedInvite },
            .. _mailRequests.Received.Where(request =>
                _sessions.Find(request.From)?.Relation is not (Relation.Connected or Relation.RequestReceived)
            ),
        ];

    /// <summary>The names of all peers with a session in memory.</summary>
    public IReadOnlyList<Username> ActivePeers => [.. _sessions.All.Select(session => session.Name).OfType<Username>()];

    public Relation RelationTo(Username name) =>
        name == _self.Name ? Relation.Ourselves
        : _blocks.IsBlocked(name) ? Relation.None
        : _sessions.Find(name)?.Relation is { } relation and not Relation.None ? relation
        : _mailRequests.RelationTo(name);

    /// <summary>Returns whether this peer's request waits in the other's request box.</summary>
    public bool IsWaiting(Username name) =>
        _sessions.Find(name)?.Relation is null or Relation.None && _mailRequests.Find(name, outgoing: true) is not null;

    /// <summary>Returns how the open link to a peer travels; null while not connected.</summary>
    public PathKind? PathTo(Username name) =>
        !_blocks.IsBlocked(name) && _sessions.Find(name) is { Relation: Relation.Connected } session
            ? session.Path
            : null;

    /// <summary>Returns whether the other peer requested the current connection.</summary>
    public bool IsInbound(Username name) => _sessions.Find(name)?.TheyAsked ?? false;

    /// <summary>Reads all pages of the directory's list, sorted by name.</summary>
    /// <exception cref="PeerException">The directory cannot be reached.</exception>
    public async Task<IReadOnlyList<PeerView>> ListPeersAsync(CancellationToken cancellationToken)
    {
        try
        {
            var views = new List<PeerView>();
            foreach (var peer in await _directory.ListAsync(cancellationToken))
            {
                if (!Username.TryParse(peer.Username, out var name) || !PeerId.TryParse(peer.PeerId, out var claimant))
                {
                    continue;
                }

                // While a link under the name is open, another key's claim does not count.
                var session = _sessions.Find(name);
                var peerId = session?.Relation == Relation.Connected ? session.Remote : claimant;
                views.Add(
                    new PeerView(name, peerId, peer.Online, peer.LastSeen, RelationTo(name))
                    {
                        Waiting = IsWaiting(name),
                        Path = PathTo(name),
                        Verified = _contacts.Find(name) is { Verified: true } contact && contact.PeerId == peerId,
                    }
                );
            }

            return views;
        }
        catch (DirectoryException exception)
        {
            throw exception.ToPeerException();
        }
    }

    /// <summary>
    /// Requests a connection. Returns once the other peer is being dialled, or its own request was accepted. The
    /// outcome follows as <see cref="PeerEvent.Connected"/> or <see cref="PeerEvent.Disconnected"/>.
    /// </summary>
    /// <returns>
    /// If the other peer is away and takes requests: until when the request waits in its request box. Otherwise null.
    /// </returns>
    /// <exception cref="PeerException">The request cannot be made.</exception>
    public async Task<DateTimeOffset?> ConnectAsync(Username name, CancellationToken cancellationToken)
    {
        if (name == _self.Name)
        {
            throw Refusals.ToSelf();
        }

        _blocks.ThrowIfBlocked(name);
        if (_mailRequests.TryAccept(name))
        {
            _changes.Publish();
            return null;
        }

        if (_sessions.Find(name)?.Dial.TryConnectWithoutDial(name) is { } outcome)
        {
            _changes.Publish();
            ThrowIfNotNeeded(name, outcome);
            return null;
        }

        var span = Telemetry.Source.StartActivity("peer.connect");
        try
        {
            var found = await _connector.LookUpAsync(name, cancellationToken);
            if (await _mailRequests.TryAskAsync(found, cancellationToken) is { } waitsUntil)
            {
                span?.Dispose();
                _changes.Publish();
                return waitsUntil;
            }

            _connector.ThrowIfNotDialable(found);
            outcome = _connector.BeginConnect(found, span, quiet: false);
            _blocks.EndIfBlocked(name);
            _changes.Publish();
            ThrowIfNotNeeded(name, outcome);
            if (outcome == ConnectOutcome.AcceptedTheirRequest)
            {
                span?.Dispose();
            }

            return null;
        }
        catch (Exception exception)
        {
            // The refusal shows the key, so the user may accept it.
            if (exception is PeerException { OtherKey: { } key })
            {
                _contacts.NoteOtherKey(name, key);
            }

            span?.SetStatus(
                ActivityStatusCode.Error,
                exception is PeerException refusal ? Telemetry.Word(refusal.Error) : null
            );
            span?.Dispose();
            throw;
        }
    }

    /// <exception cref="PeerException">The peer has no open request.</exception>
    public void Accept(Username name)
    {
        _blocks.ThrowIfBlocked(name);
        if (_sessions.Find(name)?.Requests.Accept() != true && !_mailRequests.TryAccept(name))
        {
            throw NoRequest(name);
        }

        _changes.Publish();
    }

    /// <exception cref="PeerException">The peer has no open request.</exception>
    public void Reject(Username name)
    {
        // A peer may have asked on a link and by mail.
        var isRejected = _sessions.Find(name)?.Requests.Reject() == true;
        if (!_mailRequests.TryRemove(name, outgoing: false) && !isRejected)
        {
            throw NoRequest(name);
        }

        _changes.Publish();
    }

    /// <summary>Closes the connection, or withdraws this peer's request.</summary>
    /// <exception cref="PeerException">There is neither a connection nor a request.</exception>
    public void Disconnect(Username name)
    {
        var isEnded = _sessions.Find(name)?.Lifecycle.Disconnect() == true;
        if (!_mailRequests.TryRemove(name, outgoing: true) && !isEnded)
        {
            throw Refusals.NotConnected(name);
        }

        _changes.Publish();
    }

    private static void ThrowIfNotNeeded(Username name, ConnectOutcome outcome)
    {
        switch (outcome)
        {
            case ConnectOutcome.AlreadyConnected:
                throw new PeerException(PeerError.AlreadyConnected, $"You are already connected to {name}.");
            case ConnectOutcome.AlreadyRequested:
                throw new PeerException(
                    PeerError.AlreadyAsked,
                    $"You have already sent {name} a request. Wait for the answer, or withdraw it."
                );
        }
    }

    private static PeerException NoRequest(Username name) =>
        new(PeerError.NoRequest, $"There is no open request from {name}. It may have expired or been withdrawn.");
}
