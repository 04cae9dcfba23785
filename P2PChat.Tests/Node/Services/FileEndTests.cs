using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;
using static P2PChat.Tests.Node.Services.FilePeers;

namespace P2PChat.Tests.Node.Services;

/// <summary>Both sides learn how a transfer ends, also after a cut or a restart.</summary>
public sealed class FileEndTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>, IDisposable
{
    private readonly FilePeers _peers = new(directory);

    public void Dispose() => _peers.Dispose();

    [Fact]
    public async Task Cancel_of_a_paused_file_is_told_to_its_sender()
    {
        await using var alice = await _peers.StartAsync("enda");
        await using var bob = await _peers.StartAsync("endb");
        await alice.ConnectAsync(bob);
        _ = _peers.Write("long", 40_000_000);
        var id = await _peers.OfferAsync(alice, bob, "long");
        _ = Files(bob).Accept(alice.Name, id);
        _ = await ExpectAsync(alice, id, TransferState.Active);
        _ = Files(bob).Pause(alice.Name, id);
        _ = await alice.Expect<PeerEvent.TransferChanged>(changed => changed.Transfer.IsPausedByThem);

        _ = Files(bob).Cancel(alice.Name, id);

        _ = await ExpectAsync(alice, id, TransferState.Cancelled);
        await Eventually.True(
            () => Store(bob).Transfers.Untold(alice.Id).Count == 0,
            PeerUnderTest.Soon,
            "the sender has acknowledged the end"
        );
        await Eventually.True(() => _peers.Parts().Length == 0, PeerUnderTest.Soon, "what has arrived is deleted");
    }

    [Fact]
    public async Task Paused_file_is_complete_after_it_is_resumed()
    {
        await using var alice = await _peers.StartAsync("ends");
        await using var bob = await _peers.StartAsync("endt");
        await alice.ConnectAsync(bob);
        var content = _peers.Write("long", 100_000_000);
        var id = await _peers.OfferAsync(alice, bob, "long");
        _ = Files(bob).Accept(alice.Name, id);
        await ArrivingAsync(_peers.Folder);
        _ = Files(bob).Pause(alice.Name, id);

        _ = Files(bob).Accept(alice.Name, id);

        var complete = await ExpectAsync(bob, id, TransferState.Completed);
        Assert.Equal(content, await File.ReadAllBytesAsync(complete.Path!));
    }

    [Fact]
    public async Task Pause_while_the_sender_is_away_is_shown_to_it()
    {
        await using var alice = await _peers.StartAsync("endu", WithoutReconnect);
        await using var bob = await _peers.StartAsync("endv", WithoutReconnect);
        await alice.ConnectAsync(bob);
        _ = _peers.Write("a", 10);
        var id = await _peers.OfferAsync(alice, bob, "a");
        await DisconnectAsync(alice, bob);
        _ = Files(bob).Accept(alice.Name, id);
        _ = Files(bob).Pause(alice.Name, id);

        await alice.ConnectAsync(bob);

        _ = await alice.Expect<PeerEvent.TransferChanged>(changed => changed.Transfer.IsPausedByThem);
    }

    [Fact]
    public async Task More_ends_than_one_batch_are_told_on_one_link()
    {
        // Each end is saved in its own transaction, which takes longer on a disk.
        await using var alice = await _peers.StartAsync("endbatch", InMemory);
        await using var bob = await _peers.StartAsync("endbatched", InMemory);
        await EndAsync(alice, bob, count: 260);

        await alice.ConnectAsync(bob);

        await Eventually.True(
            () => Store(alice).Transfers.Untold(bob.Id).Count == 0,
            PeerUnderTest.Soon,
            "the other side has acknowledged all ends"
        );
    }

    [Fact]
    public async Task Ends_after_a_batch_that_waits_for_offers_are_told()
    {
        await using var alice = await _peers.StartAsync("endoffers", InMemory);
        await using var bob = await _peers.StartAsync("endoffered", InMemory);
        await EndAsync(alice, bob, count: 257);
        await RunAsync(
            alice,
            "INSERT INTO messages (peer, outgoing, id, epoch, sequence, sent_at, state, text) "
                + "SELECT t.peer, 1, t.id, p.epoch, 1000 + t.number, 0, 0, '' "
                + "FROM transfers t JOIN peers p ON p.id = t.peer "
                + "WHERE t.state = 5 AND t.number < (SELECT max(number) FROM transfers)"
        );
        var untold = Store(alice).Transfers.Untold(bob.Id);
        var session = alice.Services.GetRequiredService<SessionTable>().Find(bob.Name)!;
        var sent = new List<Frame>();
        var ends = new TransferEnds(session, post: action => action(), sent.Add);

        ends.Repeat();
        Assert.Empty(sent);
        await RunAsync(alice, "UPDATE messages SET state = 2 WHERE id = (SELECT id FROM transfers WHERE state = 5)");
        var first = untold.Single(one =>
            Store(alice).Messages.Find(bob.Id, one.Id) is { State: MessageState.Delivered }
        );
        ends.TellDelivered(first.Id);
        ends.Receive(FileEnd.Stop(first.Id, FileStopReason.Ended).ToFrame(), (_, _) => { });

        Assert.Equal(2, sent.Count);
    }

