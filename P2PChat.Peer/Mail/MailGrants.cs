using P2PChat.Peer.Discovery;
using P2PChat.Peer.Storage;
using P2PChat.Protocol.Mailbox;

namespace P2PChat.Peer.Mail;

/// <summary>
/// Sees to it that the directory lets in the mail of whom this peer has accepted, and of nobody else: after each
/// registration, for the directory may have forgotten, and whenever there is a contact more or less.
/// </summary>
internal sealed partial class MailGrants(
    PeerStore store, MailNews news, MailboxClient mailbox, Membership membership, TimeProvider clock, ILogger<MailGrants> logger)
{
    private readonly ILogger<MailGrants> _logger = logger;
    private readonly HashSet<string> _toGrant = [];
    private bool _toRevoke;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        string? token = null;
        var failures = 0;
        while (true)
        {
            using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var registered = membership.WaitForOtherTokenAsync(token, wake.Token);
            var asked = news.Capabilities.WaitToReadAsync(wake.Token).AsTask();
            var due = Task.Delay(failures == 0 ? Timeout.InfiniteTimeSpan : MailPauses.After(failures), clock, wake.Token);
            _ = await Task.WhenAny(registered, asked, due);
            await wake.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();

            if (registered.IsCompletedSuccessfully)
                token = await registered;
            failures = await TryAsync(registered.IsCompletedSuccessfully, cancellationToken) ? 0 : failures + 1;
        }
    }

    /// <summary>Tells the directory what it has not been told; what cannot be told now is by the next registration.</summary>
    public Task FlushAsync(CancellationToken cancellationToken) => TryAsync(anew: false, cancellationToken);

    private async Task<bool> TryAsync(bool anew, CancellationToken cancellationToken)
    {
        while (news.Capabilities.TryRead(out var capability))
        {
            if (capability is { } granted)
                _ = _toGrant.Add(MailboxCapability.HashOf(granted.Span));
            else
                _toRevoke = true;
        }

        try
        {
            if (anew)
            {
                _toRevoke = true;
                _toGrant.UnionWith(store.Capabilities().Select(capability => MailboxCapability.HashOf(capability)));
            }

            if (_toRevoke)
                await RevokeAsync(cancellationToken);
            foreach (var hash in _toGrant.ToList())
            {
                await mailbox.GrantAsync(hash, cancellationToken);
                _ = _toGrant.Remove(hash);
            }

            return true;
        }
        catch (Exception e) when (e is DirectoryException or StoreException)
        {
            LogNotTold((e as DirectoryException)?.Failure);
            return false;
        }
    }

    private async Task RevokeAsync(CancellationToken cancellationToken)
    {
        foreach (var capability in await store.RevokedAsync())
        {
            var hash = MailboxCapability.HashOf(capability);
            await mailbox.RevokeAsync(hash, cancellationToken);
            _ = _toGrant.Remove(hash);
            await store.ForgetRevokedAsync(capability);
        }

        _toRevoke = false;
    }

    [LoggerMessage(LogLevel.Debug, "The directory does not know yet who may leave mail: {Failure}.")]
    private partial void LogNotTold(DirectoryFailure? failure);
}
