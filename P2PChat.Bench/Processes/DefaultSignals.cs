using Microsoft.Extensions.Hosting;

namespace P2PChat.Bench.Processes;

/// <summary>Leaves signals to the runtime, so that they end the bench and thereby its children.</summary>
internal sealed class DefaultSignals : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
