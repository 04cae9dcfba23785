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
    private readonly DirectoryHttpClient _directory;
    private readonly Contacts _contacts;
    private readonly BlockPolicy _blocks;
    private readonly LocalChanges _changes;

    internal ConnectionService(
        LocalIdentity self,
        SessionTable sessions,
        PeerConnector connector,
        DirectoryHttpClient directory,
        Contacts contacts,
        BlockPolicy blocks,
        LocalChanges changes
    )
    {
        _self = self;
        _sessions = sessions;
        _connector = connector;
        _directory = directory;
        _contacts = contacts;
        _blocks = blocks;
        _changes = changes;
    }

    /// <summary>The number of connected peers. There may be more links, because some carry only a request.</summary>
    public int ConnectedCount => _sessions.All.Count(session => session.Relation == Relation.Connected);

    /// <summary>The open requests of other peers, with the key of each peer.</summary>
    public IReadOnlyList<PeerRequest> Requests =>
        [
            .. from session in _sessions.All
            where session.Relation == Relation.RequestReceived
            let name = session.Name
            where name is not null && !_blocks.IsBlocked(name.Value)
            select new PeerRequest(name.Value, session.Remote) { RefusedInvite = session.Requests.RefusedInvite },
        ];

    /// <summary>The names of all peers with a session in memory.</summary>
    public IReadOnlyList<Username> ActivePeers => [.. _sessions.All.Select(session => session.Name).OfType<Username>()];

    public Relation RelationTo(Username name) =>
        name == _self.Name ? Relation.Ourselves
        : _blocks.IsBlocked(name) ? Relation.None
        : _sessions.Find(name)?.Relation ?? Relation.None;

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
    /// <exception cref="PeerException">The request cannot be made.</exception>
    public async Task ConnectAsync(Username name, CancellationToken cancellationToken)
    {
        if (name == _self.Name)
        {
            throw Refusals.ToSelf();
        }

        _blocks.ThrowIfBlocked(name);
        if (_sessions.Find(name)?.Dial.TryConnectWithoutDial(name) is { } outcome)
        {
            _changes.Publish();
            ThrowIfNotNeeded(name, outcome);
            return;
        }

        var span = Telemetry.Source.StartActivity("peer.connect");
        try
        {
            var found = await _connector.FindAsync(name, cancellationToken);
            outcome = _connector.BeginConnect(found, span, quiet: false);
            _blocks.EndIfBlocked(name);
            _changes.Publish();
            ThrowIfNotNeeded(name, outcome);
            if (outcome == ConnectOutcome.AcceptedTheirRequest)
            {
                span?.Dispose();
            }
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
        if (_sessions.Find(name) is not { } session || !session.Requests.Accept())
        {
            throw NoRequest(name);
        }

        _changes.Publish();
    }

    /// <exception cref="PeerException">The peer has no open request.</exception>
    public void Reject(Username name)
    {
        if (_sessions.Find(name) is not { } session || !session.Requests.Reject())
        {
            throw NoRequest(name);
        }

        _changes.Publish();
    }

    /// <summary>Closes the connection, or withdraws this peer's request.</summary>
    /// <exception cref="PeerException">There is neither a connection nor a request.</exception>
    public void Disconnect(Username name)
    {
        if (_sessions.Find(name) is not { } session || !session.Lifecycle.Disconnect())
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
                    $"You have already sent {name} a request. Wait for the answer."
                );
        }
    }

    private static PeerException NoRequest(Username name) =>
        new(PeerError.NoRequest, $"There is no open request from {name}. It may have expired or been withdrawn.");
}
