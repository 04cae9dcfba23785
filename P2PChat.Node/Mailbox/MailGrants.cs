using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Invites;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Envelopes;

namespace P2PChat.Node.Mailbox;

/// <summary>
/// Keeps the directory's list of capabilities for this peer's mailbox equal to this peer's contacts and invites: after
/// each registration, because the directory may have forgotten them, and whenever one is added or removed.
/// </summary>
internal sealed partial class MailGrants(
    PeerStore store,
    InviteBook invites,
    MailboxNotifications notifications,
    MailboxClient mailbox,
    DirectoryRegistration registration,
    TimeProvider timeProvider,
    ILogger<MailGrants> logger
)
{
    private readonly ILogger<MailGrants> _logger = logger;
    private readonly InviteGrants _invites = new(invites, timeProvider);
    private readonly HashSet<string> _toGrant = [];
    private bool _hasRevoked;
    private bool _isNewRegistration;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        invites.Changed += notifications.InvitesChanged;
        try
        {
            await UpdateAsync(cancellationToken);
        }
        finally
        {
            invites.Changed -= notifications.InvitesChanged;
        }
    }

    /// <summary>
    /// Makes the outstanding changes at the directory. Those that fail are made after the next registration.
    /// </summary>
    public Task FlushAsync(CancellationToken cancellationToken) => TryUpdateAsync(cancellationToken);

    private async Task UpdateAsync(CancellationToken cancellationToken)
    {
        string? token = null;
        var failures = 0;
        while (true)
        {
            using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var registered = registration.WaitForNewTokenAsync(token, wake.Token);
            var notified = notifications.Capabilities.WaitToReadAsync(wake.Token).AsTask();
            var due = Task.Delay(
                failures == 0 ? Timeout.InfiniteTimeSpan : MailPause.Growing.After(failures),
                timeProvider,
                wake.Token
            );
            _ = await Task.WhenAny(registered, notified, due);
            await wake.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();

            if (registered.IsCompletedSuccessfully)
            {
                (token, _isNewRegistration) = (await registered, true);
            }

            failures = await TryUpdateAsync(cancellationToken) ? 0 : failures + 1;
        }
    }

    private async Task<bool> TryUpdateAsync(CancellationToken cancellationToken)
    {
        while (notifications.Capabilities.TryRead(out var capability))
        {
            if (capability is { } granted)
            {
                _ = _toGrant.Add(MailboxCapability.HashOf(granted.Span));
            }
            else
            {
                _hasRevoked = true;
            }
        }

        try
        {
            if (_isNewRegistration)
            {
                _hasRevoked = true;
                _toGrant.UnionWith(
                    store.Capabilities.Granted().Select(capability => MailboxCapability.HashOf(capability))
                );
                _isNewRegistration = false;
            }

            if (_hasRevoked)
            {
                _toGrant.UnionWith(_invites.ToGrant);
                await RevokeAsync(cancellationToken);
            }

            foreach (var hash in _toGrant.ToList())
            {
                await GrantAsync(hash, cancellationToken);
            }

            return true;
        }
        catch (Exception exception) when (exception is DirectoryException or StoreException)
        {
            LogNotUpdated((exception as DirectoryException)?.Failure);
            return false;
        }
    }

    private async Task GrantAsync(string hash, CancellationToken cancellationToken)
    {
        try
        {
            await mailbox.GrantAsync(hash, cancellationToken);
        }
        catch (DirectoryException exception) when (exception.Failure == DirectoryFailure.Refused)
        {
            // The directory's limit is reached. The other grants continue; this one is repeated after the next
            // registration.
            LogRefused();
        }

        _ = _toGrant.Remove(hash);
    }

    private async Task RevokeAsync(CancellationToken cancellationToken)
    {
        foreach (var capability in await store.Capabilities.RevokedAsync())
        {
            var hash = MailboxCapability.HashOf(capability);
            await mailbox.RevokeAsync(hash, cancellationToken);
            _ = _toGrant.Remove(hash);
            await store.Capabilities.ForgetRevokedAsync(capability);
        }

        foreach (var hash in _invites.ToRevoke)
        {
            await mailbox.RevokeAsync(hash, cancellationToken);
            _ = _toGrant.Remove(hash);
            _invites.OnRevoked(hash);
        }

        _hasRevoked = false;
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The directory accepts no more senders for this mailbox. New contacts reach this peer only while it is online."
    )]
    private partial void LogRefused();

    [LoggerMessage(LogLevel.Debug, "The senders of the mailbox could not be updated: {Failure}.")]
    private partial void LogNotUpdated(DirectoryFailure? failure);
}
