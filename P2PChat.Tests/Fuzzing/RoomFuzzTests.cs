using P2PChat.Protocol.Rooms;

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
    public void Fuzzed_room_events_leave_the_log_intact() =>
        Fuzzer.Run(share: 2, Form.Message, VectorCorpus.RoomEvents(), input =>
        {
            try
            {
                // The log must take whatever has the form of an event, and stay within its limits.
                var read = RoomEvent.Parse(input);
                var log = new RoomLog(read.Room);
                _ = log.Add(read);
                _ = log.Release(read.Id);
                return true;
            }
            catch (RoomException)
            {
                return false;
            }
        });

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
