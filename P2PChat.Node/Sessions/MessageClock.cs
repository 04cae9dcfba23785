using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Node.Sessions;

/// <summary>The clocks by which messages age. Thread-safe.</summary>
internal sealed class MessageClock(TimeProvider timeProvider, DirectoryTime directory, PeerStore store)
{
    private readonly TimeSpan _ranBefore = Load(store);
    private readonly long _started = timeProvider.GetTimestamp();

    public TimeReading Now => new(timeProvider.GetUtcNow(), Ran, directory.Now);

    /// <summary>This peer's running time over all its processes. A crash loses at most one minute of it.</summary>
    public TimeSpan Ran => _ranBefore + timeProvider.GetElapsedTime(_started);

    /// <exception cref="StoreException">The value cannot be saved.</exception>
    public Task SaveAsync() => store.Meta.SaveRunningTimeAsync(Ran);

    private static TimeSpan Load(PeerStore store)
    {
        try
        {
            return store.Meta.LoadRunningTime();
        }
        catch (StoreException exception)
        {
            throw new PeerStartException(exception.Message, exception);
        }
    }
}
