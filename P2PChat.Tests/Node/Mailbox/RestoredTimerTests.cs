using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Backup;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Mailbox;

/// <summary>The timer of a conversation after one side was restored from a backup.</summary>
public sealed class RestoredTimerTests(MailPeers peers) : IClassFixture<MailPeers>
{
    private const string Passphrase = "correct horse battery";
    private const uint Week = 7 * 24 * 3600;

    [Fact]
    public async Task Timer_set_while_a_restored_peer_was_away_counts()
    {
        var (name, backup) = (Username.Parse("hope"), Path.Combine(peers.NewData(), "hope.backup"));
        await using var ivan = await peers.StartAsync("ivan", peers.NewData());
        await using (var hope = await peers.StartAsync("hope", peers.NewData()))
        {
            await MailPeers.ConnectAsync(hope, ivan);
            _ = await hope.Timers.SetAsync(ivan.Name, Week);
            _ = await ivan.Expect<PeerEvent.TimerChanged>();
            await BackUpAsync(hope, backup);
        }

        _ = await ivan.Expect<PeerEvent.Disconnected>();
        _ = await ivan.Timers.SetAsync(name, 300);
        var restored = peers.NewData();
        _ = BackupRestorer.Restore(backup, restored, Passphrase, TimeProvider.System);
        await using var again = await peers.StartAsync("hope", restored);
        // Behind anything that the restored peer sends by itself.
        _ = again.Messages.Send(ivan.Name, "back");
        _ = await ivan.Expect<PeerEvent.MessageReceived>();
        await Eventually.True(
            () => again.Timers.Of(ivan.Name).Seconds == 300,
            PeerUnderTest.Soon,
            "the timer that was set last counts"
        );

        Assert.Equal(300U, ivan.Timers.Of(name).Seconds);
        Assert.Equal([Week, 300U], TimerLines(ivan, again));
        Assert.Equal([Week, 300U], TimerLines(again, ivan));
    }

    [Fact]
    public async Task Timer_that_a_restored_peer_lost_is_sent_again_once()
    {
        var (name, backup) = (Username.Parse("jane"), Path.Combine(peers.NewData(), "jane.backup"));
        var karls = peers.NewData();
        await using (var karl = await peers.StartAsync("karl", karls))
        {
            await using var jane = await peers.StartAsync("jane", peers.NewData());
            await MailPeers.ConnectAsync(jane, karl);
            await BackUpAsync(jane, backup);
            _ = await jane.Timers.SetAsync(karl.Name, Week);
            _ = await karl.Expect<PeerEvent.TimerChanged>();
            _ = karl.Messages.Send(name, "lost");
            _ = await jane.Expect<PeerEvent.MessageReceived>();
            await Eventually.True(
                () => karl.Messages.Page(name, null, null, 10).Messages[^1].State >= MessageState.Delivered,
                PeerUnderTest.Soon,
                "the message is delivered"
            );
        }

        for (var i = 0; i < 2; i++)
        {
            var restored = peers.NewData();
            _ = BackupRestorer.Restore(backup, restored, Passphrase, TimeProvider.System);
            // Started again, because it waits a minute between two losses.
            await using var karl = await peers.StartAsync("karl", karls);
            await using var again = await peers.StartAsync("jane", restored);
            await Eventually.True(
                () => again.Timers.Of(karl.Name).Seconds == Week,
                PeerUnderTest.Soon,
                "the timer arrives again"
            );
            Assert.Contains("lost", MailPeers.Texts(again, karl.Name));
            await Eventually.True(
                () => karl.Messages.Page(name, null, null, 10).Messages[^1].State == MessageState.Delivered,
                PeerUnderTest.Soon,
                "the timer is acknowledged"
            );
            Assert.Equal([Week, Week], TimerLines(karl, again));
        }
    }

    private static List<uint> TimerLines(PeerUnderTest peer, PeerUnderTest other) =>
        [.. peer.Messages.Page(other.Name, null, null, 20).Messages.Select(message => message.Timer).OfType<uint>()];

    private static async Task BackUpAsync(PeerUnderTest peer, string file)
    {
        peer.Services.GetRequiredService<BackupWriter>().NewKdf = () =>
            new PassphraseKdf(1024, 1, 1, new byte[PassphraseKdf.SaltSize]);
        await peer.Backups.BackUpAsync(file, Passphrase, force: false, CancellationToken.None);
    }
}
