using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using P2PChat.Node.Model;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Hostile;

/// <summary>A contact who turns malicious.</summary>
public sealed class ContactTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Theory]
    [InlineData(0, "zero")]
    [InlineData(-1, "negative")]
    [InlineData(int.MinValue, "lowest")]
    [InlineData(FrameCodec.MaxSize + 1, "above-limit")]
    [InlineData(int.MaxValue, "huge")]
    public async Task Frame_length_out_of_range_ends_the_link_at_once(int length, string name)
    {
        await using var victim = await Victim.StartAsync(directory);
        using var raw = new RawPeer(name);
        var (link, _) = await victim.LetInAsync(raw);
        using var one = link;
        var prefix = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(prefix, length);

        await link.SendAsync(prefix);

        Assert.Equal(CloseReason.BadFrame, await link.ExpectCloseAsync());
        link.Dispose();
        await victim.UntilNoLinkIsLeft();
        await victim.AssertServesAsync();
    }

    [Fact]
    public async Task Truncated_frame_is_not_accepted()
    {
        await using var victim = await Victim.StartAsync(directory);
        using var raw = new RawPeer("cut-off");
        var (first, _) = await victim.LetInAsync(raw);
        first.Dispose();
        var writer = new ArrayBufferWriter<byte>();
        FrameCodec.Write(writer, MessageOf(1, "never whole"));
        for (var length = 1; length < writer.WrittenCount; length++)
        {
            // Together they may take longer than one lease.
            await raw.RegisterAsync(directory);
            using var link = await raw.AskAsync(victim.Peer);
            _ = await link.ExpectAsync(Frame.BodyOneofCase.Resume);
            await link.SendAsync(
                new Frame
                {
                    Resume = new Resume { SendEpoch = 7, SendBase = 1 },
                }
            );
            await link.SendAsync(writer.WrittenMemory[..length]);
            if (length % 2 == 0)
            {
                link.Cut();
            }
            else
            {
                await link.Stream.ShutdownAsync();
                Assert.Equal(CloseReason.BadFrame, await link.ExpectCloseAsync());
            }
        }

        await victim.UntilNoLinkIsLeft();
        Assert.Empty(victim.Peer.Rest().OfType<PeerEvent.MessageReceived>());
        await victim.AssertServesAsync();
    }

    [Fact]
    public async Task Frame_of_unknown_type_is_skipped()
    {
        await using var victim = await Victim.StartAsync(directory);
        using var raw = new RawPeer("newer");
        var (link, _) = await victim.LetInAsync(raw);
        using var one = link;

        // Field 12, and field 500 with a group: bodies of a future version.
        await link.SendAsync(new byte[] { 0, 0, 0, 2, 0x62, 0, 0, 0, 0, 4, 0xA3, 0x1F, 0xA4, 0x1F });
        await link.SendMessageAsync(7, 1, "after the unknown");

        _ = await victim.Peer.Expect<PeerEvent.MessageReceived>(received =>
            received.Message.Text == "after the unknown"
        );
        await victim.AssertServesAsync();
    }

    [Fact]
    public async Task Ping_flood_gets_few_pongs_and_delays_nobody()
    {
        await using var victim = await Victim.StartAsync(directory);
        using var raw = new RawPeer("pinger");
        var (link, _) = await victim.LetInAsync(raw);
        using var one = link;
        var pings = Enumerable.Repeat((byte[])[0, 0, 0, 2, 0x4A, 0], 10_000).SelectMany(ping => ping).ToArray();
        for (var round = 0; round < 10; round++)
        {
            await link.SendAsync(pings);
        }

        await link.SendMessageAsync(7, 1, "that was all");

        // Its reading speed bounds what it receives, whatever it requests.
        _ = await victim.Peer.Expect<PeerEvent.MessageReceived>(received => received.Message.Text == "that was all");
        await victim.AssertServesAsync();
        var pongs = 0;
        while ((await link.ReadAsync())!.BodyCase == Frame.BodyOneofCase.Pong)
        {
            pongs++;
        }

        Assert.InRange(pongs, 0, 50_000);
    }

    public static TheoryData<string> LieNames => [.. Lies.Keys];

    private static readonly Dictionary<string, Frame> Lies = new()
    {
        {
            "resume-zero",
            new Frame { Resume = new Resume() }
        },
        {
            "resume-end",
            new Frame
            {
                Resume = new Resume { SendEpoch = 7, SendBase = ulong.MaxValue },
            }
        },
        { "jumps-ahead", MessageOf(2 + ConversationOptions.WindowMessages, "far ahead") },
        { "jumps-last", MessageOf(ulong.MaxValue, "the last of all") },
        { "sequence-zero", MessageOf(0, "before the first") },
        { "other-epoch", MessageOf(1, "from the future", epoch: 8) },
        {
            "skip-ahead",
            new Frame
            {
                Skip = new Skip { Epoch = 7, Sequence = 1_000_000 },
            }
        },
        {
            "hello-again",
            new Frame
            {
                Hello = new Hello { Version = 1, Username = "somebody-else" },
            }
        },
        {
            "asks-again",
            new Frame { Request = new Request() }
        },
        {
            "accepts-again",
            new Frame { Accept = new Accept() }
        },
        { "no-id", With(MessageOf(1, "x"), message => message.Id = ByteString.Empty) },
        { "no-text", MessageOf(1, "") },
        { "too-long", MessageOf(1, new string('x', ConversationOptions.MaxTextBytes + 1)) },
        { "before-1970", With(MessageOf(1, "x"), message => message.SentAt = -1) },
        { "after-9999", With(MessageOf(1, "x"), message => message.SentAt = long.MaxValue) },
    };

    [Theory]
    [MemberData(nameof(LieNames))]
    public async Task Impossible_frame_ends_the_link_without_effect(string name)
    {
        await using var victim = await Victim.StartAsync(directory);
        using var raw = new RawPeer(name);
        var (link, _) = await victim.LetInAsync(raw);
        using var one = link;
        await link.SendAsync(Lies[name]);

        Assert.Equal(CloseReason.ProtocolViolation, await link.ExpectCloseAsync());
        _ = await victim.Peer.Expect<PeerEvent.Disconnected>(gone =>
            gone.With == raw.Name && gone.Reason == DisconnectReason.ProtocolError
        );
        Assert.Empty(victim.Peer.Rest().OfType<PeerEvent.MessageReceived>());
        await victim.AssertServesAsync();
    }

    [Fact]
    public async Task Reordered_and_repeated_sequences_are_accepted_once_in_order()
    {
        await using var victim = await Victim.StartAsync(directory);
        using var raw = new RawPeer("jumpy");
        var (link, _) = await victim.LetInAsync(raw);
        using var one = link;
        ulong[] order = [3, 1, 1, 3, 2, 1, 5, 4, 5, 2, 6];
        foreach (var sequence in order)
        {
            await link.SendMessageAsync(7, sequence, $"number {sequence}");
        }

        for (var sequence = 1; sequence <= 6; sequence++)
        {
            Assert.Equal($"number {sequence}", (await victim.Peer.Expect<PeerEvent.MessageReceived>()).Message.Text);
        }

        await victim.AssertServesAsync();
        Assert.DoesNotContain(victim.Peer.Rest().OfType<PeerEvent.MessageReceived>(), received =>
            received.Message.From == raw.Name
        );
    }

    [Fact]
    public async Task Repeated_resumes_do_not_resend_everything()
    {
        await using var victim = await Victim.StartAsync(directory);
        using var raw = new RawPeer("forgetful");
        var (link, resume) = await victim.LetInAsync(raw);
        using var one = link;
        foreach (var number in Enumerable.Range(0, 16))
        {
            _ = victim.Peer.Messages.Send(raw.Name, $"{number}{new string('x', 60_000)}");
        }

        // On the active link nothing is sent twice, however often it is requested.
        for (var round = 0; round < 2000; round++)
        {
            await link.SendAsync(
                new Frame
                {
                    Resume = new Resume
                    {
                        SendEpoch = 7,
                        SendBase = 1,
                        ReceiveEpoch = resume.SendEpoch,
                        ReceiveNext = 1,
                    },
                }
            );
        }

        await link.SendAsync(new Frame { Ping = new Ping() });
        var messages = 0;
        for (var seen = false; !seen; )
        {
            var frame = await link.ReadAsync();
            messages += frame!.BodyCase == Frame.BodyOneofCase.Message ? 1 : 0;
            seen = messages == 16;
        }

        await victim.AssertServesAsync();
        await link.SendAsync(
            new Frame
            {
                Ack = new Ack { Epoch = resume.SendEpoch, Next = 17 },
            }
        );
        _ = await victim.Peer.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Delivered);
    }

    [Fact]
    public async Task One_peer_cannot_occupy_all_links()
    {
        await using var victim = await Victim.StartAsync(directory, options => options.MaxLinks = 100);
        using var raw = new RawPeer("greedy");
        await raw.RegisterAsync(directory);
        var links = new List<RawLink>();
        try
        {
            for (var i = 0; i < 40; i++)
            {
                // Each link is accepted like the first, but none sends the Resume that would make it the active one.
                var link = await raw.DialAsync(victim.Port);
                links.Add(link);
                await link.SendHelloAsync(raw.Name);
                await link.SendAsync(new Frame { Request = new Request() });
                _ = await link.ExpectAsync(Frame.BodyOneofCase.Accept);
            }

            await Eventually.True(
                () => victim.Peer.Links.Count <= 8,
                PeerUnderTest.Soon,
                "of one peer's links few are kept"
            );
            await victim.AssertServesAsync();
        }
        finally
        {
            links.ForEach(link => link.Dispose());
        }
    }

    [Fact]
    public async Task Invalid_UTF_8_ends_the_link_or_becomes_replacement_characters()
    {
        await using var victim = await Victim.StartAsync(directory);
        using var raw = new RawPeer("mojibake");
        var (link, _) = await victim.LetInAsync(raw);
        using var one = link;
        var writer = new ArrayBufferWriter<byte>();
        FrameCodec.Write(writer, MessageOf(1, "say ## now"));
        var bytes = writer.WrittenSpan.ToArray();
        var at = bytes.AsSpan().IndexOf("##"u8);
        (bytes[at], bytes[at + 1]) = (0xC3, 0x28);

        await link.SendAsync(bytes);
        await link.SendMessageAsync(7, 2, "second");

        var closed = link.ExpectCloseAsync();
        await Eventually.True(
            () => closed.IsCompletedSuccessfully || victim.Peer.Rest().OfType<PeerEvent.MessageReceived>().Any(),
            PeerUnderTest.Soon,
            "it is refused or read"
        );
        foreach (var received in victim.Peer.Rest().OfType<PeerEvent.MessageReceived>())
        {
            Assert.True(
                Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(received.Message.Text)) == received.Message.Text
            );
        }

        if (closed.IsCompletedSuccessfully)
        {
            Assert.Equal(CloseReason.BadFrame, await closed);
        }

        await victim.AssertServesAsync();
        link.Dispose();
        _ = await Record.ExceptionAsync(() => closed);
    }

    private static Frame MessageOf(ulong sequence, string text, ulong epoch = 7) =>
        new()
        {
            Message = new ChatMessage
            {
                Epoch = epoch,
                Sequence = sequence,
                Id = ByteString.CopyFrom(Guid.CreateVersion7().ToByteArray(bigEndian: true)),
                SentAt = 1_800_000_000_000,
                Text = text,
            },
        };

    private static Frame With(Frame frame, Action<ChatMessage> change)
    {
        change(frame.Message);
        return frame;
    }
}
