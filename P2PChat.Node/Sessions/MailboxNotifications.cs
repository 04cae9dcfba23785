using System.Threading.Channels;

namespace P2PChat.Node.Sessions;

/// <summary>Passes notifications from the sessions to the mailbox services. Thread-safe; never blocks.</summary>
internal sealed class MailboxNotifications
{
    private readonly Channel<long> _taken = Channel.CreateUnbounded<long>(
        new UnboundedChannelOptions { SingleReader = true }
    );
    private readonly Channel<ReadOnlyMemory<byte>?> _capabilities = Channel.CreateUnbounded<ReadOnlyMemory<byte>?>(
        new UnboundedChannelOptions { SingleReader = true }
    );

    /// <summary>The numbers of envelopes whose copies in the mailbox can be deleted.</summary>
    public ChannelReader<long> Taken => _taken.Reader;

    /// <summary>
    /// Capabilities to grant at the directory; null to compare the directory's list with contacts and invites.
    /// </summary>
    public ChannelReader<ReadOnlyMemory<byte>?> Capabilities => _capabilities.Reader;

    public void MailReceived(long number) => _taken.Writer.TryWrite(number);

    /// <summary>A contact has been given a capability, which is stored.</summary>
    public void Granted(ReadOnlyMemory<byte> capability) => _capabilities.Writer.TryWrite(capability);

    public void ContactRemoved() => _capabilities.Writer.TryWrite(null);

    /// <summary>An invite was made or has ended.</summary>
    public void InvitesChanged() => _capabilities.Writer.TryWrite(null);
}
