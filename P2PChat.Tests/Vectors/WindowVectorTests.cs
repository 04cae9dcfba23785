using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Vectors;

/// <summary>Tests a conversation with docs/vectors/windows.json, whose steps are too long to be written out.</summary>
public sealed class WindowVectorTests
{
    public static TheoryData<string> Windows =>
        [.. VectorFile.Read<List<VectorTests.ConversationVector>>("windows.json").Select(vector => vector.Name)];

    [Theory]
    [MemberData(nameof(Windows))]
    public void Window_matches_the_vector(string name)
    {
        var vector = VectorFile
            .Read<List<VectorTests.ConversationVector>>("windows.json")
            .Single(vector => vector.Name == name);
        var steps = vector.Steps.Select(step => Expand(step).ToList()).ToList();

        var done = new Queue<TranscriptStep>(Transcript.RunConversation(vector.Epoch, steps.SelectMany(step => step)));

        foreach (var (step, many) in vector.Steps.Zip(steps))
        {
            var sent = many.SelectMany(_ => done.Dequeue().Out).ToList();
            Assert.Equal(
                (step.Event, string.Join(' ', step.Out)),
                (step.Event, string.Join(' ', sent.GroupBy(LinkOf).Select(Digest)))
            );
        }
    }

    private static IEnumerable<TranscriptStep> Expand(TranscriptStep step)
    {
        if (step.Event is not ("send-many" or "items"))
        {
            return [step];
        }

        var numbers = step.Argument!.Split(' ')
            .Select(number => int.Parse(number, CultureInfo.InvariantCulture))
            .ToArray();
        var (first, count, text) = (numbers[^3], numbers[^2], new string('x', numbers[^1]));
        return Enumerable
            .Range(first, count)
            .Select(number =>
                step.Event == "send-many"
                    ? step with
                    {
                        Event = "send",
                        Argument = $"{IdOf(number)} {text}",
                    }
                    : step with
                    {
                        Event = null,
                        In = Item(numbers[0], number, text),
                    }
            );
    }

    private static string Item(int epoch, int sequence, string text) =>
        Transcript.Hex(
            new Frame
            {
                Message = new ChatMessage
                {
                    Epoch = (ulong)epoch,
                    Sequence = (ulong)sequence,
                    Id = ByteString.CopyFrom(IdOf(sequence).ToByteArray(bigEndian: true)),
                    SentAt = Transcript.Start.ToUnixTimeMilliseconds(),
                    Text = text,
                },
            }
        );

    private static Guid IdOf(int number) =>
        Guid.Parse(string.Create(CultureInfo.InvariantCulture, $"0190f8a2-b3c4-7d5e-8f00-{number:x12}"));

    private static string LinkOf(string frame) => frame[..frame.IndexOf(':', StringComparison.Ordinal)];

    private static string Digest(IGrouping<string, string> frames)
    {
        var bytes = Convert.FromHexString(string.Concat(frames.Select(frame => frame[(frames.Key.Length + 1)..])));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{frames.Key}:{frames.Count()} {Convert.ToHexStringLower(SHA256.HashData(bytes))}"
        );
    }
}
