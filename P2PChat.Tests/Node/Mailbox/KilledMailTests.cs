using P2PChat.Client;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Mailbox;

/// <summary>Processes that are never online at the same time, and are killed.</summary>
public sealed class KilledMailTests(MailPeers peers) : IClassFixture<MailPeers>
{
    private const int MessagesPerRound = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Killed_peers_lose_and_repeat_no_mail()
    {
        await using var anna = new KillablePeer(peers.Directory, "anna", peers.NewData());
        await using var bill = new KillablePeer(peers.Directory, "bill", peers.NewData());
        await anna.StartAsync();
        await bill.StartAsync();
        await Eventually.True(() => anna.ConnectAsync("bill"), Patience, "the two are connected");
        await TalkAsync(anna, "bill", bill, "anna");
        await bill.KillAsync();

        var (fromAnna, fromBill) = (new List<string>(), new List<string>());
        for (var round = 0; round < 2; round++)
        {
            await LeaveAsync(anna, "anna", "bill", round, fromAnna);
            await anna.KillAsync();
            await bill.StartAsync();
            if (round == 0)
            {
                await bill.KillAndRestartAsync();
            }

            await Eventually.True(
                async () => (await TextsAsync(bill, "anna", "anna")).Count >= fromAnna.Count,
                Patience,
                "bill has all messages"
            );
            await LeaveAsync(bill, "bill", "anna", round, fromBill);
            await bill.KillAsync();
            await anna.StartAsync();
            await Eventually.True(
                async () => (await TextsAsync(anna, "bill", "bill")).Count >= fromBill.Count,
                Patience,
                "anna has all messages"
            );
        }

        await Eventually.True(
            async () =>
                (await anna.MessagesAsync("bill"))
                    .Where(message => message.From == "anna")
                    .All(message => message.State == MessageState.Delivered),
            Patience,
            "anna has all receipts"
        );
        Assert.Equal(fromBill, await TextsAsync(anna, "bill", "bill"));
        await anna.KillAsync();
        await bill.StartAsync();
        Assert.Equal(fromAnna, await TextsAsync(bill, "anna", "anna"));
    }

    // When both messages have arrived, so have the capabilities, which were sent before them.
    private static async Task TalkAsync(KillablePeer one, string other, KillablePeer another, string first)
    {
        await Eventually.True(() => one.SendAsync(other, "hello"), Patience, "a message is sent");
        await Eventually.True(() => another.SendAsync(first, "hello"), Patience, "a reply is sent");
        foreach (var (peer, with) in new[] { (one, other), (another, first) })
        {
            await Eventually.True(
                async () =>
                    (await peer.MessagesAsync(with)) is [_, _] both
                    && both.All(message => message.State is MessageState.Delivered or MessageState.Received),
                Patience,
                $"both have arrived with {with}"
            );
        }
    }

    private static async Task LeaveAsync(KillablePeer sender, string name, string to, int round, List<string> sent)
    {
        for (var i = 0; i < MessagesPerRound; i++)
        {
            var text = $"{name} {round} {i}";
            sent.Add(text);
            await Eventually.True(() => sender.SendAsync(to, text), Patience, $"'{text}' is sent");
            // Killed when some messages are deposited, some are not, and some may be.
            if (i == MessagesPerRound / 2)
            {
                await sender.KillAndRestartAsync();
            }
        }

        await Eventually.True(
            async () => (await sender.MessagesAsync(to)).All(message => message.State != MessageState.Queued),
            Patience,
            "all are deposited"
        );
    }

    private static async Task<IReadOnlyList<string>> TextsAsync(KillablePeer peer, string with, string from) =>
        [
            .. (await peer.MessagesAsync(with))
                .Where(message => message.From == from && message.Text != "hello")
                .Select(message => message.Text),
        ];
}
