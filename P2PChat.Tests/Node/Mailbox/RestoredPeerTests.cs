using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Backup;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Mailbox;

/// <summary>A peer that is restored from a backup.</summary>
public sealed class RestoredPeerTests(MailPeers peers) : IClassFixture<MailPeers>
{
    private const string Passphrase = "correct horse battery";

    private static readonly Username Alice = Username.Parse("alice");
    private static readonly Username Bob = Username.Parse("bob");

    [Fact]
    public async Task Restored_peer_loses_and_repeats_no_message()
    {
        var (bobs, backup) = (peers.NewData(), Path.Combine(peers.NewData(), "alice.backup"));
        await using (var alice = await peers.StartAsync("alice", peers.NewData()))
        {
            await using (var bob = await peers.StartAsync("bob", bobs))
            {
                await MailPeers.ConnectAsync(alice, bob);
                await SendAsync(alice, bob, "before");
                await SendAsync(bob, alice, "answer before");
            }

            _ = await alice.Expect<PeerEvent.Disconnected>();

            // The message is both in the outbox that is backed up and in Bob's mailbox.
            _ = alice.Messages.Send(Bob, "in the outbox");
            _ = await alice.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Sent);
            await BackUpAsync(alice, backup);
            await using (var bob = await peers.StartAsync("bob", bobs))
            {
                _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Text == "in the outbox");
                await SendAsync(alice, bob, "after 1");
                await SendAsync(bob, alice, "answer after");
                await SendAsync(alice, bob, "after 2");
            }
        }

        var restored = peers.NewData();
        _ = BackupRestorer.Restore(backup, restored, Passphrase, TimeProvider.System);
        await using (var again = await peers.StartAsync("alice", restored))
        {
            Assert.False(File.Exists(Path.Combine(restored, RestoredMarker.FileName)));
            Assert.Equal(["before", "answer before", "in the outbox"], MailPeers.Texts(again, Bob));

            // The first new message goes by mail, the next on a link.
            _ = again.Messages.Send(Bob, "by mail after the restore");
            await Eventually.True(
                () => again.Messages.Page(Bob, null, null, 10).Messages[^1].State == MessageState.Sent,
                PeerUnderTest.Soon,
                "the message is deposited"
            );
            await using var bob = await peers.StartAsync("bob", bobs);
            _ = await bob.Expect<PeerEvent.MessageReceived>(received =>
                received.Message.Text == "by mail after the restore"
            );
            await Eventually.True(() => again.IsConnectedTo(bob), PeerUnderTest.Soon, "the two reconnect");
            await SendAsync(again, bob, "on a link after the restore");
            await SendAsync(bob, again, "answer after the restore");

            Assert.Equal(
                [
                    "before",
                    "answer before",
                    "in the outbox",
                    "after 1",
                    "answer after",
                    "after 2",
                    "by mail after the restore",
                    "on a link after the restore",
                    "answer after the restore",
                ],
                MailPeers.Texts(bob, Alice)
            );
            Assert.DoesNotContain(bob.Rest(), @event => @event is PeerEvent.MessageReceived);
            await Eventually.True(
                () =>
                    again
                        .Messages.Page(Bob, null, null, 10)
                        .Messages.All(message => message.State is MessageState.Delivered or MessageState.Received),
                PeerUnderTest.Soon,
                "the message from the outbox is delivered too"
            );
        }

        // The epoch is begun once: a start without a restore continues in it.
        await using var once = await peers.StartAsync("alice", restored);
        Assert.Null(once.Services.GetRequiredService<RestoredMarker>().EpochFloor);
    }

    [Fact]
    public async Task Backup_restored_twice_by_a_stopped_clock_reuses_no_epoch()
    {
        var (clock, backup) = (new StoppedClock(), Path.Combine(peers.NewData(), "anna.backup"));
        await using var bill = await peers.StartAsync("bill", peers.NewData(), DialsNobody);
        await using (var anna = await peers.StartAsync("anna", peers.NewData(), DialsNobody, clock))
        {
            await MailPeers.ConnectAsync(anna, bill);
            await SendAsync(anna, bill, "before");
            await BackUpAsync(anna, backup);
        }

        List<string> texts = ["before"];
        foreach (var life in new[] { "first", "second", "third" })
        {
            _ = await bill.Expect<PeerEvent.Disconnected>();
            var restored = peers.NewData();
            _ = BackupRestorer.Restore(backup, restored, Passphrase, clock);
            await using var again = await peers.StartAsync("anna", restored, DialsNobody, clock);
            await bill.ConnectAsync(again);
            foreach (var text in new[] { $"{life} life, 1", $"{life} life, 2" })
            {
                await SendAsync(again, bill, text);
                texts.Add(text);
            }
        }

        Assert.Equal(texts, MailPeers.Texts(bill, Username.Parse("anna")));

        static void DialsNobody(PeerOptions options) => options.Reconnect = false;
    }

    [Fact]
    public async Task Changes_that_a_restored_peer_has_lost_are_sent_again()
    {
        var backup = Path.Combine(peers.NewData(), "dave.backup");
        await using var carol = await peers.StartAsync("carol", peers.NewData());
        var name = Username.Parse("dave");
        Message theirs;
        await using (var dave = await peers.StartAsync("dave", peers.NewData()))
        {
            await MailPeers.ConnectAsync(carol, dave);
            await SendAsync(carol, dave, "one");
            await SendAsync(carol, dave, "two");
            theirs = dave.Messages.Send(carol.Name, "theirs");
            _ = await carol.Expect<PeerEvent.MessageReceived>();
            await BackUpAsync(dave, backup);

            var ours = carol.Messages.Page(name, null, null, 10).Messages;
            _ = await carol.Messages.EditAsync(name, ours[0].Id, "one, edited");
            _ = await carol.Messages.RemoveForAllAsync(name, ours[1].Id);
            _ = await carol.Messages.ReactAsync(name, theirs.Id, "👍");
            await Eventually.True(
                () => carol.Messages.InfoOf(name, theirs.Id).Changes[0].State == MessageState.Delivered,
                PeerUnderTest.Soon,
                "all changes are delivered"
            );
        }

        var restored = peers.NewData();
        _ = BackupRestorer.Restore(backup, restored, Passphrase, TimeProvider.System);
        await using var again = await peers.StartAsync("dave", restored);
        // It had none of them, or there would be no event.
        foreach (var change in new[] { MessageChange.Edit, MessageChange.Delete, MessageChange.Reaction })
        {
            _ = await again.Expect<PeerEvent.MessageChanged>(changed => changed.Change == change);
        }

        Assert.Equal(["one, edited", "", "theirs"], MailPeers.Texts(again, carol.Name));
        Assert.Equal(
            [new MessageReaction(carol.Name, "👍")],
            again.Messages.InfoOf(carol.Name, theirs.Id).Message.Reactions
        );
        Assert.DoesNotContain(again.Rest(), @event => @event is PeerEvent.MessageReceived);
    }

    [Fact]
    public async Task Restored_peer_reuses_no_version_of_its_profile()
    {
        var (clock, backup) = (new StoppedClock(), Path.Combine(peers.NewData(), "erin.backup"));
        await using var fred = await peers.StartAsync("fred", peers.NewData());
        await using (var erin = await peers.StartAsync("erin", peers.NewData(), timeProvider: clock))
        {
            erin.Profiles.SetDisplayName("Erin");
            await MailPeers.ConnectAsync(erin, fred);
            await ShownAsync("Erin");
            await BackUpAsync(erin, backup);
            erin.Profiles.SetDisplayName("Erin after the backup");
            await ShownAsync("Erin after the backup");
        }

        var restored = peers.NewData();
        _ = BackupRestorer.Restore(backup, restored, Passphrase, clock);
        await using var again = await peers.StartAsync("erin", restored, timeProvider: clock);
        again.Profiles.SetDisplayName("Erin after the restore");
        await ShownAsync("Erin after the restore");

        Task ShownAsync(string name) =>
            Eventually.True(
                () => fred.Profiles.Of(Username.Parse("erin"))?.DisplayName == name,
                PeerUnderTest.Soon,
                $"the contact shows {name}"
            );
    }

    [Fact]
    public async Task Restored_peer_gets_the_timer_again_and_erases_what_is_overdue()
    {
        const uint Hour = 3600;
        var (name, backup) = (Username.Parse("fay"), Path.Combine(peers.NewData(), "fay.backup"));
        await using var gus = await peers.StartAsync("gus", peers.NewData());
        await using (var fay = await peers.StartAsync("fay", peers.NewData()))
        {
            await MailPeers.ConnectAsync(fay, gus);
            _ = await gus.Timers.SetAsync(name, Hour);
            await SendAsync(gus, fay, "passing");
            fay.Messages.MarkRead(gus.Name, null);
            await Eventually.True(
                async () =>
                {
                    await fay.SweepAsync();
                    return fay.Messages.Page(gus.Name, null, null, 10).Messages[^1].ExpiresAt is not null;
                },
                PeerUnderTest.Soon,
                "the time runs"
            );
            await BackUpAsync(fay, backup);
            // Only the other side will know this one.
            _ = await fay.Timers.SetAsync(gus.Name, 2 * Hour);
            _ = await gus.Expect<PeerEvent.TimerChanged>(one => one.Message.From == name);
            await SendAsync(gus, fay, "after");
        }

        var (restored, clock) = (peers.NewData(), new SettableClock());
        _ = BackupRestorer.Restore(backup, restored, Passphrase, TimeProvider.System);
        await using var again = await peers.StartAsync("fay", restored, timeProvider: clock);
        Assert.Contains("passing", MailPeers.Texts(again, gus.Name));
        await Eventually.True(() => gus.IsConnectedTo(again), PeerUnderTest.Soon, "the two reconnect");
        await Eventually.True(
            () => again.Timers.Of(gus.Name).Seconds == 2 * Hour && gus.Timers.Of(name).Seconds == 2 * Hour,
            PeerUnderTest.Soon,
            "both have the last timer"
        );

        clock.LetPass(TimeSpan.FromHours(1));

        // By itself.
        _ = await again.Expect<PeerEvent.MessageDisappeared>();
        Assert.DoesNotContain("passing", MailPeers.Texts(again, gus.Name));
    }

    private static async Task BackUpAsync(PeerUnderTest peer, string file)
    {
        peer.Services.GetRequiredService<BackupWriter>().NewKdf = () =>
            new PassphraseKdf(1024, 1, 1, new byte[PassphraseKdf.SaltSize]);
        await peer.Backups.BackUpAsync(file, Passphrase, force: false, CancellationToken.None);
    }

    private static async Task SendAsync(PeerUnderTest from, PeerUnderTest to, string text)
    {
        var sent = from.Messages.Send(to.Name, text);
        _ = await to.Expect<PeerEvent.MessageReceived>(received => received.Message.Text == text);
        _ = await from.Expect<PeerEvent.Receipt>(receipt =>
            receipt.Id == sent.Id && receipt.State == MessageState.Delivered
        );
    }
}
