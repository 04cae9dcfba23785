using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using P2PChat.Discovery.Storage;
using P2PChat.Protocol.Identity;

namespace P2PChat.Discovery.Mailboxes;

/// <summary>
/// One open signal stream. Pending signals of mail are merged, because each only says that there is mail. Of the others
/// the oldest are dropped when there are too many. Thread-safe.
/// </summary>
/// <param name="buffer">Limit on the other pending signals.</param>
/// <param name="takesPaths">Whether the listener asked for signals of path sessions.</param>
internal sealed class SignalListener(Username name, int buffer, bool takesPaths)
{
    private readonly Channel<bool> _waiting = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true }
    );

    private readonly Channel<PeerSignal> _paths = Channel.CreateBounded<PeerSignal>(
        new BoundedChannelOptions(buffer) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }
    );

    private int _hasMail;

    public Username Name { get; } = name;

    /// <summary>Completes when another stream replaces this one.</summary>
    public ChannelReader<bool> Waiting => _waiting.Reader;

    public void NotifyMail()
    {
        Volatile.Write(ref _hasMail, 1);
        _ = _waiting.Writer.TryWrite(true);
    }

    public void Notify(PeerSignal signal)
    {
        if (takesPaths && _paths.Writer.TryWrite(signal))
        {
            _ = _waiting.Writer.TryWrite(true);
        }
    }

    /// <summary>Whether there has been mail since the last call.</summary>
    public bool TakeMail() => Interlocked.Exchange(ref _hasMail, 0) == 1;

    public bool TryTake([NotNullWhen(true)] out PeerSignal? signal) => _paths.Reader.TryRead(out signal);

    public void Complete() => _waiting.Writer.TryComplete();
}
