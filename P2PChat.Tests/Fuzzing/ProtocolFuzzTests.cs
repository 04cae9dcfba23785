using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using P2PChat.Discovery.Events;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Invites;
using P2PChat.Protocol.Records;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Fuzzing;

/// <summary>Any bytes are either parsed or rejected by the documented exception.</summary>
public sealed class ProtocolFuzzTests
{
    private static readonly MessageContent Reaction = new MessageContent.Reaction(default, "👍");

    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);

    [Fact]
    public void Fuzzed_frames_are_parsed_or_rejected() =>
        Fuzzer.Run(share: 20, Form.Frame, VectorCorpus.Frames(), input =>
        {
            var buffer = new ReadOnlySequence<byte>(input);
            try
            {
                if (!FrameCodec.TryRead(ref buffer, out var frame))
                {
                    Assert.Equal(input.Length, buffer.Length);
                    return false;
                }

                // A parsed frame round-trips, and is written in its shortest form.
                var writer = new ArrayBufferWriter<byte>();
                FrameCodec.Write(writer, frame);
                var again = new ReadOnlySequence<byte>(writer.WrittenMemory);
                Assert.True(FrameCodec.TryRead(ref again, out var same) || frame.CalculateSize() == 0);
                Assert.True(again.IsEmpty && frame.Equals(same));
                return true;
            }
            catch (FrameException)
            {
                return false;
            }
        });

    [Fact]
    public void Frames_in_segments_are_read_like_whole_ones() =>
        Fuzzer.Run(share: 5, Form.Frame, VectorCorpus.Frames(), input =>
        {
            var (whole, cut) = (
                Outcome(new ReadOnlySequence<byte>(input)),
                Outcome(Segment.Cut(input, 1 + input.Length % 7))
            );
            Assert.Equal(whole, cut);
            return whole.Frame is not null;

            static (Frame? Frame, string Error, long Left) Outcome(ReadOnlySequence<byte> buffer)
            {
                try
                {
                    return FrameCodec.TryRead(ref buffer, out var frame)
                        ? (frame, "", buffer.Length)
                        : (null, "", buffer.Length);
                }
                catch (FrameException)
                {
                    return (null, "refused", 0);
                }
            }
        });

    [Fact]
    public void MessageCodec_reads_frames_like_Protobuf() =>
        Fuzzer.Run(share: 10, Form.Frame, VectorCorpus.Frames(), input =>
        {
            var (expected, read) = (Outcome(plain: true), Outcome(plain: false));
            Assert.Equal((expected.Error, expected.Left), (read.Error, read.Left));
            if (read.Frame is not { } incoming)
            {
                return false;
            }

            var frame = expected.Frame!.Value.Plain!;
            if (incoming.Plain is { } plain)
            {
                Assert.Equal(frame, plain);
            }
            else
            {
                Assert.Equal(IncomingMessage.TryFrom(frame.Message, frame.Traceparent), incoming.Message);
            }

            return incoming.Message is not null;

            (IncomingFrame? Frame, string Error, long Left) Outcome(bool plain)
            {
                var buffer = new ReadOnlySequence<byte>(input);
                try
                {
                    if (!plain)
                    {
                        return FrameCodec.TryReadIncoming(ref buffer, out var incoming)
                            ? (incoming, "", buffer.Length)
                            : (null, "", buffer.Length);
                    }

                    return FrameCodec.TryRead(ref buffer, out var frame)
                        ? (new IncomingFrame(frame), "", buffer.Length)
                        : (null, "", buffer.Length);
                }
                catch (FrameException)
                {
                    return (null, "refused", 0);
                }
            }
        });

    [Fact]
    public void Fuzzed_content_is_parsed_or_ignored() =>
        Fuzzer.Run(share: 4, Form.Message, VectorCorpus.Contents(), input =>
        {
            if (MessageContent.TryParse(input) is not { } content)
            {
                return false;
            }

            Assert.InRange(input.Length, 1, MessageContent.MaxBytes);
            Assert.Equal(content, MessageContent.TryParse(content.ToBytes()));
            Assert.True(
                content is not MessageContent.Reaction { Emoji.Length: > 0 } reaction || IsEmoji(reaction.Emoji)
            );
            return true;

            static bool IsEmoji(string text) =>
                new StringInfo(text).LengthInTextElements == 1 && Encoding.UTF8.GetByteCount(text) <= 64;
        });

    [Fact]
    public void Fuzzed_quotes_are_short_and_in_one_line() =>
        Fuzzer.Run(share: 4, Form.Text, VectorCorpus.Texts(), input =>
        {
            var (empty, text) = (FallbackText.Of(Reaction, ""), Encoding.UTF8.GetString(input));
            var quote = FallbackText.Of(Reaction, text)[(empty.Length - 1)..^1];

            // A line end of two characters becomes two spaces.
            Assert.InRange(new StringInfo(quote).LengthInTextElements, 0, 81);
            Assert.DoesNotContain(quote, char.IsControl);
            Assert.True(quote.EndsWith('…') || quote.Length == text.Length);
            return quote.Length == text.Length;
        });

    [Fact]
    public void Fuzzed_hellos_are_parsed_or_rejected() =>
        Fuzzer.Run(share: 8, Form.Frame, VectorCorpus.Frames(), input =>
        {
            var buffer = new ReadOnlySequence<byte>(input);
            Frame frame;
            try
            {
                if (!FrameCodec.TryRead(ref buffer, out frame))
                {
                    return false;
                }
            }
            catch (FrameException)
            {
                return false;
            }

            // Any message can arrive as a Hello.
            if (frame.BodyCase == Frame.BodyOneofCase.Message)
            {
                frame = new Frame
                {
                    Hello = new Hello { Version = (uint)frame.Message.Sequence, Username = frame.Message.Text },
                };
            }

            var dialler = new LinkHandshake(
                Username.Parse("alice"),
                Username.Parse("bob"),
                LinkOrigin.Dialled,
                Now,
                new HandshakeOptions()
            );
            var dialled = new LinkHandshake(
                Username.Parse("alice"),
                null,
                LinkOrigin.Accepted,
                Now,
                new HandshakeOptions()
            );
            _ = dialler.Receive(frame, Now);
            var asks = dialler.State == HandshakeState.AwaitingAnswer;
            var checks = dialled.Receive(frame, Now).OfType<HandshakeEffect.CheckName>().SingleOrDefault();
            Assert.True(!asks || frame.Hello.Username == "bob");
            Assert.True(checks is null || (frame.Hello.Version == 1 && checks.Name.Value == frame.Hello.Username));
            return checks is not null;
        });

    [Fact]
    public void Fuzzed_records_are_parsed_or_rejected() =>
        Fuzzer.Run(share: 4, Form.Message, VectorCorpus.Records().Select(Parts.Join), input =>
        {
            if (Parts.Split(input) is not { } signed)
            {
                return false;
            }

            try
            {
                // A mutation that still verifies has not changed the record or its signer.
                var verified = signed.Verify();
                Assert.Contains(VectorCorpus.Records(), seed =>
                    seed.Record.Span.SequenceEqual(signed.Record.Span)
                    && seed.PublicKey.Span.SequenceEqual(signed.PublicKey.Span)
                );
                Assert.Equal(PeerId.FromPublicKey(signed.PublicKey.Span), verified.PeerId);
                return true;
            }
            catch (RecordException)
            {
                return false;
            }
        });

    [Fact]
    public void Fuzzed_signed_records_are_verified_or_rejected()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var publicKey = key.ExportSubjectPublicKeyInfo();
        var seeds = VectorCorpus
            .Records()
            .Select(signed =>
            {
                var record = PeerRecord.Parser.ParseFrom(signed.Record.Span);
                record.Devices[0].PublicKey = ByteString.CopyFrom(publicKey);
                return record.ToByteArray();
            });
        Fuzzer.Run(share: 2, Form.Message, seeds, input =>
        {
            var signed = new SignedRecord(
                input,
                IdentityKey.Sign(key, [.. "P2PChat record v1\0"u8, .. input]),
                publicKey
            );
            try
            {
                var verified = signed.Verify();
                Assert.Equal(verified.Content, PeerRecord.Parser.ParseFrom(input));
                Assert.True(Username.TryParse(verified.Username.Value, out _));
                Assert.All(verified.Content.Devices.Single().Endpoints, endpoint =>
                    Assert.InRange(endpoint.Port, 1u, 65535u)
                );
                verified.CheckTime(Now);
                return true;
            }
            catch (RecordException)
            {
                return false;
            }
        });
    }

    [Fact]
    public void Fuzzed_usernames_are_parsed_or_rejected() =>
        Fuzzer.Run(share: 10, Form.Text, VectorCorpus.Usernames(), input =>
        {
            var text = Encoding.UTF8.GetString(input);
            if (!Username.TryParse(text, out var name))
            {
                return false;
            }

            Assert.Matches(@"^[a-z0-9][a-z0-9_-]{2,31}\z", name.Value);
            Assert.True(Ascii.EqualsIgnoreCase(text, name.Value));
            Assert.Equal(name, Username.Parse(name.Value));
            return true;
        });

    [Fact]
    public void Fuzzed_peer_ids_are_parsed_or_rejected() =>
        Fuzzer.Run(share: 8, Form.Text, VectorCorpus.PeerIds(), input =>
        {
            var text = Encoding.UTF8.GetString(input);
            if (!PeerId.TryParse(text, out var peerId))
            {
                return false;
            }
            // A PeerId has one written form, apart from case and dashes.
            Assert.True(
                Ascii.EqualsIgnoreCase(text.Replace("-", ""), peerId.ToString().Replace("-", "")),
                "what is read is not what is written"
            );
            Assert.Equal(peerId, PeerId.Parse(peerId.ToString()));
            return true;
        });

    [Fact]
    public void Fuzzed_safety_numbers_are_parsed_or_rejected() =>
        Fuzzer.Run(share: 2, Form.Text, VectorCorpus.SafetyNumbers(), input =>
        {
            var text = Encoding.UTF8.GetString(input);
            if (SafetyNumber.Read(text) is not { } number)
            {
                return false;
            }

            Assert.Matches(@"^[0-9]{5}( [0-9]{5}){11}\z", number);
            Assert.Equal(number.Replace(" ", ""), string.Concat(text.Where(char.IsAsciiDigit)));
            Assert.Equal(number, SafetyNumber.Read(number));
            return true;
        });

    [Fact]
    public void Fuzzed_invite_links_are_parsed_or_rejected() =>
        Fuzzer.Run(share: 2, Form.Text, VectorCorpus.Links(), input =>
        {
            var error = InviteLink.TryParse(Encoding.UTF8.GetString(input), out var link);
            Assert.Equal(error == InviteLinkError.None, link is not null);
            if (link is null)
            {
                return false;
            }

            Assert.True(InviteLink.CanName(link.Directory));
            foreach (var text in new[] { link.ToString(), link.QrText ?? link.ToString() })
            {
                Assert.Equal(InviteLinkError.None, InviteLink.TryParse(text, out var again));
                Assert.Equal(link.ToString(), $"{again}");
            }

            return true;
        });

    [Fact]
    public void Fuzzed_event_ids_are_parsed_or_rejected() =>
        Fuzzer.Run(share: 10, Form.Text, VectorCorpus.EventIds(), input =>
        {
            var text = Encoding.UTF8.GetString(input);
            if (!EventPosition.TryParse(text, 16, out var position))
            {
                return false;
            }

            Assert.All(Enumerable.Range(0, 16), shard => Assert.InRange(position[shard], 0, long.MaxValue));
            Assert.True(EventPosition.TryParse(position.ToString(), 16, out var again));
            Assert.Equal(position.ToString(), again.ToString());
            return true;
        });
}
