using System.Threading.Channels;
using P2PChat.Protocol.Identity;

namespace P2PChat.Node.Links;

/// <summary>A contact to connect to again.</summary>
/// <param name="Lasted">
/// Duration of the connection that was lost; null if there was none and something waits for one.
/// </param>
/// <param name="KeepsSchedule">Whether an attempt that is scheduled stays where it is.</param>
internal readonly record struct WantedLink(Username Name, PeerId Key, TimeSpan? Lasted, bool KeepsSchedule = false);

/// <summary>Tells the reconnector which contacts to connect to again. Thread-safe.</summary>
internal sealed class ReconnectQueue
{
    private readonly Channel<WantedLink?> _channel = Channel.CreateUnbounded<WantedLink?>(
        new UnboundedChannelOptions { SingleReader = true }
    );

    /// <summary>An item is null after <see cref="RetryAll"/>.</summary>
    public ChannelReader<WantedLink?> Reader => _channel.Reader;

    /// <summary>A connection was lost.</summary>
    public void Lost(Username name, PeerId key, TimeSpan lasted) =>
        _channel.Writer.TryWrite(new WantedLink(name, key, lasted));

    /// <summary>Something waits for a link.</summary>
    public void Wanted(Username name, PeerId key) => _channel.Writer.TryWrite(new WantedLink(name, key, null));

    /// <summary>
    /// An event of a room waits for a link. There is one for each member that is away, so while an attempt is scheduled
    /// it must not cause another. The directory reports those that come back. A deposit also looks its recipient up.
    /// </summary>
    public void WantedForRoom(Username name, PeerId key) =>
        _channel.Writer.TryWrite(new WantedLink(name, key, null, KeepsSchedule: true));

    /// <summary>Dials all wanted contacts at once, because attempts that failed may succeed now.</summary>
    public void RetryAll() => _channel.Writer.TryWrite(null);
}
