using System.Threading.Channels;

namespace P2PChat.Node.Sessions;

/// <summary>From the sessions to those who look after mail. Thread-safe; nothing waits.</summary>
internal sealed class MailboxNotifications
{
    private readonly Channel<long> _taken = Channel.CreateUnbounded<long>(
        new UnboundedChannelOptions { SingleReader = true }
    );
    private readonly Channel<ReadOnlyMemory<byte>?> _capabilities = Channel.CreateUnbounded<ReadOnlyMemory<byte>?>(
        new UnboundedChannelOptions { SingleReader = true }
    );

    /// <summary>The numbers of mail that the mailbox need not keep any more.</summary>
    public ChannelReader<long> Taken => _taken.Reader;

    /// <summary>Capabilities that the directory is to know; null for some that it is to forget, as the store says.</summary>
    public ChannelReader<ReadOnlyMemory<byte>?> Capabilities => _capabilities.Reader;

    public void MailTaken(long number) => _taken.Writer.TryWrite(number);

    /// <summary>A contact has a capability, which is in the store.</summary>
    public void Granted(ReadOnlyMemory<byte> capability) => _capabilities.Writer.TryWrite(capability);

    /// <summary>Somebody is a contact no longer.</summary>
    public void Parted() => _capabilities.Writer.TryWrite(null);
}
