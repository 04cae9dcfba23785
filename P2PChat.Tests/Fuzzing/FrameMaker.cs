using Google.Protobuf;
using P2PChat.Protocol.Frames;

namespace P2PChat.Tests.Fuzzing;

/// <summary>Frames that are nearly right: numbers around those that are in use, kinds in any order.</summary>
internal sealed class FrameMaker(Random random, Func<ulong> ourEpoch)
{
    private static readonly string[] Names = ["bob", "eve", "Bob", "", "events"];

    public const ulong TheirEpoch = 500;

    public Frame Next() => random.Next(14) switch
    {
        0 => new Frame { Hello = new Hello { Version = (uint)(random.Next(8) == 0 ? 2 : 1), Username = Names[random.Next(random.Next(4) == 0 ? Names.Length : 1)] } },
        1 => new Frame { Request = new Request() },
        2 => new Frame { Accept = new Accept() },
        3 => new Frame { Reject = new Reject { Reason = (RejectReason)random.Next(4) } },
        4 or 5 => new Frame { Resume = new Resume { SendEpoch = Epoch(TheirEpoch), SendBase = Sequence(), ReceiveEpoch = Epoch(ourEpoch()), ReceiveNext = Sequence() } },
        6 or 7 => new Frame { Ack = new Ack { Epoch = Epoch(ourEpoch()), Next = Sequence() } },
        8 => new Frame { Skip = new Skip { Epoch = Epoch(TheirEpoch), Sequence = Sequence() } },
        9 => new Frame(),
        _ => Message(),
    };

    private Frame Message()
    {
        var (epoch, sequence) = (Epoch(TheirEpoch), Sequence());
        return new Frame
        {
            Message = new ChatMessage
            {
                Epoch = epoch,
                Sequence = sequence,
                Id = random.Next(50) == 0 ? ByteString.Empty : ByteString.CopyFrom(new byte[16]),
                SentAt = random.Next(50) == 0 ? -1 : 1,
                // Tells where it belongs.
                Text = random.Next(50) == 0 ? "" : $"{epoch} {sequence} {(random.Next(30) == 0 ? new string('x', 60_000) : "")}",
            },
            Traceparent = random.Next(20) == 0 ? new string('t', 100_000) : "",
        };
    }

    // Mostly small, and now and then at the ends of what there is.
    private ulong Sequence() => random.Next(40) switch
    {
        0 => 0,
        1 => (ulong)random.Next(1020, 1030),
        2 => long.MaxValue - (ulong)random.Next(3),
        3 => ulong.MaxValue - (ulong)random.Next(3),
        _ => (ulong)random.Next(1, 12),
    };

    private ulong Epoch(ulong usual) => random.Next(25) switch
    {
        0 => 0,
        1 => usual + 1,
        2 => usual - 1,
        3 => (ulong)random.NextInt64(),
        4 => long.MaxValue - (ulong)random.Next(3),
        5 => ulong.MaxValue,
        _ => usual,
    };
}
