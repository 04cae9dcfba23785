using P2PChat.Node.DirectoryClient;

namespace P2PChat.Node.Services;

/// <summary>
/// Creates the peer's services on other threads while the host is still being built, because compiling them takes
/// most of the start. Errors surface when the start needs the same service.
/// </summary>
public sealed class StartupWarmup : IDisposable
{
    private readonly IServiceProvider _services;
    private Task[] _running = [];

    internal StartupWarmup(IServiceProvider services) => _services = services;

    /// <summary>Returns at once.</summary>
    public void Begin() =>
        _running = [
            RunOnThread(() =>
            {
                _ = _services.GetRequiredService<PeerRuntime>();
                _ = _services.GetRequiredService<ConnectionService>();
            }),
            RunOnThread(() =>
            {
                _services.GetRequiredService<DirectoryIdProvider>().Prefetch();
                _ = _services.GetRequiredService<Registrar>();
            }),
        ];

    /// <summary>
    /// Waits for services that are still being created, so that none uses the data directory afterwards.
    /// </summary>
    public void Dispose()
    {
        try
        {
            Task.WaitAll(_running);
        }
        catch (AggregateException)
        {
            // The start has reported the error, or never came to need the service.
        }
    }

    // Not on the thread pool: its first threads, one per processor, are needed for I/O completions.
    private static Task RunOnThread(Action create) =>
        Task.Factory.StartNew(create, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
