using Google.Protobuf;
using P2PChat.Protocol.Rooms;
using P2PChat.Protocol.Rooms.Wire;
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
        var log = NewLog();
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
            Assert.InRange(log.State.Members.Count, 1, RoomLimits.Members);
            Assert.True(log.State.IsMember(log.State.Owner));
            Assert.Equal(log.Messages.Ordered.Count, log.Messages.Ordered.Distinct().Count());
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
