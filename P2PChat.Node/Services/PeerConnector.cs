using System.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
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
    PeerDialer dialer,
    PeerLookup lookup,
    BlockPolicy blocks,
    PeerLifetime lifetime,
    PeerOptions options,
    ILogger<PeerConnector> logger
)
{
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

        if (links.IsFull)
        {
            throw new PeerException(
                PeerError.TooManyLinks,
                "This peer has reached its limit of connections. Disconnect from someone first."
            );
        }
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
                _ = DialAsync(session, found, dial);
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

    /// <summary>Looks up another peer, which may be offline.</summary>
    /// <exception cref="PeerException">The peer cannot be found, or is this one.</exception>
    public async Task<FoundPeer> LookUpAsync(Username name, CancellationToken cancellationToken)
    {
        try
        {
            var found = await lookup.FindAsync(name, cancellationToken);
            context.Joined.OnMatch(name);
            return found.PeerId == self.PeerId ? throw Refusals.ToSelf() : found;
        }
        catch (PeerException exception) when (exception.OtherKey is { } other && context.Joined.IsPending(name))
        {
            context.Warnings.OnKeyChanged(name, other);
            // Without the key: the user must not trust it.
            throw new PeerException(PeerError.InviterKeyChanged, InviterKeyWarning.For(name));
        }
    }

    private async Task DialAsync(SessionHost session, FoundPeer found, CancellationTokenSource dial)
    {
        using var _ = dial;
        try
        {
            var dialled = await dialer.DialAsync(found.Endpoints, found.PeerId, dial.Token);
            if (
                !session.Dial.TryAttach(dial, () =>
                    links.Add(dialled.Channel, isRequester: true, dialled.StartedAt, slot: null)
                )
            )
            {
                dialled.Channel.Dispose();
            }
        }
        catch (DialException exception)
        {
            session.Dial.Fail(dial, exception.Reason);
        }
        catch (OperationCanceledException)
        {
            // The code that cancelled the dial has reported the outcome.
        }
        catch (Exception exception)
        {
            LogDialFailed(exception);
            session.Dial.Fail(dial, DisconnectReason.Unreachable);
        }
    }

    [LoggerMessage(LogLevel.Error, "Dial failed with an unexpected error.")]
    private partial void LogDialFailed(Exception exception);
}
