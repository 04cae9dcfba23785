using System.Buffers;
using Google.Protobuf;
using P2PChat.Protocol.Rooms;
using P2PChat.Protocol.Rooms.Wire;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Protocol.Rooms;

namespace P2PChat.Tests.Fuzzing;

/// <summary>Any event of a room is read or refused by the documented exception.</summary>
public sealed class RoomFuzzTests
{
    [Fact]
    public void Fuzzed_room_events_are_read_or_refused()
    {
        var seeds = VectorCorpus.RoomEvents();
        var valid = seeds.Select(seed => RoomEvent.Verify(seed).Id).ToHashSet();
        Fuzzer.Run(share: 4, Form.Message, seeds, input =>
        {
            RoomEvent read;
            try
            {
                read = RoomEvent.Parse(input);
            }
            catch (RoomException)
            {
                return false;
            }

            Assert.InRange(read.Parents.Count + read.Heads.Count + read.Seen.Count, 0, 3 * RoomLimits.Parents);
            Assert.Equal(read.Id, RoomEvent.Parse(read.ToBytes()).Id);
            Assert.True(RoomMessage.Of(read) is null or { Text.Length: > 0 });
            Assert.True(valid.Contains(read.Id) || !Verifies(input));
            return true;
        });
    }

    [Fact]
    public void Fuzzed_room_events_leave_the_log_intact()
    {
        // The room to which most of the events belong, so that mutations of what they name reach the rules.
        var events = VectorCorpus.RoomEvents().Select(bytes => RoomEvent.Verify(bytes)).ToList();
        var room = events.CountBy(one => one.Room).MaxBy(one => one.Value).Key;
        var (log, count) = (NewLog(), 0);
        Fuzzer.Run(share: 2, Form.Message, events.Select(HeaderOf), input =>
        {
            RoomEvent read;
            try
            {
                read = RoomEvent.Parse(new SignedEvent { Header = ByteString.CopyFrom(input) }.ToByteArray());
            }
            catch (RoomException)
            {
                return false;
            }

            if (log.Membership.Ordered.Count > 500)
            {
                log = NewLog();
            }

            _ = log.Add(read, read.Author);
            _ = log.Release(read.Id);
            Assert.InRange(log.Pending.Count, 0, RoomLimits.Waiting);
            Assert.True(log.State.IsMember(log.State.Owner));
            if (++count % 50 == 0)
            {
                AssertSameAsRebuilt(log);
            }

            return true;
        });

        RoomLog NewLog()
        {
            var made = new RoomLog(room);
            foreach (var one in events.Where(one => one.Room == room))
            {
                _ = made.Add(one);
            }

            return made;
        }

        static byte[] HeaderOf(RoomEvent one) => SignedEvent.Parser.ParseFrom(one.ToBytes()).Header.ToByteArray();
    }

    private static void AssertSameAsRebuilt(RoomLog log)
    {
        var rebuilt = new RoomLog(log.Room);
        _ = RoomRestore.Into(
            rebuilt,
            [.. log.Messages.Ordered.Select(node => node.Event), .. log.Membership.Ordered.Select(node => node.Event)]
        );
        Assert.Equal(log.Membership.Ordered.Select(node => node.Event.Id), rebuilt.Membership.Ordered.Select(IdOf));
        Assert.Equal(log.Order, rebuilt.Order);
        Assert.Equal(RoomScene.Describe(log.State), RoomScene.Describe(rebuilt.State));
        Assert.Equal(log.Messages.Ordered.Order(MessageNode.Order), log.Messages.Ordered);
        Assert.All(log.Order, id => Assert.Equal(log.StatusOf(id), rebuilt.StatusOf(id)));

        static RoomEventId IdOf(MembershipNode node) => node.Event.Id;
    }

