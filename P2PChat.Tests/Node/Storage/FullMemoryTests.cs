using P2PChat.Node.Model;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node.Mailbox;

namespace P2PChat.Tests.Node.Storage;

/// <summary>An ephemeral peer whose message memory fills up during a conversation.</summary>
public sealed class FullMemoryTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Sender_with_full_memory_reports_unsaved_messages()
    {
        await using var alice = await StartAsync("alma");
        await using var bob = await StartAsync("bert");
        await alice.ConnectAsync(bob);
        var store = MailPeers.StoreOf(alice);
        await FullDiskTests.FillAsync(store, spare: 20);

        // The first unsaved messages are sent anyway.
        // If bob is slow, alice waits for his acknowledgements first.
        PeerException? refusal = null;
        await Eventually.True(
            () =>
            {
                try
                {
                    for (var i = 0; i < 1000; i++)
                    {
                        _ = alice.Messages.Send(bob.Name, $"{i} {new string('x', 20_000)}");
                    }

                    return false;
                }
                catch (PeerException exception) when (exception.Error is PeerError.StoreFailed)
                {
                    refusal = exception;
                    return true;
                }
            },
            PeerUnderTest.Soon,
            "the store refuses a message"
        );

        Assert.Contains("ephemeral", refusal?.Message, StringComparison.Ordinal);

        await FullDiskTests.FillAsync(store, spare: 1_000_000);
        var later = Enumerable.Range(0, 100).Select(i => alice.Messages.Send(bob.Name, $"later {i}").Text).ToList();
        await Eventually.True(
            () => alice.Messages.Page(bob.Name, null, null, 1).Messages[0].State == MessageState.Delivered,
            PeerUnderTest.Soon,
            "the last message is reported"
        );
        Assert.Equal(
            later,
            bob.Messages.Page(alice.Name, null, null, later.Count).Messages.Select(message => message.Text)
        );
    }

    [Fact]
    public async Task Receiver_with_full_memory_acknowledges_no_unsaved_message()
    {
        await using var alice = await StartAsync("anke");
        await using var bob = await StartAsync("bodo");
        await alice.ConnectAsync(bob);
        var store = MailPeers.StoreOf(bob);
        await FullDiskTests.FillAsync(store, spare: 20);

        var first = Send(40);
        await Eventually.True(() => store.HasLostWrites, PeerUnderTest.Soon, "the store is full");
        var later = Send(20);
        // Once for the first unsaved messages, once for an unacknowledged one.
        _ = await bob.Expect<PeerEvent.Disconnected>();
        _ = await bob.Expect<PeerEvent.Disconnected>();
        await FullDiskTests.FillAsync(store, spare: 1_000_000);

        await Eventually.True(
            () => Kept().LastOrDefault() == later[^1],
            PeerUnderTest.Soon,
            "the conversation continues"
        );
        Assert.Equal(later, Kept().TakeLast(later.Count));
        var told = bob.Rest().OfType<PeerEvent.MessageReceived>().Select(received => received.Message.Text).ToHashSet();
        Assert.All(first.Except(Kept()), text => Assert.Contains(text, told));

        List<string> Send(int count) =>
            [
                .. Enumerable
                    .Range(0, count)
                    .Select(_ => alice.Messages.Send(bob.Name, $"{Guid.NewGuid()} {new string('x', 20_000)}").Text),
            ];

        List<string> Kept() =>
            [.. bob.Messages.Page(alice.Name, null, null, 1000).Messages.Select(message => message.Text)];
    }

    private Task<PeerUnderTest> StartAsync(string name) =>
        PeerUnderTest.StartAsync(directory, name, options =>
            (options.Reconnect, options.ReconnectAfter, options.ReconnectAtMost) = (
                true,
                TimeSpan.FromMilliseconds(100),
                TimeSpan.FromSeconds(1)
            )
        );
}
