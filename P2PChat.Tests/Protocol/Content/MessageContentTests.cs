using Google.Protobuf;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Protocol.Wire;
using WireContent = P2PChat.Protocol.Wire.Content;

namespace P2PChat.Tests.Protocol.Content;

public sealed class MessageContentTests
{
    private static readonly Guid Id = Guid.Parse("0198c0de-0000-7000-8000-000000000001");

    private static readonly MessageContent[] Contents =
    [
        new MessageContent.Reply(new MessageReference(Id, Yours: true)),
        new MessageContent.Reply(new MessageReference(Guid.Empty, Yours: false)),
        new MessageContent.Reaction(new MessageReference(Id, Yours: false), "👩🏽‍💻"),
        new MessageContent.Reaction(new MessageReference(Id, Yours: true), ""),
        new MessageContent.Edit(Id),
        new MessageContent.Delete(Id),
    ];

    public static TheoryData<MessageContent> All => [.. Contents];

    [Theory]
    [MemberData(nameof(All))]
    public void Content_round_trips(MessageContent content)
    {
        var bytes = content.ToBytes();

        Assert.InRange(bytes.Length, 1, MessageContent.MaxBytes);
        Assert.Equal(content, MessageContent.TryParse(bytes));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Frame_with_content_is_written_and_read_like_Protobuf(MessageContent content)
    {
        var message = new OutgoingMessage(Id, "text", DateTimeOffset.FromUnixTimeMilliseconds(5)) { Content = content };
        var frame = new OutgoingFrame(message, 7, 8);

        Assert.Equal(WireFrame.Written(frame.ToFrame()), WireFrame.Written(frame));
        var read = WireFrame.AsRead(frame.ToFrame());
        Assert.Null(read.Plain);
        Assert.Equal(content, read.Message!.Content);
        Assert.Equal(IncomingMessage.TryFrom(frame.ToFrame().Message, ""), read.Message);
        Assert.Equal(frame.ToFrame(), read.ToFrame());
    }

    [Fact]
    public void Invalid_content_makes_a_plain_message()
    {
        byte[][] invalid =
        [
            [],
            [0xFF],
            [0x0A, 0x05],
            // A kind of a newer version.
            [0xFA, 0x01, 0x00],
            Bytes(new WireContent { Reply = new WireContent.Types.Reply() }),
            Bytes(new WireContent { Reply = new WireContent.Types.Reply { To = new() } }),
            Bytes(new WireContent { Edit = new WireContent.Types.Edit { Id = ByteString.CopyFrom(new byte[15]) } }),
            Bytes(new WireContent { Delete = new WireContent.Types.Delete { Id = ByteString.CopyFrom(new byte[17]) } }),
            Reaction("👍👍"),
            Reaction("+1"),
            Reaction(string.Join('\u200D', Enumerable.Repeat("👩", 10))),
            Reaction(new string('a', MessageContent.MaxBytes)),
        ];

        Assert.All(invalid, bytes =>
        {
            Assert.Null(MessageContent.TryParse(bytes));
            var frame = new Frame
            {
                Message = new ChatMessage
                {
                    Epoch = 1,
                    Sequence = 1,
                    Id = ByteString.CopyFrom(Id.ToByteArray(bigEndian: true)),
                    Text = "text",
                    Content = ByteString.CopyFrom(bytes),
                },
            };
            var read = WireFrame.AsRead(frame).Message ?? IncomingMessage.TryFrom(frame.Message, "");
            Assert.Equal(("text", null), (read!.Text, read.Content));
        });
    }

    [Fact]
    public void Content_of_more_than_1024_bytes_is_ignored()
    {
        var content = new MessageContent.Delete(Id).ToBytes();
        // An unknown field in front.
        byte[] Padded(int length) =>
            [0xFA, 0x02, (byte)(0x80 | (length & 0x7F)), (byte)(length >> 7), .. new byte[length], .. content];

        Assert.NotNull(MessageContent.TryParse(Padded(MessageContent.MaxBytes - content.Length - 4)));
        Assert.Null(MessageContent.TryParse(Padded(MessageContent.MaxBytes - content.Length - 3)));
    }

    [Fact]
    public void Content_that_changes_other_messages_is_not_shown()
    {
        Assert.Equal([true, true, false, false, false, false], Contents.Select(MessageContent.IsShown));
        Assert.True(MessageContent.IsShown(null));
    }

    private static byte[] Bytes(WireContent content) => content.ToByteArray();

    private static byte[] Reaction(string emoji) =>
        Bytes(
            new WireContent
            {
                Reaction = new WireContent.Types.Reaction
                {
                    To = new WireContent.Types.Reference { Id = ByteString.CopyFrom(new byte[16]) },
                    Emoji = emoji,
                },
            }
        );
}
