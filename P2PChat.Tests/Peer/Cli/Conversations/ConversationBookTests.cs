using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Peer.Cli.Conversations;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Cli.Conversations;

public sealed class ConversationBookTests
{
    [Fact]
    public async Task Slow_read_of_an_older_state_does_not_replace_a_newer_one()
    {
        var unread = 0;
        using var isReading = new ManualResetEventSlim();
        using var goesOn = new ManualResetEventSlim();
        var book = new ConversationBook(Read, () => new Dictionary<Username, ChatMarks>(), () => []);
        var refreshed = 0;

        book.RefreshSoon(() => Interlocked.Increment(ref refreshed));
        Assert.True(isReading.Wait(PeerUnderTest.Soon));
        Volatile.Write(ref unread, 1);
        var second = Task.Run(book.Refresh);
        // If the reads may overlap, the second one ends here, before the first one.
        _ = SpinWait.SpinUntil(() => second.IsCompleted, millisecondsTimeout: 100);
        goesOn.Set();
        await second.WaitAsync(PeerUnderTest.Soon);
        await Eventually.True(() => Volatile.Read(ref refreshed) == 1, PeerUnderTest.Soon, "the first read has ended");

        Assert.Equal(1, Assert.Single(book.All).Unread);

        IReadOnlyList<ConversationOverview> Read()
        {
            var seen = Volatile.Read(ref unread);
            if (seen == 0)
            {
                isReading.Set();
                Assert.True(goesOn.Wait(PeerUnderTest.Soon));
            }

            return [new ConversationOverview(Username.Parse("bob"), Accepted: true, 1, seen, 0)];
        }
    }
}
