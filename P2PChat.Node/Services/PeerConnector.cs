using System.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Lan;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Paths;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;

namespace P2PChat.Node.Services;

/// <summary>Looks up peers in the directory and dials them.</summary>
internal sealed partial class PeerConnector(
    LocalIdentity self,
    SessionContext context,
    SessionTable sessions,
    LinkTable links,
    LinkPlaces places,
    PathSearches paths,
    LanPeers lan,
    Contacts contacts,
    PeerLookup lookup,
    DirectoryRegistration registration,
    BlockPolicy blocks,
    PeerLifetime lifetime,
    PeerOptions options,
    ILogger<PeerConnector> logger
)
{
    private static readonly TimeSpan UpgradePause = TimeSpan.FromMilliseconds(250);

    private readonly ILogger<PeerConnector> _logger = logger;

    /// <summary>Looks up a peer that can be dialled now.</summary>
    /// <exception cref="PeerException">The peer cannot be dialled.</exception>
    public Task<FoundPeer> FindAsync(Username name, CancellationToken cancellationToken) =>
        FindAsync(name, evenIfOffline: false, cancellationToken);

    private async Task<FoundPeer> FindAsync(Username name, bool evenIfOffline, CancellationToken cancellationToken)
    {
        var found = await LookUpAsync(name, cancellationToken);
        ThrowIfNotDialable(found, evenIfOffline);
        return found;
    }

    /// <param name="evenIfOffline">Whether the addresses in the last record will do.</param>
    /// <exception cref="PeerException">The peer is offline, or this peer has too many connections.</exception>
    public void ThrowIfNotDialable(FoundPeer found, bool evenIfOffline = false)
    {
        var name = found.Name;
        if (!found.Online && !(evenIfOffline && found.LastEndpoints.Count > 0))
        {
            throw new PeerException(PeerError.PeerOffline, $"{name} is offline. Try again when {name} is online.");
        }

        // Closes no other link yet: the dial may fail.
        places.ThrowIfFull(found.PeerId);
    }

    /// <summary>Starts to dial, unless the session says that no dial is needed.</summary>
    /// <param name="span">Ends with the outcome; null for none.</param>
    /// <param name="quiet">Whether to report no event if the dial fails.</param>
    public ConnectOutcome BeginConnect(FoundPeer found, Activity? span, bool quiet)
    {
        var outcome = ConnectOutcome.AlreadyRequested;
        sessions.Use(found.PeerId, session =>
        {
            var dial = new CancellationTokenSource();
            var begun = session.Dial.Begin(found.Name, found.Ephemeral, span, dial, quiet);
            if (begun == ConnectOutcome.Dial)
            {
                _ = DialAsync(session, found, dial, quiet);
            }
            else
            {
                dial.Dispose();
            }

            outcome = begun ?? outcome;
            return begun is not null || lifetime.IsStopping;
        });
        return outcome;
    }

    /// <summary>
    /// Reconnects to an accepted contact, if that is still wanted. Only success is reported as an event.
    /// </summary>
    /// <returns>False if the connection is no longer wanted.</returns>
    /// <exception cref="PeerException">The contact cannot be dialled now.</exception>
    public async Task<bool> ReconnectAsync(Username name, PeerId key, CancellationToken cancellationToken)
    {
        if (
            lifetime.IsStopping
            || sessions.Find(name) is not { } session
            || session.Remote != key
            || !session.Lifecycle.WantsLink
            || blocks.IsBlocked(name, key)
        )
        {
            return false;
        }

        // A pending request may outlast the pause before the next attempt, and still fail.
        if (session.Relation is Relation.RequestSent or Relation.RequestReceived)
        {
            return true;
        }

        places.ThrowIfFull(key);

        try
        {
            // Contacts of a host whose address has changed no longer find the directory, so to it they are offline.
            var found = await FindAsync(name, options.HostsDirectory, cancellationToken);
            if (found.PeerId != key || blocks.IsBlocked(name))
            {
                return false;
            }

            if (!found.Online)
            {
                session.Mail.Expedite();
                found = found with { Endpoints = found.LastEndpoints };
            }

            _ = BeginConnect(found, span: null, quiet: true);
            return true;
        }
        catch (PeerException exception) when (exception.Error == PeerError.PeerOffline)
        {
            session.Mail.Expedite();
            throw;
        }
        catch (PeerException exception) when (exception.OtherKey is { } other)
        {
            context.Warnings.OnKeyChanged(name, other);
            throw;
        }
    }

    /// <summary>Looks for a path that is better than the session's relayed one.</summary>
    /// <exception cref="PeerException">The peer cannot be looked up.</exception>
    public async Task UpgradeAsync(SessionHost session, CancellationToken cancellationToken)
    {
        if (session.Name is not { } name || session.Path != PathKind.Relayed || lifetime.IsStopping)
        {
            return;
        }

        var found = await LookUpAsync(name, cancellationToken);
        using var search = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (found.PeerId != session.Remote)
        {
            return;
        }

        // The search that has led to the relay may still be running.
        while (!session.Upgrade.TryBegin(search))
        {
            if (session.Path != PathKind.Relayed)
            {
                return;
            }

            await Task.Delay(UpgradePause, context.SteadyClock, cancellationToken);
        }

        try
        {
            _ = await paths.UpgradeAsync(
                TargetOf(found),
                path => session.Upgrade.TryAttach(search, () => AddLink(path)),
                search.Token
            );
        }
        finally
        {
            session.Upgrade.End(search);
        }
    }

    /// <summary>Connects at once to a contact that was found on the local network.</summary>
    public void OnFoundOnLan(PeerId key)
    {
        if (
            SessionTable.Guard(() => context.Store.Conversations.AcceptedName(key)) is { } name
            && sessions.Find(name) is { } session
            && session.Remote == key
            && session.Lifecycle.WantsLink
        )
        {
            context.Reconnect.Wanted(name, key);
        }
    }

    /// <summary>Looks up another peer, which may be offline.</summary>
    /// <exception cref="PeerException">The peer cannot be found, or is this one.</exception>
    public async Task<FoundPeer> LookUpAsync(Username name, CancellationToken cancellationToken)
    {
        // Without a directory, a lookup would take its whole timeout.
        if (registration.State == DirectoryState.Unreachable && FindOnLan(name) is { } near)
        {
            return near;
        }

        try
        {
            var found = await lookup.FindAsync(name, cancellationToken);
            context.Joined.OnMatch(name);
            return found.PeerId == self.PeerId ? throw Refusals.ToSelf()
                : found.Online || !IsOnLan(found.PeerId) ? found
                : found with { Online = true };
        }
        catch (PeerException exception)
            when (exception.Error == PeerError.DirectoryUnavailable && FindOnLan(name) is { } found)
        {
            return found;
        }
        catch (PeerException exception) when (exception.OtherKey is { } other && context.Joined.IsPending(name))
        {
            context.Warnings.OnKeyChanged(name, other);
            // Without the key: the user must not trust it.
            throw new PeerException(PeerError.InviterKeyChanged, InviterKeyWarning.For(name));
        }
    }

    // A contact on the local network is reached without the directory: its key is pinned.
    private FoundPeer? FindOnLan(Username name) =>
        contacts.Find(name)?.PeerId is { } key && IsOnLan(key)
            ? new FoundPeer(name, key, Online: true, Ephemeral: false, Endpoints: [])
            : null;

    private bool IsOnLan(PeerId key) => lan.EndpointsOf(key).Count > 0;

    private PathTarget TargetOf(FoundPeer found) =>
        PathTarget.Of(
            found,
            isContact: contacts.IsKnown(found.Name, found.PeerId) || context.Joined.Find(found.PeerId) is not null
        );

    // The token source is not disposed, because the session may still cancel it. Without a timer it holds no resources.
    private async Task DialAsync(SessionHost session, FoundPeer found, CancellationTokenSource dial, bool quiet)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(dial.Token, lifetime.Stopping);
        try
        {
            var failure = await paths.ConnectAsync(
                TargetOf(found),
                isUrgent: !quiet,
                path => TryAttach(session, dial, path),
                stop.Token
            );
            if (failure is { } outcome)
            {
                session.Dial.Fail(dial, DisconnectReasons.Of(outcome));
            }
            else if (!stop.IsCancellationRequested)
            {
                session.Dial.End(dial);
            }
        }
        catch (Exception exception)
        {
            LogDialFailed(exception);
            session.Dial.Fail(dial, DisconnectReason.Unreachable);
        }
        finally
        {
            session.Upgrade.End(dial);
        }
    }

    // A relayed path is only the beginning: a better one of the same search may take over.
    private bool TryAttach(SessionHost session, CancellationTokenSource dial, FoundPath path)
    {
        if (path.IsTakeover)
        {
            return session.Upgrade.TryAttach(dial, () => AddLink(path));
        }

        if (!TryMakePlace(session, dial))
        {
            return false;
        }

        return session.Dial.TryAttach(dial, () =>
        {
            // Under the session's lock, so that a search does not begin after the end of its dial.
            if (path.Kind == PathKind.Relayed)
            {
                _ = session.Upgrade.TryBegin(dial);
            }

            return AddLink(path);
        });
    }

    /// <summary>
    /// Makes room for the link of a dial. Call it without the session's lock, because it looks at other sessions.
    /// </summary>
    /// <returns>False if the dial has ended, so no other link is closed for it, or if there are too many.</returns>
    internal bool TryMakePlace(SessionHost session, CancellationTokenSource dial)
    {
        try
        {
            return session.Dial.IsCurrent(dial) && places.TryMakePlace(session.Remote);
        }
        catch (PeerException)
        {
            // The store cannot be read. One link too many does no harm.
            return true;
        }
    }

    private Link AddLink(FoundPath path) =>
        links.Add(path.Channel.Channel, isRequester: true, path.Channel.StartedAt, slot: null);

    [LoggerMessage(LogLevel.Error, "Dial failed with an unexpected error.")]
    private partial void LogDialFailed(Exception exception);
}