    [Fact]
    public async Task Ends_of_the_other_side_do_not_displace_acknowledgements()
    {
        await using var alice = await _peers.StartAsync("endacks", InMemory);
        await using var bob = await _peers.StartAsync("endacked", InMemory);
        await alice.ConnectAsync(bob);
        var session = alice.Services.GetRequiredService<SessionTable>().Find(bob.Name)!;
        var posted = new List<Action>();
        var ends = new TransferEnds(session, posted.Add, transmit: _ => { });

        for (var i = 0; i < 300; i++)
        {
            ends.Receive(FileEnd.Stop(Guid.NewGuid(), FileStopReason.Cancelled).ToFrame(), (_, _) => { });
        }

        Assert.Equal(256, posted.Count);
        ends.Receive(FileEnd.Stop(Guid.NewGuid(), FileStopReason.Ended).ToFrame(), (_, _) => { });
        Assert.Equal(257, posted.Count);
    }

    [Fact]
    public async Task Pause_that_is_not_saved_yet_is_repeated()
    {
        await using var alice = await _peers.StartAsync("endy");
        await using var bob = await _peers.StartAsync("endz");
        await alice.ConnectAsync(bob);
        _ = _peers.Write("a", 10);
        var id = await _peers.OfferAsync(alice, bob, "a");
        await DisconnectAsync(alice, bob);
        // It waits for the store, to count what was received.
        _ = Files(bob).Accept(alice.Name, id);
        using var release = new ManualResetEventSlim();
        var blocked = Store(bob).Writer.CallAsync(_ => release.Wait(PeerUnderTest.Soon));
        _ = Files(bob).Pause(alice.Name, id);
        var session = bob.Services.GetRequiredService<SessionTable>().Find(alice.Name)!;
        var sent = new List<Frame>();

        new TransferEnds(session, post: action => action(), sent.Add).Repeat();

        release.Set();
        await blocked;
        Assert.Equal(FileStopReason.Paused, Assert.Single(sent).FileStop.Reason);
    }

    [Fact]
    public async Task Cancel_of_an_unaccepted_offer_is_told_to_its_receiver()
    {
        await using var alice = await _peers.StartAsync("endc");
        await using var bob = await _peers.StartAsync("endd");
        await alice.ConnectAsync(bob);
        _ = _peers.Write("a", 10);
        var id = await _peers.OfferAsync(alice, bob, "a");

        _ = Files(alice).Cancel(bob.Name, id);

        _ = await ExpectAsync(bob, id, TransferState.Cancelled);
    }

    [Fact]
    public async Task Cancel_that_arrives_before_its_offer_is_saved_is_not_lost()
    {
        await using var alice = await _peers.StartAsync("endw");
        await using var bob = await _peers.StartAsync("endx");
        await alice.ConnectAsync(bob);
        _ = _peers.Write("a", 10);
        var id = await _peers.OfferAsync(alice, bob, "a");
        await RunAsync(bob, "CREATE TABLE kept AS SELECT offer FROM transfers");
        await RunAsync(bob, "UPDATE transfers SET offer = x''");
        using var release = new ManualResetEventSlim();
        var blocked = Store(bob).Writer.CallAsync(_ => release.Wait(PeerUnderTest.Soon));
        var saving = RunAsync(bob, "UPDATE transfers SET offer = (SELECT offer FROM kept)");
        var session = bob.Services.GetRequiredService<SessionTable>().Find(alice.Name)!;
        var ended = new List<Guid>();
        var ends = new TransferEnds(session, post: action => action(), transmit: _ => { });

        var receiving = new Thread(() =>
            ends.Receive(FileEnd.Stop(id, FileStopReason.Cancelled).ToFrame(), (transfer, _) =>
                ended.Add(transfer.Stored.Id)
            )
        );
        receiving.Start();
        await Eventually.True(
            () => receiving.ThreadState.HasFlag(ThreadState.WaitSleepJoin),
            PeerUnderTest.Soon,
            "it waits for the store"
        );
        release.Set();
        await Task.WhenAll(blocked, saving);

        receiving.Join();
        Assert.Equal([id], ended);
    }

