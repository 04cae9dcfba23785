using P2PChat.Client;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Sessions;

/// <summary>Processes with a real store that are killed while messages are exchanged.</summary>
public sealed class KilledPeerTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Killed_peers_lose_and_repeat_no_message()
    {
        const int Kills = 4;
        const int MessagesPerKill = 60;
        using var senders = new TempDirectory();
        using var receivers = new TempDirectory();
        await using var sender = new KillablePeer(directory, "sender", senders.Path);
        await using var receiver = new KillablePeer(directory, "receiver", receivers.Path);
        await receiver.StartAsync();
        await sender.StartAsync();
        await Eventually.True(() => sender.ConnectAsync("receiver"), Patience, "the two are connected");

        var sent = new List<string>();
        for (var kill = 0; kill < Kills; kill++)
        {
            var victim = kill % 2 == 0 ? sender : receiver;
            var killing = Task.CompletedTask;
            for (var i = 0; i < MessagesPerKill; i++)
            {
                if (i == MessagesPerKill / 2)
                {
                    killing = victim.KillAndRestartAsync();
                }

                var text = $"{kill} {i}";
                sent.Add(text);

                // Repeated with the same key until it is answered, because an unanswered call may have succeeded.
                await Eventually.True(() => sender.SendAsync("receiver", text), Patience, $"'{text}' is sent");
            }

            await killing;
        }

        await Eventually.True(
            async () => (await receiver.TextsAsync("sender")).Count >= sent.Count,
            Patience,
            "all messages have arrived"
        );
        Assert.Equal(sent, await receiver.TextsAsync("sender"));
        await Eventually.True(
            async () =>
                (await sender.MessagesAsync("receiver")).All(message => message.State == MessageState.Delivered),
            Patience,
            "the sender has all receipts"
        );
    }
}
