using System.Diagnostics;
using P2PChat.Node.Backup;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Wire;

namespace P2PChat.Node.Services;

/// <summary>What a peer can do, for the console, the API and bots. Thread-safe.</summary>
public sealed partial class PeerNode
{
    private readonly SessionContext _context;
    private readonly SessionTable _sessions;
    private readonly LinkTable _links;
    private readonly PeerListener _listener;
    private readonly PeerDialer _dialer;
    private readonly PeerLookup _lookup;
    private readonly DirectoryHttpClient _directory;
    private readonly DirectoryRegistration _membership;
    private readonly BackupService _backups;
    private readonly ILogger<PeerNode> _logger;
    private volatile bool _ended;

    internal PeerNode(
        SessionContext context,
        SessionTable sessions,
        LinkTable links,
        PeerListener listener,
        PeerDialer dialer,
        PeerLookup lookup,
        DirectoryHttpClient directory,
        DirectoryRegistration membership,
        BackupService backups,
        ILogger<PeerNode> logger
    )
    {
        _context = context;
        _sessions = sessions;
        _links = links;
        _listener = listener;
        _dialer = dialer;
        _lookup = lookup;
        _directory = directory;
        _membership = membership;
        _backups = backups;
        _logger = logger;
        context.Contacts.BlockChanged += OnBlockChanged;
        context.Preferences.Changed += TellPresence;
    }

    /// <summary>What has happened, numbered from 1; the newest few thousand are kept.</summary>
    public EventLog Events => _context.Events;

    public PeerStatus Status
    {
        get
        {
            var (state, detail) = _membership.Standing;
            return new(
                _context.Self,
                _context.SelfId,
                _listener.Endpoints is [var first, ..] ? AdvertisedEndpoints.Text(first) : null,
                state,
                detail,
                _links.Count,
                Environment.ProcessId
            );
        }
    }

    /// <summary>How many peers are connected, which is not how many links there are: some are still asking.</summary>
    public int Connected => _sessions.All.Count(session => session.Relation == Relation.Connected);

    /// <summary>Requests that wait for an answer.</summary>
    public IReadOnlyList<Username> OpenRequests => [.. Requests.Select(request => request.From)];

    /// <summary>Requests that wait for an answer, and the key of each peer that asks.</summary>
    public IReadOnlyList<PeerRequest> Requests =>
        [
            .. from session in _sessions.All
            where session.Relation == Relation.Asking
            let name = session.Name
            where name is not null && !IsBlocked(name.Value)
            select new PeerRequest(name.Value, session.Remote),
        ];

