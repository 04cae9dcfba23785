using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Protocol.Envelopes;

namespace P2PChat.Tests.Node.Mailbox;

/// <summary>Frames of an epoch above that of any link made today.</summary>
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