    [Fact]
    public async Task Decline_while_the_sender_is_away_is_told_after_a_restart()
    {
        var alice = await _peers.StartAsync("ende");
        var bob = await _peers.StartAsync("endf");
        await alice.ConnectAsync(bob);
        _ = _peers.Write("a", 10);
        var id = await _peers.OfferAsync(alice, bob, "a");
        await alice.DisposeAsync();
        await Eventually.True(() => !bob.IsConnectedTo(alice), PeerUnderTest.Soon, "the link has ended");
        Assert.Equal(TransferState.Declined, Files(bob).Cancel(alice.Name, id).State);
        await bob.DisposeAsync();

        await using var bobAgain = await _peers.StartAsync("endf");
        await using var aliceAgain = await _peers.StartAsync("ende");
        await aliceAgain.ConnectAsync(bobAgain);

        _ = await ExpectAsync(aliceAgain, id, TransferState.Declined);
        await Eventually.True(
            () => Store(bobAgain).Transfers.Untold(aliceAgain.Id).Count == 0,
            PeerUnderTest.Soon,
            "the sender has acknowledged the end"
        );
    }

    [Fact]
    public async Task Removed_contact_ends_its_transfers()
    {
        await using var alice = await _peers.StartAsync("endg");
        await using var bob = await _peers.StartAsync("endh");
        await alice.ConnectAsync(bob);
        _ = _peers.Write("long", 100_000_000);
        _ = _peers.Write("a", 10);
        var active = await _peers.OfferAsync(alice, bob, "long");
        var offered = await _peers.OfferAsync(alice, bob, "a");
        _ = Files(bob).Accept(alice.Name, active);
        await ArrivingAsync(_peers.Folder);

        await bob.Contacts.BlockAsync(alice.Name, CancellationToken.None);

        _ = await ExpectAsync(bob, active, TransferState.Cancelled);
        _ = await ExpectAsync(bob, offered, TransferState.Declined);
        await Eventually.True(() => _peers.Parts().Length == 0, PeerUnderTest.Soon, "what has arrived is deleted");
    }

    [Fact]
    public async Task File_renamed_before_a_kill_is_complete_after_it()
    {
        await using var alice = await _peers.StartAsync("endi");
        var bob = await _peers.StartAsync("endj");
        await alice.ConnectAsync(bob);
        _ = _peers.Write("a", 300_000);
        var id = await _peers.OfferAsync(alice, bob, "a");
        _ = Files(bob).Accept(alice.Name, id);
        var path = (await ExpectAsync(bob, id, TransferState.Completed)).Path!;
        await Eventually.True(
            () =>
                Files(alice).Find(bob.Name, id).State == TransferState.Completed
                && Store(bob).Transfers.Untold(alice.Id).Count == 0,
            PeerUnderTest.Soon,
            "the sender has acknowledged the end"
        );
        // As it is when the process ends before the end is saved.
        await RunAsync(bob, "UPDATE transfers SET state = 1, ended_told = 0");
        await bob.DisposeAsync();

        await using var again = await _peers.StartAsync("endj");
        await alice.ConnectAsync(again);

        Assert.Equal(path, (await ExpectAsync(again, id, TransferState.Completed)).Path);
        Assert.Equal([path], Directory.GetFileSystemEntries(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public async Task Accept_and_cancel_at_once_leave_nothing_behind()
    {
        await using var alice = await _peers.StartAsync("endk");
        await using var bob = await _peers.StartAsync("endl");
        await alice.ConnectAsync(bob);
        _ = _peers.Write("a", 600_000);
        for (var i = 0; i < 20; i++)
        {
            var id = await _peers.OfferAsync(alice, bob, "a");
            using var both = new Barrier(2);
            await Task.WhenAll(
                Task.Run(() => AtOnce(both, () => Files(bob).Accept(alice.Name, id))),
                Task.Run(() => AtOnce(both, () => Files(bob).Cancel(alice.Name, id)))
            );
        }

        // The window is free, and no declined file arrives.
        var last = await _peers.OfferAsync(alice, bob, "a");
        _ = Files(bob).Accept(alice.Name, last);
        var complete = await ExpectAsync(bob, last, TransferState.Completed);
        await Eventually.True(
            () =>
                _peers.Parts().Length == 0
                && Files(bob).All.All(file => file.State == TransferState.Completed || file.HasEnded)
                && Files(alice).All.All(file => file.HasEnded),
            PeerUnderTest.Soon,
            "both sides know every end"
        );
        Assert.Equal(
            Files(bob).All.Count(file => file.State == TransferState.Completed),
            Directory.GetFiles(Path.GetDirectoryName(complete.Path)!).Length
        );
    }

    [Fact]
    public async Task Lists_show_the_end_of_each_file()
    {
        await using var alice = await _peers.StartAsync("endm");
        await using var bob = await _peers.StartAsync("endn");
        await alice.ConnectAsync(bob);
        _ = _peers.Write("a", 10);
        using var done = new CancellationTokenSource();
        var listing = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                _ = Files(bob).All;
            }
        });
        var ids = new List<Guid>();
        for (var i = 0; i < 40; i++)
        {
            ids.Add(await _peers.OfferAsync(alice, bob, "a"));
            _ = Files(bob).Accept(alice.Name, ids[i]);
        }

        foreach (var id in ids)
        {
            _ = await ExpectAsync(bob, id, TransferState.Completed);
        }

        await done.CancelAsync();
        await listing;
        Assert.All(Files(bob).All, file => Assert.Equal(TransferState.Completed, file.State));
    }

