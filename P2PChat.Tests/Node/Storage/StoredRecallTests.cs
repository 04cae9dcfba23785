using Microsoft.Extensions.Logging.Abstractions;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Content;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Protocol.Sessions.Conversations;

namespace P2PChat.Tests.Node.Storage;

/// <summary>Delivered messages that the other side has lost are sent again or marked.</summary>
public sealed class StoredRecallTests : IDisposable
{
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);
    private static readonly Username Bob = Username.Parse("bob");
    private static readonly PeerId BobsKey = PeerId.FromHash([7, .. new byte[PeerId.Size - 1]]);

    private readonly TempDirectory _temporary = new();
    private readonly PeerIdentity _identity = PeerIdentity.Create();
    private readonly List<SessionEffect> _effects = [];
    private readonly RecordedConversation _machine = new(
        1000,
        new ConversationOptions { RecallMessages = 2, Draw = _ => 0 }
    );
    private readonly PeerStore _store;
    private readonly ConversationWriter _lane;
    private long _committed;

    public StoredRecallTests()
    {
        using var directory = DataDirectory.Open(_temporary.Path);
        _store = PeerStore.Open(directory, _identity, Username.Parse("alice"), NullLogger<PeerStore>.Instance);
        _lane = new ConversationWriter(_store.Writer, BobsKey, 1000, ticket => _committed = ticket, _ => { });
    }

    public void Dispose()
    {
        _store.Dispose();
        _identity.Dispose();
        _temporary.Dispose();
    }

    [Fact]
    public void Fast_clock_makes_no_message_too_old_to_send_again()
    {
        var (ahead, expiry) = (Start.AddDays(20), TimeSpan.FromDays(14));

        Assert.Equal(DateTimeOffset.MinValue, StoredRecall.Oldest(new TimeReading(ahead), expiry));
        Assert.Equal(Start - expiry, StoredRecall.Oldest(new TimeReading(ahead, Directory: Start), expiry));
        Assert.Equal(Start - expiry, StoredRecall.Oldest(new TimeReading(Start, Directory: ahead), expiry));
    }

    [Fact]
    public async Task Lost_messages_are_sent_again_or_marked()
    {
        _lane.Add(new Change.Accepted(Bob), null);
        foreach (
            var (text, age) in new[]
            {
                ("kept", 1),
                ("too many", 1),
                ("deleted here", 1),
                ("again 1", 1),
                ("again 2", 1),
            }
        )
        {
            _ = _machine.Send(new OutgoingMessage(Guid.CreateVersion7(), text, Start.AddDays(-age)), _effects);
        }

        Take(
            new Frame
            {
                Ack = new Ack { Epoch = 1000, Next = 6 },
            }
        );
        _ = _machine.Send(new OutgoingMessage(Guid.CreateVersion7(), "waits", Start), _effects);
        await KeepAsync();
        Assert.Equal(1, await _store.DeleteAsync(Bob, Messages().Single(message => message.Text == "deleted here").Id));

        Take(
            new Frame
            {
                Resume = new Resume
                {
                    SendEpoch = 5,
                    SendBase = 1,
                    ReceiveEpoch = 1000,
                    ReceiveNext = 2,
                    MissingEpoch = 1000,
                    MissingNext = 6,
                },
            }
        );
        var recall = Assert.Single(_effects.OfType<SessionEffect.Recall>());
        var found = await _store.RecallAsync(BobsKey, recall, Start.AddDays(-14));
        Assert.Equal(["again 1", "again 2"], found.Messages.Select(message => message.Text));
        // The message was deleted meanwhile; it is sent again anyway.
        Assert.Equal(1, await _store.DeleteAsync(Bob, found.Messages[0].Id));
        _machine.Recalled(recall, found.Messages, found.Lost, _effects);
        await KeepAsync();

        Assert.Equal(
            [
                ("kept", MessageState.Delivered),
                ("too many", MessageState.Lost),
                ("again 2", MessageState.Sent),
                ("waits", MessageState.Sent),
            ],
            Messages().Select(message => (message.Text, message.State))
        );
        Assert.Equal(["again 1", "again 2", "waits"], _machine.Snapshot.Outbox.Select(entry => entry.Message!.Text));
        AssertIsAsStored();

        Take(
            new Frame
            {
                Ack = new Ack { Epoch = _machine.Snapshot.Epoch, Next = 4 },
            }
        );
        await KeepAsync();
        Assert.Equal(
            [MessageState.Delivered, MessageState.Lost, MessageState.Delivered, MessageState.Delivered],
            Messages().Select(message => message.State)
        );
        AssertIsAsStored();
    }

    [Fact]
    public async Task Count_of_lost_messages_includes_those_not_listed()
    {
        _lane.Add(new Change.Accepted(Bob), null);
        for (ulong i = 1; i <= StoredRecall.MaxLost + 10; i++)
        {
            _ = _machine.Send(new OutgoingMessage(Guid.CreateVersion7(), "old", Start), _effects);
        }

        Take(
            new Frame
            {
                Ack = new Ack { Epoch = 1000, Next = StoredRecall.MaxLost + 11 },
            }
        );
        await KeepAsync();

        var asked = new SessionEffect.Recall(
            new Position(1000, 1),
            _machine.Snapshot.Acknowledged,
            MaxMessages: 2,
            MaxBytes: 1000
        );
        var found = await _store.RecallAsync(BobsKey, asked, Start.AddDays(-14));
        Assert.Equal(
            (2, StoredRecall.MaxLost, StoredRecall.MaxLost + 8L),
            (found.Messages.Count, found.Lost.Count, found.LostCount)
        );
    }

    [Fact]
    public async Task Lost_timers_are_reported_even_if_they_are_hidden()
    {
        _lane.Add(new Change.Accepted(Bob), null);
        var timers = new List<Guid>();
        foreach (var content in new[] { Timer(300), Timer(600), null, null })
        {
            var message = new OutgoingMessage(Guid.CreateVersion7(), "text", Start) { Content = content };
            timers.AddRange(content is null ? [] : [message.Id]);
            _ = _machine.Send(message, _effects);
        }

        Take(
            new Frame
            {
                Ack = new Ack { Epoch = 1000, Next = 5 },
            }
        );
        await KeepAsync();
        foreach (var timer in timers)
        {
            Assert.Equal(1, await _store.DeleteAsync(Bob, timer));
        }

        var asked = new SessionEffect.Recall(new Position(1000, 1), new Position(1000, 5), 2, 1000);
        var found = await _store.RecallAsync(BobsKey, asked, Start.AddDays(-14));

        Assert.Equal(["text", "text"], found.Messages.Select(message => message.Text));
        Assert.Equal(timers.Order(), found.Lost.Order());

        static MessageContent Timer(uint seconds) => new MessageContent.Timer(seconds, After: null);
    }

    private void Take(Frame frame)
    {
        _machine.LinkOpened(1, _effects);
        _machine.Receive(1, frame, _effects);
        _machine.LinkClosed(1);
    }

    private Task KeepAsync()
    {
        foreach (var store in _effects.OfType<SessionEffect.Store>())
        {
            _lane.Add(store.Change, null);
        }

        _effects.Clear();
        return Eventually.True(
            () => Interlocked.Read(ref _committed) == _lane.LastTicket,
            PeerUnderTest.Soon,
            "it is kept"
        );
    }

    private IReadOnlyList<Message> Messages() => _store.Messages.Page(Bob, null, null, 50)!.Messages;

    private void AssertIsAsStored()
    {
        var (machine, stored) = (_machine.Snapshot, _store.Conversations.Load(BobsKey)!.Session.Conversation);
        Assert.Equal(machine with { Outbox = [] }, stored with { Outbox = [] });
        Assert.Equal(machine.Outbox, stored.Outbox);
    }
}
