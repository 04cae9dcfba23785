using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Envelopes;

namespace P2PChat.Node.Mailbox;

/// <summary>
/// Sees to it that the directory lets in the mail of whom this peer has accepted, and of nobody else: after each
/// registration, for the directory may have forgotten, and whenever there is a contact more or less.
/// </summary>
internal sealed partial class MailGrants(
    PeerStore store,
    MailboxNotifications news,
    MailboxClient mailbox,
    DirectoryRegistration membership,
    TimeProvider clock,
    ILogger<MailGrants> logger
)
{
    private readonly ILogger<MailGrants> _logger = logger;
    private readonly HashSet<string> _toGrant = [];
    private bool _toRevoke;
    private bool _anew;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        string? token = null;
        var failures = 0;
        while (true)
        {
            using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var registered = membership.WaitForOtherTokenAsync(token, wake.Token);
            var asked = news.Capabilities.WaitToReadAsync(wake.Token).AsTask();
            var due = Task.Delay(
                failures == 0 ? Timeout.InfiniteTimeSpan : MailPauses.After(failures),
                clock,
                wake.Token
            );
            _ = await Task.WhenAny(registered, asked, due);
            await wake.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();

            if (registered.IsCompletedSuccessfully)
            {
                (token, _anew) = (await registered, true);
            }

            failures = await TryAsync(cancellationToken) ? 0 : failures + 1;
        }
    }

    /// <summary>Tells the directory what it has not been told; what cannot be told now is by the next registration.</summary>
    public Task FlushAsync(CancellationToken cancellationToken) => TryAsync(cancellationToken);

    private async Task<bool> TryAsync(CancellationToken cancellationToken)
    {
        while (news.Capabilities.TryRead(out var capability))
        {
            if (capability is { } granted)
            {
                _ = _toGrant.Add(MailboxCapability.HashOf(granted.Span));
            }
            else
            {
                _toRevoke = true;
            }
        }

        try
        {
            if (_anew)
            {
                _toRevoke = true;
                _toGrant.UnionWith(store.Capabilities().Select(capability => MailboxCapability.HashOf(capability)));
                _anew = false;
            }

            if (_toRevoke)
            {
                await RevokeAsync(cancellationToken);
            }

            foreach (var hash in _toGrant.ToList())
            {
                await GrantAsync(hash, cancellationToken);
            }

            return true;
        }
        catch (Exception e) when (e is DirectoryException or StoreException)
        {
            LogNotTold((e as DirectoryException)?.Failure);
            return false;
        }
    }

    private async Task GrantAsync(string hash, CancellationToken cancellationToken)
    {
        try
        {
            await mailbox.GrantAsync(hash, cancellationToken);
        }
        catch (DirectoryException e) when (e.Failure == DirectoryFailure.Refused)
        {
            // One more than it takes: the others are not held up by it, and after the next registration it is asked again.
            LogRefused();
        }

        _ = _toGrant.Remove(hash);
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

    [LoggerMessage(
        LogLevel.Warning,
        "The directory lets in no more contacts' mail: whom this peer has accepted last finds it only when both are there."
    )]
    private partial void LogRefused();

    [LoggerMessage(LogLevel.Debug, "The directory does not know yet who may leave mail: {Failure}.")]
    private partial void LogNotTold(DirectoryFailure? failure);
}
