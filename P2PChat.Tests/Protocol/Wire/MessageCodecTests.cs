using System.Buffers;
using Google.Protobuf;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Protocol.Wire;

public class MessageCodecTests
{
    private const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private static readonly Guid Id = Guid.Parse("0198c0de-0000-7000-8000-000000000001");

    [Theory]
    [InlineData(7UL, 3UL, 1L, "héllo", null)]
    [InlineData(1_760_000_000_000UL, 128UL, 1_760_000_000_000L, "with a trace", Trace)]
    [InlineData(ulong.MaxValue, ulong.MaxValue, 253_402_300_799_999L, "the highest numbers", "")]
    [InlineData(0UL, 0UL, 0L, "nothing but text", null)]
    [InlineData(1UL, 1UL, -1L, "before 1970", null)]
    [InlineData(1UL, 1UL, 1L, "", "no text")]
    [InlineData(1UL, 1UL, 1L, "half a \ud83d pair", null)]
    public void Write_matches_Protobuf(ulong epoch, ulong sequence, long sentAt, string text, string? trace)
    {
        var message = new OutgoingMessage(Id, text, DateTimeOffset.FromUnixTimeMilliseconds(sentAt), trace);
        var frame = new OutgoingFrame(message, epoch, sequence);

        Assert.Equal(WireFrame.Written(frame.ToFrame()), WireFrame.Written(frame));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(16_383)]
    [InlineData(ConversationOptions.MaxTextBytes)]
    public void Write_matches_Protobuf_for_any_text_length(int length)
    {
        var frame = new OutgoingFrame(new OutgoingMessage(Id, new string('a', length), DateTimeOffset.UnixEpoch), 5, 6);

        Assert.Equal(WireFrame.Written(frame.ToFrame()), WireFrame.Written(frame));
    }

    [Fact]
    public void Write_rejects_a_long_message()
    {
        var message = new OutgoingMessage(Id, new string('a', FrameCodec.MaxSize), DateTimeOffset.UnixEpoch);

        _ = Assert.Throws<FrameException>(() => WireFrame.Written(new OutgoingFrame(message, 1, 1)));
    }

    [Fact]
    public void Trace_context_is_kept_only_if_enabled()
    {
        var traced = new OutgoingFrame(new OutgoingMessage(Id, "text", DateTimeOffset.UnixEpoch, Trace), 1, 1);

        Assert.Equal(Trace, traced.ToFrame().Traceparent);
        Assert.Equal("", traced.WithoutTrace().ToFrame().Traceparent);
    }

    [Theory]
    [InlineData(Trace, Trace)]
    [InlineData("", null)]
    [InlineData("of no known kind", null)]
    public void Well_formed_message_is_read_without_Protobuf(string trace, string? kept)
    {
        var frame = Sample();
        frame.Traceparent = trace;

        var incoming = WireFrame.AsRead(frame);

        Assert.Null(incoming.Plain);
        Assert.Equal(
            new IncomingMessage(Id, "héllo", DateTimeOffset.FromUnixTimeMilliseconds(1), kept, 7, 3),
            incoming.Message
        );
        Assert.Equal("héllo", incoming.Message!.Text);
        Assert.Equal(Frame.BodyOneofCase.Message, incoming.BodyCase);
    }

    [Fact]
    public void Unusual_message_falls_back_to_Protobuf()
    {
        var id = ByteString.CopyFrom(new byte[15]);
        Frame[] unusual =
        [
            new Frame { Ping = new Ping() },
            Sample(message => message.Id = id),
            Sample(message => message.Text = ""),
            Sample(message => message.Text = new string('a', ConversationOptions.MaxTextBytes + 1)),
            Sample(message => message.SentAt = -1),
            Sample(message => message.SentAt = long.MaxValue),
            Sample(message => message.Epoch = 0),
            Sample(message => message.Epoch = ulong.MaxValue),
        ];

        Assert.All(unusual, frame => Assert.Equal(frame, WireFrame.AsRead(frame).Plain));
    }

    [Theory]
    [InlineData("0807" + "0807" + "1003" + Rest)]
    [InlineData("1003" + "0807" + Rest)]
    [InlineData("0807" + "1003" + Rest + "3001")]
    [InlineData("0807" + "1003" + Rest + "2A0162")]
    [InlineData("0807" + "1003" + "1A10" + "0198C0DE000070008000000000000001" + "2001" + "2A01FF")]
    [InlineData("088780808080808080808000" + "1003" + Rest)]
    public void Unusual_fields_fall_back_to_Protobuf(string message)
    {
        var bytes = Convert.FromHexString(message);
        byte[] frame = [0, 0, 0, (byte)(2 + bytes.Length), 0x32, (byte)bytes.Length, .. bytes];
        var (incoming, plain) = (new ReadOnlySequence<byte>(frame), new ReadOnlySequence<byte>(frame));

        var reads = Outcome(() => FrameCodec.TryReadIncoming(ref incoming, out var read) ? read.Plain : null);

        Assert.Equal(Outcome(() => FrameCodec.TryRead(ref plain, out var read) ? read : null), reads);

        static Frame? Outcome(Func<Frame?> read)
        {
            try
            {
                return Assert.IsType<Frame>(read());
            }
            catch (FrameException)
            {
                return null;
            }
        }
    }

    // The sample's id, time and text.
    private const string Rest = "1A10" + "0198C0DE000070008000000000000001" + "2001" + "2A0161";

    private static Frame Sample(Action<ChatMessage>? change = null)
    {
        var message = new ChatMessage
        {
            Epoch = 7,
            Sequence = 3,
            Id = ByteString.CopyFrom(Id.ToByteArray(bigEndian: true)),
            SentAt = 1,
            Text = "héllo",
        };
        change?.Invoke(message);
        return new Frame { Message = message };
    }
}
