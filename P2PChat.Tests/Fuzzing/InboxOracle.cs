using System.Globalization;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Tests.Fuzzing;

/// <summary>Holds that messages are taken once and in order, by what <see cref="FrameMaker"/> writes into each.</summary>
internal sealed class InboxOracle
{
    private (ulong Epoch, ulong Sequence) _last;

    /// <summary>How many were taken.</summary>
    public int Taken { get; private set; }

    /// <summary>Takes note of an epoch. From one above the highest the other side may go on in any.</summary>
    public void Note(Change change)
    {
        if (change is Change.Took { Epoch: >= Epochs.HighestOwn })
        {
            _last = default;
        }
    }

    public void Take(IncomingMessage message)
    {
        var parts = message.Text.Split(' ');
        var taken = (
            ulong.Parse(parts[0], CultureInfo.InvariantCulture),
            ulong.Parse(parts[1], CultureInfo.InvariantCulture)
        );
        Assert.True(taken.CompareTo(_last) > 0, $"{taken} is taken after {_last}");
        _last = taken;
        Taken++;

        // What it carries beside its text is as bounded as that.
        Assert.InRange(message.TraceParent?.Length ?? 0, 0, 55);
    }
}
