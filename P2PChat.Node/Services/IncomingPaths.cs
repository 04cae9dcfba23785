using System.Diagnostics;
using P2PChat.Node.Diagnostics;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Node.Paths;

namespace P2PChat.Node.Services;

/// <summary>Answers the peers that look for a path to this one, and attaches the links that result.</summary>
internal sealed partial class IncomingPaths(
    PathSignals signals,
    IncomingPathPolicy policy,
    PathFinder paths,
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
        try
        {
            await foreach (var path in signals.Incoming.ReadAllAsync(stoppingToken))
            {
                Handle(path);
            }
        }
        catch (OperationCanceledException)
        {
            // The peer is stopping.
        }
    }

    private void Handle(IncomingPath path)
    {
        PathAdmission? admission = null;
        try
        {
            // The other side answers this peer's session instead.
            if (!paths.MayAnswer(path.FromPeerId) || policy.Decide(path) is not { } admitted)
            {
                metrics.Error("path_not_answered");
                path.Dispose();
                return;
            }

            admission = admitted;
            _ = AnswerAsync(path, admitted);
        }
        catch (PeerException)
        {
            metrics.Error("store");
            admission?.Dispose();
            path.Dispose();
        }
    }

    private async Task AnswerAsync(IncomingPath path, PathAdmission admission)
    {
        using var _ = path;
        try
        {
            await paths.AnswerAsync(path, admission.IsContact, admission.GivesAddresses, Carry, lifetime.Stopping);
        }
        catch (Exception exception)
        {
            LogFailed(exception);
        }
        finally
        {
            admission.Dispose();
        }

        // The request follows on the link, and takes a slot of its own.
        bool Carry(FoundPath found)
        {
            admission.Dispose();
            return inbound.OnPathFound(found);
        }
    }

    [LoggerMessage(LogLevel.Error, "The answer to a path session failed with an unexpected error.")]
    private partial void LogFailed(Exception exception);
}
