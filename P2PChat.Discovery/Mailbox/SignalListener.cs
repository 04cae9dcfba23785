using System.Threading.Channels;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Mailbox;

/// <summary>One open stream of signals. Signals that wait are one: each says no more than "look".</summary>
internal sealed class SignalListener(Username name)
{
    private readonly Channel<bool> _waiting = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );

    public Username Name { get; } = name;

    /// <summary>Ends when another stream takes this one's place.</summary>
    public ChannelReader<bool> Waiting => _waiting.Reader;

    public void Tell() => _waiting.Writer.TryWrite(true);

    public void End() => _waiting.Writer.TryComplete();
}
