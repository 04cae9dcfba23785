using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Sessions;

/// <summary>The clocks by which messages age. Thread-safe.</summary>
internal sealed class MessageClock(TimeProvider clock, DirectoryTime directory, PeerStore store)
{
    private readonly TimeSpan _ranBefore = Load(store);
    private readonly long _started = clock.GetTimestamp();

    public TimeReading Now => new(clock.GetUtcNow(), Ran, directory.Now);

    /// <summary>Running time of this peer over all its processes. A crash loses at most a minute of it.</summary>
    public TimeSpan Ran => _ranBefore + clock.GetElapsedTime(_started);

    /// <exception cref="StoreException">The value cannot be saved.</exception>
    public Task SaveAsync() => store.KeepRanAsync(Ran);

    private static TimeSpan Load(PeerStore store)
    {
        try
        {
            return store.LoadRan();
        }
        catch (StoreException e)
        {
            throw new PeerStartException(e.Message, e);
        }
    }
}
