using P2PChat.Peer.Discovery;
using P2PChat.Peer.Storage;
using P2PChat.Protocol.Conversations;

namespace P2PChat.Peer.Chat;

/// <summary>The clocks by which messages age. Thread-safe.</summary>
internal sealed class MessageClock(TimeProvider clock, DirectoryTime directory, PeerStore store)
{
    private readonly TimeSpan _ranBefore = store.LoadRan();
    private readonly long _started = clock.GetTimestamp();

    public TimeReading Now => new(clock.GetUtcNow(), Ran, directory.Now);

    /// <summary>For how long this peer has run, in all its processes: what a crash forgets of it, at most a minute, counts as not run.</summary>
    public TimeSpan Ran => _ranBefore + clock.GetElapsedTime(_started);

    /// <exception cref="StoreException">It cannot be kept.</exception>
    public Task SaveAsync() => store.KeepRanAsync(Ran);
}