    /// <summary>The directory's list, all pages, by name.</summary>
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
                        Verified = IsVerified(name, peerId),
                    }
                );
            }

            return views;
        }
        catch (DirectoryException e)
        {
            throw e.AsRefusal();
        }
    }

    /// <summary>
    /// Asks to connect. Returns when the other peer has been found and is being dialled (or its own request has been
    /// accepted by this); the outcome follows as <see cref="PeerEvent.Connected"/> or <see cref="PeerEvent.Disconnected"/>.
    /// </summary>
    /// <exception cref="PeerException">It cannot be asked.</exception>
    public async Task ConnectAsync(Username name, CancellationToken cancellationToken)
    {
        if (name == _context.Self)
        {
            throw ToOneself();
        }

        RefuseBlocked(name);
        if (_sessions.Find(name)?.TryConnectWithoutDial(name) is { } outcome)
        {
            Acted?.Invoke();
            Judge(name, outcome);
            return;
        }

        var span = Telemetry.Source.StartActivity("peer.connect");
        try
        {
            var found = await FindAsync(name, cancellationToken);
            outcome = BeginConnect(found, span);
            EndIfBlocked(name);
            Acted?.Invoke();
            Judge(name, outcome);
            if (outcome == ConnectOutcome.AcceptedTheirs)
            {
                span?.Dispose();
            }
        }
        catch (Exception e)
        {
            // The refusal shows the key.
            if (e is PeerException { OtherKey: { } key })
            {
                _context.Contacts.NoteOtherKey(name, key);
            }

            span?.SetStatus(
                ActivityStatusCode.Error,
                e is PeerException refusal ? Telemetry.Word(refusal.Error) : null
            );
            span?.Dispose();
            throw;
        }
    }

    /// <exception cref="PeerException">There is no open request of that peer.</exception>
    public void Accept(Username name)
    {
        RefuseBlocked(name);
        if (_sessions.Find(name) is not { } session || !session.Accept())
        {
            throw NoRequest(name);
        }

        Acted?.Invoke();
    }

    /// <exception cref="PeerException">There is no open request of that peer.</exception>
    public void Reject(Username name)
    {
        if (_sessions.Find(name) is not { } session || !session.Reject())
        {
            throw NoRequest(name);
        }

        Acted?.Invoke();
    }

    /// <summary>Ends the connection, or takes back our request.</summary>
    /// <exception cref="PeerException">There is neither.</exception>
    public void Disconnect(Username name)
    {
        if (_sessions.Find(name) is not { } session || !session.Disconnect())
        {
            throw NotConnected(name);
        }

        Acted?.Invoke();
    }

    internal bool IsConnectedTo(Username name) => _sessions.Find(name)?.Relation == Relation.Connected;

    /// <summary>Writes all that this peer would need elsewhere to one file, sealed with a passphrase (docs/backup.md).</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="force">Whether a file that is there is replaced.</param>
    /// <exception cref="PeerException">There can be no such backup, or it cannot be written.</exception>
    public Task BackUpAsync(string path, string passphrase, bool force, CancellationToken cancellationToken) =>
        _backups.WriteAsync(path, passphrase, force, cancellationToken);

    /// <summary>Whether a peer asked for the connection that there is, rather than this one.</summary>
    internal bool TheyAsked(Username name) => _sessions.Find(name)?.TheyAsked ?? false;

    /// <summary>Takes a call.</summary>
    /// <param name="place">What it takes among those who have not shown who they are.</param>
    internal void OnConnectionAccepted(TlsChannel channel, DateTimeOffset startedAt, IDisposable place)
    {
        // Another process that has this key, or this one that has called itself.
        if (_ended || channel.Remote == _context.SelfId)
        {
            channel.Dispose();
            place.Dispose();
            return;
        }

        var full = _links.IsFull;
        var link = _links.Add(channel, dialled: false, startedAt, place);
        if (full)
        {
            _context.Metrics.Error(nameof(CloseReason.Overloaded));
            link.Start(new LinkHandlers(_ => { }, _ => { }, (_, _) => { }));
            link.Close(CloseReason.Overloaded);
            return;
        }

        try
        {
            _sessions.Use(channel.Remote, session => session.TryAttach(link));
        }
        catch (PeerException)
        {
            _context.Metrics.Error("store");
            link.Start(new LinkHandlers(_ => { }, _ => { }, (_, _) => { }));
            link.Close(CloseReason.InternalError);
        }
    }

    /// <summary>Says goodbye to everybody, and waits until they know.</summary>
    internal async Task EndAsync(TimeSpan timeout)
    {
        _ended = true;
        foreach (var session in _sessions.All)
        {
            session.EndForExit();
        }

        await _links.EndAsync(timeout);
    }

    /// <summary>Takes up what an earlier process left.</summary>
    /// <exception cref="PeerStartException">The store cannot be read, or not be written.</exception>
    internal async Task RestoreAsync()
    {
        _backups.CleanUp();
        try
        {
            await _sessions.BeginEpochsAsync();
            _sessions.Restore();
            // A first connection just before a crash: the store has it, and the file of the contacts perhaps not.
            foreach (var (name, key) in SessionTable.Guard(_context.Store.AcceptedToPin))
            {
                _context.Contacts.Pin(name, key);
            }
            // A block that was saved just before a crash.
            foreach (var contact in _context.Contacts.List().Where(contact => contact.Blocked))
            {
                if (contact.PeerId is { } key)
                {
                    PartWith(contact.Name, key);
                }
            }
        }
        catch (PeerException e)
        {
            throw new PeerStartException(e.Message, e);
        }
    }

    /// <summary>The time until <see cref="Tick"/> has something to do, if nothing changes before.</summary>
    internal TimeSpan UntilDue()
    {
        var wait = _links.UntilDue();
        return _sessions.Deadline - _context.Steady.GetUtcNow() is { } left && left < wait ? left : wait;
    }

    /// <summary>Checks timeouts. Call it when <see cref="UntilDue"/> is over, and after a change.</summary>
    internal void Tick()
    {
        _links.Tick();
        _sessions.Tick(_context.Steady.GetUtcNow());
    }

    /// <summary>Gives up the messages that have waited too long. Call it now and then.</summary>
    internal void Expire() => _sessions.Expire(_context.MessageClock.Now);

    /// <summary>Whether this peer has history, which stays readable when the directory refuses the peer.</summary>
    internal bool HasHistory
    {
        get
        {
            try
            {
                return _context.Store.HasHistory();
            }
            catch (StoreException)
            {
                // A store that can still be read stays usable; commands report the rest.
                return true;
            }
        }
    }

    /// <summary>
    /// Connects again to one who has been accepted, if that is still wanted. Whether it comes about is told only if it does.
    /// </summary>
    /// <returns>False if it is not wanted any more.</returns>
    /// <exception cref="PeerException">It cannot be asked now.</exception>
    internal async Task<bool> ReconnectAsync(Username name, PeerId key, CancellationToken cancellationToken)
    {
        if (
            _ended
            || _sessions.Find(name) is not { } session
            || session.Remote != key
            || !session.WantsLink
            || _context.Contacts.IsBlocked(name, key)
        )
        {
            return false;
        }
        // What is under way may take longer than the pause before the next attempt, and come to nothing.
        if (session.Relation is Relation.Asked or Relation.Asking)
        {
            return true;
        }

        try
        {
            var found = await FindAsync(name, cancellationToken);
            if (found.PeerId != key || IsBlocked(name))
            {
                return false;
            }

            _ = BeginConnect(found, span: null, quiet: true);
            return true;
        }
        catch (PeerException e) when (e.Error == PeerError.PeerOffline)
        {
            session.HastenMail();
            throw;
        }
        catch (PeerException e) when (e.OtherKey is { } other)
        {
            _context.WarnOfChangedKey(name, other);
            throw;
        }
    }

    private async Task<FoundPeer> FindAsync(Username name, CancellationToken cancellationToken)
    {
        var found = await _lookup.FindAsync(name, cancellationToken);
        if (found.PeerId == _context.SelfId)
        {
            throw ToOneself();
        }

        if (!found.Online)
        {
            throw new PeerException(
                PeerError.PeerOffline,
                $"{name} is offline: try again when 'list' shows it online."
            );
        }

        if (_links.IsFull)
        {
            throw new PeerException(
                PeerError.TooManyLinks,
                "This peer has as many links as it may: disconnect from somebody first."
            );
        }

        return found;
    }

    private ConnectOutcome BeginConnect(FoundPeer found, Activity? span, bool quiet = false)
    {
        var outcome = ConnectOutcome.AlreadyAsking;
        _sessions.Use(found.PeerId, session =>
        {
            var dial = new CancellationTokenSource();
            var begun = session.BeginConnect(found.Name, found.Ephemeral, span, dial, quiet);
            if (begun == ConnectOutcome.Dial)
            {
                _ = DialAsync(session, found, dial);
            }
            else
            {
                dial.Dispose();
            }

            outcome = begun ?? outcome;
            return begun is not null || _ended;
        });
        return outcome;
    }

    private async Task DialAsync(ChatSession session, FoundPeer found, CancellationTokenSource dial)
    {
        using var _ = dial;
        try
        {
            var dialled = await _dialer.DialAsync(found.Endpoints, found.PeerId, dial.Token);
            if (
                !session.AttachDialled(dial, () =>
                    _links.Add(dialled.Channel, dialled: true, dialled.StartedAt, place: null)
                )
            )
            {
                dialled.Channel.Dispose();
            }
        }
        catch (DialException e)
        {
            session.DialFailed(dial, e.Reason);
        }
        catch (OperationCanceledException)
        {
            // Taken back: who took it back has told.
        }
        catch (Exception e)
        {
            LogDialFailed(e);
            session.DialFailed(dial, DisconnectReason.Unreachable);
        }
    }

    /// <summary>What this peer is to another.</summary>
    public Relation RelationTo(Username name) =>
        name == _context.Self ? Relation.Ourselves
        : IsBlocked(name) ? Relation.None
        : _sessions.Find(name)?.Relation ?? Relation.None;

    private static void Judge(Username name, ConnectOutcome outcome)
    {
        switch (outcome)
        {
            case ConnectOutcome.AlreadyConnected:
                throw new PeerException(PeerError.AlreadyConnected, $"You are connected to {name} already.");
            case ConnectOutcome.AlreadyAsking:
                throw new PeerException(PeerError.AlreadyAsked, $"You have asked {name} already: wait for the answer.");
        }
    }

    private static PeerException ToOneself() => new(PeerError.ToOneself, "That is you: name another peer.");

    private static PeerException NotConnected(Username name) =>
        new(PeerError.NotConnected, $"You are not connected to {name}: 'connect {name}' first.");

    private static PeerException NoRequest(Username name) =>
        new(PeerError.NoRequest, $"{name} has not asked to connect, or does not any more.");

    [LoggerMessage(LogLevel.Error, "A dial has failed, by a fault of this peer's own.")]
    private partial void LogDialFailed(Exception exception);
}