    [Fact]
    public async Task Side_is_asked_for_if_both_offer_files_with_one_id()
    {
        await using var alice = await _peers.StartAsync("endo");
        await using var bob = await _peers.StartAsync("endp");
        await alice.ConnectAsync(bob);
        _ = _peers.Write("a", 10);
        var id = await _peers.OfferAsync(alice, bob, "a");
        _ = await bob.Messages.SendFileAsync(alice.Name, id, Store(bob).Transfers.Find(alice.Id, false, id)!.Offer);
        _ = await alice.Expect<PeerEvent.TransferChanged>(changed => !changed.Transfer.IsOurs);

        Assert.Equal(
            "Two files have this id, one from each side. Say which one with 'yours'.",
            Assert.Throws<PeerException>(() => Files(alice).Cancel(bob.Name, id)).Message
        );
        Assert.Equal(TransferState.Cancelled, Files(alice).Cancel(bob.Name, id, isOurs: true).State);
        Assert.Equal(TransferState.Offered, Files(alice).Find(bob.Name, id, isOurs: false).State);
    }

    [Fact]
    public async Task Version_without_files_is_offered_none()
    {
        var alice = await _peers.StartAsync("endq");
        await using var bob = await _peers.StartAsync("endr");
        await alice.ConnectAsync(bob);
        _ = _peers.Write("a", 10);
        await RunAsync(alice, "UPDATE peers SET features = 1");
        await alice.DisposeAsync();

        await using var again = await _peers.StartAsync("endq");

        var refusal = await Assert.ThrowsAsync<PeerException>(() =>
            Files(again).OfferAsync(bob.Name, Path.Combine(_peers.Folder, "a"), null, CancellationToken.None)
        );
        Assert.Contains("cannot receive files", refusal.Message, StringComparison.Ordinal);
    }

    private static void WithoutReconnect(PeerOptions options) => options.Reconnect = false;

    private static void InMemory(PeerOptions options)
    {
        WithoutReconnect(options);
        (options.Ephemeral, options.Data) = (true, null);
    }

    // Stores ended transfers, of which the other side has not been told.
    private async Task EndAsync(PeerUnderTest alice, PeerUnderTest bob, int count)
    {
        await alice.ConnectAsync(bob);
        _ = _peers.Write("a", 10);
        _ = await _peers.OfferAsync(alice, bob, "a");
        await DisconnectAsync(alice, bob);
        await RunAsync(
            alice,
            $"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "
                + "INSERT INTO transfers (peer, outgoing, id, state, offer, size) "
                + "SELECT t.peer, 1, randomblob(16), 5, t.offer, 10 FROM transfers t, n"
        );
    }

    private static async Task DisconnectAsync(PeerUnderTest one, PeerUnderTest other)
    {
        await one.CutLinksAsync();
        await Eventually.True(
            () => !one.IsConnectedTo(other) && !other.IsConnectedTo(one),
            PeerUnderTest.Soon,
            "the link is cut"
        );
    }

    private static void AtOnce(Barrier both, Action act)
    {
        both.SignalAndWait();
        try
        {
            act();
        }
        catch (PeerException)
        {
            // The other was first.
        }
    }
}
