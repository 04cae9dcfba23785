using System.Threading.Channels;
using P2PChat.Protocol.Identity;

namespace P2PChat.Peer.Chat;

/// <summary>From the sessions to the <see cref="Reconnector"/>: whom to connect to again. Thread-safe.</summary>
internal sealed class ReconnectQueue
{
    private readonly Channel<(Username Name, PeerId Key, bool AtOnce)> _asked =
        Channel.CreateUnbounded<(Username, PeerId, bool)>(new UnboundedChannelOptions { SingleReader = true });

    public ChannelReader<(Username Name, PeerId Key, bool AtOnce)> Asked => _asked.Reader;

    /// <summary>A link was lost.</summary>
    public void Lost(Username name, PeerId key) => _asked.Writer.TryWrite((name, key, false));

    /// <summary>Something waits for a link.</summary>
    public void Wanted(Username name, PeerId key) => _asked.Writer.TryWrite((name, key, true));
}
