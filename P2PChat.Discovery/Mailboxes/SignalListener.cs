using System.Threading.Channels;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Mailboxes;

/// <summary>One open signal stream. Pending signals are merged, because each only says that there is mail.</summary>
internal sealed class SignalListener(Username name)
{
    private readonly Channel<bool> _waiting = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );

    public Username Name { get; } = name;

    /// <summary>Completes when another stream replaces this one.</summary>
    public ChannelReader<bool> Waiting => _waiting.Reader;

    public void Notify() => _waiting.Writer.TryWrite(true);

    public void Complete() => _waiting.Writer.TryComplete();
}
