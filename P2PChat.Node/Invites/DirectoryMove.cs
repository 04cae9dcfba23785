using System.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Links;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Identity;
using Polly.CircuitBreaker;

namespace P2PChat.Node.Invites;

/// <summary>The outcome of an address that an inviter sent.</summary>
internal enum MoveOutcome
{
    /// <summary>This peer uses it from now on.</summary>
    Moved,

    /// <summary>The directory still answers at the present address, which therefore stays.</summary>
    NotNeeded,

    /// <summary>The directory is not there, or this peer must not use the address.</summary>
    Refused,
}

/// <summary>
/// Follows the directory to an address that an inviter sent: if it no longer answers at the present address, and
/// answers with the same id at the new one.
/// </summary>
internal sealed partial class DirectoryMove(
    DirectoryOffers offers,
    DirectoryProbe probe,
    DirectoryRegistration registration,
    DirectorySockets sockets,
    CircuitBreakerManualControl breaker,
    PeerStore store,
    PeerOptions options,
    TimeProvider timeProvider,
    ILogger<DirectoryMove> logger
) : BackgroundService
{
    // Limits how often an inviter can make this peer call a server of its choice.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);

    // The present address may fail later, while the link to the inviter stays.
    private static readonly TimeSpan CheckAgain = TimeSpan.FromSeconds(30);

    private readonly ILogger<DirectoryMove> _logger = logger;

    /// <summary>Checks an address, and uses it if it is needed and right.</summary>
    /// <exception cref="StoreException">
    /// The store cannot be read; or the address, although it is used now, cannot be saved.
    /// </exception>
    internal async Task<MoveOutcome> ConsiderAsync(Uri offered, CancellationToken cancellationToken)
    {
        var present = new Uri(options.Discovery);
        if (
            !IsAllowed(offered, present)
            || (store.Meta.LoadPeer()?.DirectoryId?.ToArray() ?? registration.DirectoryId) is not { } id
        )
        {
            return MoveOutcome.Refused;
        }

        if (await probe.HasIdAsync(present, id, cancellationToken))
        {
            return MoveOutcome.NotNeeded;
        }

        if (!await probe.HasIdAsync(offered, id, cancellationToken))
        {
            LogNotThere();
            return MoveOutcome.Refused;
        }

        await MoveAsync(offered.GetLeftPart(UriPartial.Authority), id);
        return MoveOutcome.Moved;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        Uri? kept = null;
        try
        {
            while (true)
            {
                var offered = await NextAsync(kept, stoppingToken);
                kept = await TryAsync(offered, stoppingToken) == MoveOutcome.NotNeeded ? offered : null;
                await Task.Delay(Pause, timeProvider, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The peer is stopping.
        }
    }

    /// <param name="kept">An earlier address, which is returned again once the directory is unreachable.</param>
    private async Task<Uri> NextAsync(Uri? kept, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var wake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var arrived = offers.Received.WaitToReadAsync(wake.Token).AsTask();
            var due = Task.Delay(kept is null ? Timeout.InfiniteTimeSpan : CheckAgain, timeProvider, wake.Token);
            _ = await Task.WhenAny(arrived, due);
            await wake.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
            if (offers.Received.TryRead(out var offered))
            {
                return offered;
            }

            if (kept is not null && registration.State == DirectoryState.Unreachable)
            {
                return kept;
            }
        }
    }

    private async Task<MoveOutcome> TryAsync(Uri offered, CancellationToken cancellationToken)
    {
        try
        {
            return await ConsiderAsync(offered, cancellationToken);
        }
        catch (StoreException exception)
        {
            LogNotSaved(exception);
            return MoveOutcome.Refused;
        }
    }

    // The inviter is not always the directory's operator, so it must not get this directory's token or a connection
    // without TLS, and must not have this peer call another service on its own machine.
    private bool IsAllowed(Uri offered, Uri present) =>
        string.IsNullOrEmpty(options.JoinToken)
        && (offered.Scheme == Uri.UriSchemeHttps || present.Scheme != Uri.UriSchemeHttps)
        && (!offered.IsLoopback || present.IsLoopback)
        && Uri.Compare(
            offered,
            present,
            UriComponents.SchemeAndServer,
            UriFormat.SafeUnescaped,
            StringComparison.OrdinalIgnoreCase
        ) != 0;

    private async Task MoveAsync(string address, byte[] id)
    {
        // The token of the present lease is not sent to the new address: its directory gives another.
        registration.Invalidate(registration.LeaseToken);
        options.Discovery = address;
        // Failures at the old address say nothing about the new one.
        _ = breaker.CloseAsync();
        sockets.Close(_ => true);
        registration.RegisterSoon();
        LogMoved();
        await store.Meta.SaveDirectoryAsync(address, id, Username.Parse(options.Username));
    }

    [LoggerMessage(LogLevel.Information, "The directory has another address now, which an inviter sent.")]
    private partial void LogMoved();

    [LoggerMessage(LogLevel.Warning, "An inviter sent an address where the directory does not answer. It is not used.")]
    private partial void LogNotThere();

    [LoggerMessage(
        LogLevel.Warning,
        "The directory's new address could not be saved. It is used until this peer ends."
    )]
    private partial void LogNotSaved(Exception exception);
}
