using System.Threading.Channels;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Links;

/// <summary>Whom to connect to again.</summary>
/// <param name="Lasted">How long the connection that was lost had lasted; null where none was, but something waits for one.</param>
internal readonly record struct WantedLink(Username Name, PeerId Key, TimeSpan? Lasted);

/// <summary>From the sessions to the <see cref="Reconnector"/>: whom to connect to again. Thread-safe.</summary>
internal sealed class ReconnectQueue
{
    private readonly Channel<WantedLink?> _asked = Channel.CreateUnbounded<WantedLink?>(
        new UnboundedChannelOptions { SingleReader = true }
    );

    /// <summary>Null: this machine's addresses changed, and all wanted contacts are dialled at once.</summary>
    public ChannelReader<WantedLink?> Reader => _asked.Reader;

    /// <summary>A connection was lost.</summary>
    public void Lost(Username name, PeerId key, TimeSpan lasted) =>
        _asked.Writer.TryWrite(new WantedLink(name, key, lasted));

    /// <summary>Something waits for a link.</summary>
    public void Wanted(Username name, PeerId key) => _asked.Writer.TryWrite(new WantedLink(name, key, null));

    /// <summary>Attempts that failed may succeed now.</summary>
    public void RetryAll() => _asked.Writer.TryWrite(null);
}
