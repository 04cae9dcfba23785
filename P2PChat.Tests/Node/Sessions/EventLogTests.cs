using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;

namespace P2PChat.Tests.Node.Sessions;

public sealed class EventLogTests
{
    private const int TextLength = 60_000;

    private static readonly Username Alice = Username.Parse("alice");

    private readonly EventLog _log = new();

    [Fact]
    public void Log_is_bounded_in_bytes()
    {
        Add(100);
        Assert.Null(_log.Listen(0));

        using var listener = _log.Listen(_log.Last - 10);
        Assert.Equal(Enumerable.Range(91, 10).Select(number => (long)number), ReadAll(listener!));
    }

    [Fact]
    public void Idle_listener_is_ended_at_a_bound_of_bytes()
    {
        using var listener = _log.Listen(0);
        Add(200);
        var read = ReadAll(listener!);

        Assert.True(listener!.Reader.Completion.IsCompletedSuccessfully);
        Assert.InRange(read.Count * TextLength * sizeof(char), 1, 8 * 1024 * 1024);
    }

    [Fact]
    public void Reading_listener_misses_no_event()
    {
        using var listener = _log.Listen(0);
        for (var number = 1; number <= 500; number++)
        {
            Add(1);
            Assert.Equal([number], ReadAll(listener!));
        }
    }

    private void Add(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var text = new string('x', TextLength);
            _log.Add(
                new PeerEvent.MessageReceived(
                    new Message(
                        Guid.CreateVersion7(),
                        1,
                        Alice,
                        Alice,
                        text,
                        DateTimeOffset.UnixEpoch,
                        MessageState.Received
                    )
                )
            );
        }
    }

    private static List<long> ReadAll(EventListener listener)
    {
        var read = new List<long>();
        while (listener.Reader.TryRead(out var numbered))
        {
            read.Add(numbered.Number);
        }

        return read;
    }
}