    [Fact]
    public void Fuzzed_room_bodies_are_read_or_ignored() =>
        Fuzzer.Run(
            share: 2,
            Form.Message,
            VectorCorpus.RoomEvents().Select(BodyOf).Where(body => body.Length > 0),
            input =>
            {
                // With the hash of the body that arrives, as its author would sign it.
                var header = new EventHeader
                {
                    Kind = (uint)RoomEventKind.Change,
                    Room = Zeros,
                    Heads = { Zeros },
                };
                var message = RoomMessage.Of(RoomEvent.Sign(header, input, RoomKeys.Of(1)));
                if (message is null)
                {
                    return false;
                }

                Assert.InRange(message.Text.Length, 1, RoomLimits.TextBytes);
                Assert.True(message.Content is null or not RoomContent.Reply);
                Assert.True(message.Content is not RoomContent.Reaction { Emoji: var emoji } || emoji.Length <= 64);
                return true;
            }
        );

    [Fact]
    public void Fuzzed_room_settings_are_read_or_ignored() =>
        Fuzzer.Run(
            share: 0.3,
            Form.Message,
            [
                new RoomBody
                {
                    Name = "Hiking",
                    History = 10,
                    Nonce = ByteString.CopyFrom(new byte[16]),
                    Username = "alice",
                }.ToByteArray(),
                new RoomBody { Picture = ByteString.CopyFrom([0x89, .. "PNG\r\n"u8]) }.ToByteArray(),
            ],
            input =>
            {
                var header = new EventHeader { Kind = (uint)RoomEventKind.Create };
                var create = RoomEvent.Sign(header, input, RoomKeys.Of(0));
                var machine = new RoomMachine(RoomKeys.Of(0), new RoomSnapshot(create.Id, [create], [], []));
                Assert.True(machine.IsMember);
                Assert.InRange(machine.Name.Length, 0, RoomLimits.NameLength);
                Assert.True(machine.Picture.IsEmpty || RoomTexts.CheckPicture(machine.Picture.Span) is null);
                machine.ReceiveQuestion(RoomKeys.IdOf(0), [create.Id], [], default);
                return machine.Name.Length > 0 || machine.UsernameOf(RoomKeys.IdOf(0)) is not null;
            }
        );

    [Fact]
    public void Fuzzed_room_signals_are_read_or_ignored() =>
        Fuzzer.Run(share: 2, Form.Message, VectorCorpus.RoomSignals(), input =>
        {
            byte[] bytes = [.. BitConverter.GetBytes(System.Net.IPAddress.HostToNetworkOrder(input.Length)), .. input];
            var buffer = new ReadOnlySequence<byte>(bytes);
            Frame frame;
            try
            {
                Assert.True(FrameCodec.TryRead(ref buffer, out frame));
            }
            catch (FrameException)
            {
                return false;
            }

            if (RoomSignal.TryParse(frame) is not { } signal)
            {
                return false;
            }

            var (ids, known) = signal switch
            {
                RoomSignal.Heads heads => (heads.Ids.Count, 0),
                RoomSignal.Question question => (question.Ids.Count, question.Known.Count),
                RoomSignal.Unavailable missing => (missing.Ids.Count, 0),
                _ => (0, 0),
            };
            if (signal is RoomSignal.LinkProof { InviteId.Length: var id, Proof.Length: var proof })
            {
                Assert.Equal((16, 32), (id, proof));
            }

            Assert.True(signal is not RoomSignal.LinkStatus { InviteId.Length: not 16 });
            Assert.InRange(ids, 0, signal is RoomSignal.Heads ? 64 : 32);
            Assert.InRange(known, 0, 128);
            // What was read is written and read again without loss.
            var again = RoomSignal.TryParse(signal.ToFrame());
            Assert.Equal(signal.ToFrame(), again!.ToFrame());
            return true;
        });

    private static ByteString Zeros { get; } = ByteString.CopyFrom(new byte[RoomEventId.Size]);

    private static byte[] BodyOf(byte[] signed) => SignedEvent.Parser.ParseFrom(signed).Body.ToByteArray();

    private static bool Verifies(byte[] input)
    {
        try
        {
            _ = RoomEvent.Verify(input);
            return true;
        }
        catch (RoomException)
        {
            return false;
        }
    }
}
