using System.Diagnostics;
using P2PChat.Node.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Node.Paths;
using P2PChat.Node.Sessions;

namespace P2PChat.Node.Services;

/// <summary>Answers the peers that look for a path to this one, and attaches the links that result.</summary>
internal sealed partial class IncomingPaths(
    PathSignals signals,
    IncomingPathPolicy policy,
    PathAnswers paths,
    SessionTable sessions,
    InboundConnections inbound,
    PeerLifetime lifetime,
    PeerMetrics metrics,
    ILogger<IncomingPaths> logger
) : BackgroundService
{
    private readonly ILogger<IncomingPaths> _logger = logger;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Activity.Current = null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.Stopping);
        var running = new List<Task>();
        try
        {
            await foreach (var path in signals.Incoming.ReadAllAsync(stoppingToken))
            {
                _ = running.RemoveAll(answer => answer.IsCompleted);
                running.Add(HandleAsync(path, stop.Token));
            }
        }
        catch (OperationCanceledException)
        {
            // The peer is stopping.
        }
        finally
        {
            await Task.WhenAll(running);
        }
    }

    private async Task HandleAsync(IncomingPath path, CancellationToken cancellationToken)
    {
        using var _ = path;
        try
        {
            // If both peers search at once, one of the two sessions is answered.
            using var admission = paths.MayAnswer(path) ? policy.Decide(path) : null;
            if (admission is null)
            {
                metrics.Error("path_not_answered");
                return;
            }

            using var answer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var check = CancelIfConnectedAsync(path, answer);
            await paths.AnswerAsync(
                path,
                admission.IsContact,
                admission.GivesAddresses,
                found =>
                {
                    // The request follows on the link, and takes a slot of its own.
                    admission.Release();
                    return inbound.OnPathFound(found);
                },
                answer.Token
            );
            await check;
        }
        catch (PeerException)
        {
            metrics.Error("store");
        }
        catch (Exception exception)
        {
            LogFailed(exception);
        }
    }

    // The signal may be late, and the caller already connected without the session. Or the caller knows that the link
    // is dead, so the link is probed.
    private async Task CancelIfConnectedAsync(IncomingPath path, CancellationTokenSource answer)
    {
        if (
            !path.IsTest
            && sessions.Find(path.From) is { Path: { } open and not PathKind.Relayed } session
            && session.Remote == path.FromPeerId
            && await session.Links.ProveAliveAsync()
        )
        {
            await answer.CancelAsync();
        }
    }

    [LoggerMessage(LogLevel.Error, "The answer to a path session failed with an unexpected error.")]
    private partial void LogFailed(Exception exception);
}
