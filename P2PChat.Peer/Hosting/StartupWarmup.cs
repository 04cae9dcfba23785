using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Services;

namespace P2PChat.Peer.Hosting;

/// <summary>
/// Begins with the peer while its web host is still being put together: neither needs the other to be made, and a start is
/// mostly code that is compiled. What fails here fails again where the start needs it, and is told there.
/// </summary>
internal sealed class StartupWarmup(IServiceProvider services) : IDisposable
{
    private Task[] _underWay = [];

    /// <summary>Returns at once.</summary>
    public void Begin() =>
        _underWay = [
            Beside(() => services.GetRequiredService<PeerNode>()),
            Beside(() =>
            {
                services.GetRequiredService<DirectoryIdProvider>().Begin();
                _ = services.GetRequiredService<Registrar>();
            }),
        ];

    /// <summary>Waits for what is being opened, so that nobody is still at the data directory when the peer is gone.</summary>
    public void Dispose()
    {
        try
        {
            Task.WaitAll(_underWay);
        }
        catch (AggregateException)
        {
            // It was told where the start came to it, or there is nothing left to make it for.
        }
    }

    // On threads of their own: the pool's first ones, as many as there are processors, are for what answers come.
    private static Task Beside(Action make) =>
        Task.Factory.StartNew(make, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
