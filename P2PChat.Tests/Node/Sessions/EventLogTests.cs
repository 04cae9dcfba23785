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

    [Fact]
    public void Message_deleted_for_everyone_leaves_no_text_in_the_log()
    {
        var kept = new Message(Guid.CreateVersion7(), 1, Alice, Alice, "kept", default, MessageState.Received);
        var removed = kept with { Id = Guid.CreateVersion7(), Text = "secret" };
        var quote = new MessageQuote(removed.Id, Alice, "secret", IsDeleted: false);
        _log.Add(new PeerEvent.MessageReceived(removed));
        _log.Add(new PeerEvent.MessageChanged(removed with { Text = "secret too" }, Alice, MessageChange.Edit));
        _log.Add(new PeerEvent.MessageReceived(kept with { ReplyTo = quote }));
        _log.Erase(removed with { Text = "", IsRemoved = true });

        using var listener = _log.Listen(0);
        var messages = new List<Message>();
        while (listener!.Reader.TryRead(out var numbered))
        {
            messages.Add(
                numbered.Event is PeerEvent.MessageChanged changed
                    ? changed.Message
                    : ((PeerEvent.MessageReceived)numbered.Event).Message
            );
        }

        Assert.Equal(["", "", "kept"], messages.Select(message => message.Text));
        Assert.Equal(quote with { Text = null, IsDeleted = true }, messages[2].ReplyTo);
    }

    [Fact]
    public void Transient_events_are_delivered_and_displace_nothing()
    {
        Add(1);
        using var listener = _log.Listen(1);
        for (var i = 0; i < 5000; i++)
        {
            _log.AddTransient(new PeerEvent.Typing(Alice, Active: true));
            Assert.Equal([1], ReadAll(listener!));
        }

        Add(1);

        using var resumed = _log.Listen(0);
        Assert.Equal([1, 2], ReadAll(resumed!));
        Assert.Equal([2], ReadAll(listener!));
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
