using System.Globalization;
using P2PChat.Protocol.Sessions.Conversations;

namespace P2PChat.Tests.Fuzzing;

/// <summary>
/// Checks that messages are delivered once and in order, by the position that <see cref="FrameMaker"/> writes into
/// each.
/// </summary>
internal sealed class InboxOracle
{
    private (ulong Epoch, ulong Sequence) _last;

    /// <summary>Number of delivered messages.</summary>
    public int Taken { get; private set; }

    /// <summary>Records a change. After an epoch above the highest, the other side may continue in any other.</summary>
    public void Note(Change change)
    {
        if (change is Change.Received { Epoch: >= Epochs.HighestOwn })
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

        // Its other fields are limited too.
        Assert.InRange(message.TraceParent?.Length ?? 0, 0, 55);
    }
}
