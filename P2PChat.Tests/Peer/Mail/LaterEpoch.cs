using P2PChat.Protocol.Conversations;
using P2PChat.Protocol.Frames;
using P2PChat.Tests.Protocol.Mailbox;

namespace P2PChat.Tests.Peer.Mail;

/// <summary>Frames of an epoch above that of any link of today.</summary>
internal static class LaterEpoch
{
    private static ulong Epoch => Epochs.LastOf(DateTimeOffset.UtcNow.Date.AddYears(1));

    public static Frame Resume() =>
        new()
        {
            Resume = new Resume { SendEpoch = Epoch, SendBase = 1 },
        };

    public static Frame Message(string text, ulong sequence)
    {
        var frame = EnvelopeMaker.Message(text);
        (frame.Message.Epoch, frame.Message.Sequence) = (Epoch, sequence);
        return frame;
    }
}
