using System.Diagnostics;
using System.Threading.Channels;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Node.Timing;
using P2PChat.Protocol.DirectoryApi;

namespace P2PChat.Node.Invites;

/// <summary>
/// Keeps the directory's join codes equal to this peer's invites: after each registration, because the directory may
/// have forgotten them, and whenever an invite is made or ended.
/// </summary>
internal sealed partial class JoinCodePublisher(
    InviteBook invites,
    JoinCodeClient codes,
    DirectoryAccess access,
    DirectoryRegistration registration,
    TimeProvider timeProvider,
    ILogger<JoinCodePublisher> logger
) : BackgroundService
{
    private static readonly Backoff Retry = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10), Jitter.HalfToWhole);

    private readonly ILogger<JoinCodePublisher> _logger = logger;
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    // By short id: the invites whose codes the directory has, and those whose codes it no longer has.
    private readonly HashSet<string> _published = [];
    private readonly HashSet<string> _withdrawn = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        invites.Changed += OnChanged;
        registration.Created += OnChanged;
        try
        {
            _ = await registration.WaitForNewTokenAsync(known: null, stoppingToken);
            // The directory knows this peer as a member now.
            access.JoinCode = null;
            await RunAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The peer has stopped.
        }
        finally
        {
            invites.Changed -= OnChanged;
            registration.Created -= OnChanged;
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        var (failures, created) = (0, registration.CreationCount);
        while (true)
        {
            // A directory that did not know this peer has lost its codes, too.
            if (registration.CreationCount != created)
            {
                created = registration.CreationCount;
                _published.Clear();
            }

            failures = await TryUpdateAsync(cancellationToken) ? 0 : failures + 1;
            using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var changed = _changes.Reader.WaitToReadAsync(wake.Token).AsTask();
            var due = Task.Delay(
                failures == 0 ? Timeout.InfiniteTimeSpan : Retry.After(failures),
                timeProvider,
                wake.Token
            );
            _ = await Task.WhenAny(changed, due);
            await wake.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            _ = _changes.Reader.TryRead(out _);
        }
    }

    private void OnChanged() => _changes.Writer.TryWrite(true);

    private async Task<bool> TryUpdateAsync(CancellationToken cancellationToken)
    {
        try
        {
            var now = timeProvider.GetUtcNow();
            foreach (var invite in invites.List())
            {
                switch (invite.ValidityAt(now))
                {
                    case InviteValidity.Open when !_published.Contains(invite.ShortId):
                        await PublishAsync(invite, cancellationToken);
                        break;
                    case InviteValidity.Revoked or InviteValidity.Void when !_withdrawn.Contains(invite.ShortId):
                        await codes.RevokeAsync(HashOf(invite), cancellationToken);
                        _ = _withdrawn.Add(invite.ShortId);
                        break;
                }
            }

            return true;
        }
        catch (Exception exception) when (exception is DirectoryException or PeerException or StoreException)
        {
            LogNotUpdated((exception as DirectoryException)?.Failure);
            return false;
        }
    }

    private async Task PublishAsync(Invite invite, CancellationToken cancellationToken)
    {
        try
        {
            _ = await codes.RegisterAsync(
                HashOf(invite),
                invite.Uses - invite.Joined.Count,
                invite.ExpiresAt,
                cancellationToken
            );
        }
        catch (DirectoryException exception)
            when (exception.Failure is DirectoryFailure.JoinCodesOff or DirectoryFailure.TooManyInvites)
        {
            // Repeated after the next registration at a directory that has lost its data, or a restart.
            LogRefused();
        }

        _ = _published.Add(invite.ShortId);
    }

    private static string HashOf(Invite invite) => JoinCodes.HashOf(invite.Secret.JoinCode.Span);

    [LoggerMessage(
        LogLevel.Warning,
        "The directory accepts no more join codes from this peer. Invited peers also need the join token."
    )]
    private partial void LogRefused();

    [LoggerMessage(LogLevel.Debug, "The directory's join codes could not be updated: {Failure}.")]
    private partial void LogNotUpdated(DirectoryFailure? failure);
}
