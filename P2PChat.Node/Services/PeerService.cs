using System.Diagnostics;
using P2PChat.Node.Links;
using P2PChat.Node.Timing;

namespace P2PChat.Node.Services;

/// <summary>Opens the port and keeps time while the host runs; says goodbye when it ends.</summary>
internal sealed partial class PeerService(
    PeerNode node,
    PeerListener listener,
    PeerTimers timers,
    ILogger<PeerService> logger
) : IHostedService, IDisposable
{
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(10);

    private readonly ILogger<PeerService> _logger = logger;
    private readonly CancellationTokenSource _stopped = new();
    private Task _running = Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await node.RestoreAsync();
        listener.Bind();
        _running = Task.WhenAll(
            Task.Run(() => listener.RunAsync(node.OnConnectionAccepted), CancellationToken.None),
            Task.Run(KeepTimeAsync, CancellationToken.None)
        );
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        listener.Stop();
        await node.EndAsync(Goodbye);
        await _stopped.CancelAsync();
        await _running;
    }

    public void Dispose() => _stopped.Dispose();

    private async Task KeepTimeAsync()
    {
        Activity.Current = null;
        try
        {
            while (true)
            {
                await timers.Timeouts.WaitAsync(UntilDue, _stopped.Token);
                Tick();
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private TimeSpan UntilDue()
    {
        try
        {
            return node.UntilDue();
        }
        catch (Exception e)
        {
            LogTickFailed(e);
            return AfterFailure;
        }
    }

    private void Tick()
    {
        try
        {
            node.Tick();
        }
        catch (Exception e)
        {
            // Whatever it is, the time-outs of everybody else must not end with it.
            LogTickFailed(e);
        }
    }

    [LoggerMessage(LogLevel.Error, "Looking after time-outs has failed, by a fault of this peer's own.")]
    private partial void LogTickFailed(Exception exception);
}
