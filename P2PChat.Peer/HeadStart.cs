using P2PChat.Peer.Chat;
using P2PChat.Peer.Discovery;

namespace P2PChat.Peer;

/// <summary>
/// Begins with the peer while its web host is still being put together: neither needs the other to be made, and a start is
/// mostly code that is compiled. What fails here fails again where the start needs it, and is told there.
/// </summary>
internal static class HeadStart
{
    /// <summary>Returns at once.</summary>
    public static void Begin(IServiceProvider services)
    {
        Beside(() => services.GetRequiredService<PeerNode>());
        Beside(() =>
        {
            services.GetRequiredService<DirectoryQuestion>().Begin();
            _ = services.GetRequiredService<Registrar>();
        });
    }

    // On threads of their own: the pool's first ones, as many as there are processors, are for what answers come.
    private static void Beside(Action make) =>
        _ = Task.Factory.StartNew(make, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
