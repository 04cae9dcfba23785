using System.Diagnostics;
using P2PChat.Node.Links;
using P2PChat.Node.Sessions;
using P2PChat.Node.Timing;
using P2PChat.Protocol.Diagnostics;

namespace P2PChat.Node.Services;

/// <summary>
/// Listens for connections and checks timeouts while the host runs. Closes all connections gracefully at the end.
/// </summary>
internal sealed partial class PeerRuntime(
    StateRestorer restorer,
    InboundConnections inbound,
    PeerListener listener,
    SessionTable sessions,
    LinkTable links,
    PeerTimers timers,
    SteadyClock steadyClock,
    PeerLifetime lifetime,
    ILogger<PeerRuntime> logger
) : IHostedService, IDisposable
{
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(10);

    private readonly ILogger<PeerRuntime> _logger = logger;
    private readonly CancellationTokenSource _stopped = new();
    private Task _running = Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await restorer.RestoreAsync();
        listener.Bind();
        _running = Task.WhenAll(
            Task.Run(() => listener.RunAsync(inbound.OnConnectionAccepted), CancellationToken.None),
            Task.Run(CheckTimeoutsAsync, CancellationToken.None)
        );
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        listener.Stop();
        lifetime.BeginStop();
        foreach (var session in sessions.All)
        {
            session.Lifecycle.EndForExit();
        }

        await links.EndAsync(CloseTimeout);
        await _stopped.CancelAsync();
        await _running;
    }

    public void Dispose() => _stopped.Dispose();

    /// <summary>Returns the time until <see cref="Tick"/> has work, if nothing changes before.</summary>
    internal TimeSpan UntilDue()
    {
        var wait = links.UntilDue();
        return sessions.Deadline - steadyClock.GetUtcNow() is { } left && left < wait ? left : wait;
    }

    /// <summary>Checks timeouts. Call it after <see cref="UntilDue"/>, and after a change.</summary>
    internal void Tick()
    {
        links.Tick();
        sessions.Tick(steadyClock.GetUtcNow());
    }

    private async Task CheckTimeoutsAsync()
    {
        Activity.Current = null;
        try
        {
            while (true)
            {
                await timers.Timeouts.WaitAsync(UntilDueOrRetry, _stopped.Token);
                TickOrLog();
            }
        }
        catch (OperationCanceledException)
        {
            // The peer has stopped.
        }
    }

    private TimeSpan UntilDueOrRetry()
    {
        try
        {
            return UntilDue();
        }
        catch (Exception exception)
        {
            LogTickFailed(exception);
            return AfterFailure;
        }
    }

    private void TickOrLog()
    {
        try
        {
            Tick();
        }
        catch (Exception exception)
        {
            // One failure must not stop the timeouts of all sessions.
            LogTickFailed(exception);
        }
    }

    [LoggerMessage(LogLevel.Error, "Checking timeouts failed with an unexpected error.")]
    private partial void LogTickFailed(Exception exception);
}
