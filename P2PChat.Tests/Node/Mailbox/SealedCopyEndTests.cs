using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.DirectoryClient;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Crypto;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Identity;
using P2PChat.Protocol.Sessions.Conversations;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Mailbox;

/// <summary>Copies at the directory that are not what they should be, or are not needed any more.</summary>
public sealed class SealedCopyEndTests : SealedCopyFixture
{
    [Fact]
    public async Task Stored_file_that_is_not_the_offered_one_is_deleted_unseen()
    {
        await MeetAsync();
        Write("offered", 1000);
        await using var alice = await StartAsync("alice");
        Guid[] offers =
        [
            await OfferOtherContentAsync(alice, isSealed: true),
            await OfferOtherContentAsync(alice, isSealed: false),
        ];
        await SentAsync(alice, 2);

        await using var bob = await StartAsync("bob");
        foreach (var id in offers)
        {
            _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Id == id);
            _ = Files(bob).Accept(Alice, id);
        }

        await NothingIsStoredAsync();
        Assert.All(Files(bob).All, file => Assert.Equal(TransferState.Active, file.State));
        Assert.All(Files(bob).All, file => Assert.Equal(CopyState.None, file.Copy?.State));
        Assert.Empty(Downloads(bob));
    }

    [Fact]
    public async Task Blocking_a_contact_withdraws_the_files_for_it()
    {
        await MeetAsync();
        Write("report", 1000);
        await using var alice = await StartAsync("alice");
        _ = await OfferAsync(alice, "report");
        _ = await StateAsync(alice, copy => copy.State == CopyState.Stored);

        await alice.Contacts.BlockAsync(Bob, CancellationToken.None);

        await NothingIsStoredAsync();
    }

    [Fact]
    public async Task Accepted_file_of_a_contact_that_is_blocked_is_not_fetched()
    {
        await MeetAsync();
        Write("report", 1000);
        Guid id;
        await using (var alice = await StartAsync("alice"))
        {
            id = await OfferAsync(alice, "report");
            _ = await StateAsync(alice, copy => copy.State == CopyState.Stored);
            await SentAsync(alice);
        }

        await using var bob = await StartAsync("bob");
        _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Id == id);
        using var blocked = new ManualResetEventSlim();
        // What is fetched is written after this.
        SessionWithAlice(bob).Files.Post(() => blocked.Wait(PeerUnderTest.Soon));
        _ = Files(bob).Accept(Alice, id);

        await bob.Contacts.BlockAsync(Alice, CancellationToken.None);
        blocked.Set();

        await NothingIsStoredAsync();
        Assert.Equal(TransferState.Cancelled, Assert.Single(Files(bob).All).State);
        Assert.Empty(Downloads(bob));
    }

    [Fact]
    public async Task Deleting_an_offer_on_this_side_deletes_its_file_unread()
    {
        await MeetAsync();
        Write("report", 1000);
        await using var alice = await StartAsync("alice");
        var id = await OfferAsync(alice, "report");
        _ = await StateAsync(alice, copy => copy.State == CopyState.Stored);
        await using var bob = await StartAsync("bob");
        _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Id == id);

        // The sender may still need it.
        Assert.Equal(1, await alice.Messages.DeleteAsync(Bob, id));
        Assert.Equal(CopyState.Stored, Assert.Single(CopiesOf(alice)).State);
        Assert.Equal(1, await bob.Messages.DeleteAsync(Alice, id: null));

        await NothingIsStoredAsync();
    }

    [Fact]
    public async Task File_of_a_message_that_disappears_waits_until_its_receiver_has_read()
    {
        await MeetAsync();
        var content = Write("report", 1000);
        var clock = new SettableClock();
        await using var alice = await StartAsync("alice", timeProvider: clock);
        _ = await alice.Timers.SetAsync(Bob, 300);
        var id = await OfferAsync(alice, "report");
        _ = await StateAsync(alice, copy => copy.State == CopyState.Stored);
        await using var bob = await StartAsync("bob");
        _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Id == id);
        _ = await alice.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Delivered);

        // Her time begins with the acknowledgement, and his when he reads.
        await alice.SweepAsync();
        clock.LetPass(TimeSpan.FromMinutes(6));
        await alice.SweepAsync();
        Assert.DoesNotContain(alice.Messages.Page(Bob, null, null, 10).Messages, message => message.Id == id);
        Assert.Contains(MailPeers.StoreOf(alice).Copies.Needed(), key => key.IsOurs && key.Id == id);
        _ = Files(bob).Accept(Alice, id);

        Assert.Equal(content, await File.ReadAllBytesAsync((await CompletedAsync(bob)).Path!));
        await NothingIsStoredAsync();
    }

    [Fact]
    public async Task File_that_may_be_lost_is_withdrawn_all_the_same_after_a_restart()
    {
        await MeetAsync();
        Write("report", 1000);
        Guid id;
        await using (var alice = await StartAsync("alice"))
        {
            id = await OfferAsync(alice, "report");
            _ = await StateAsync(alice, copy => copy.State == CopyState.Stored);
            await SentAsync(alice);
            await Directory.StopAsync();
            alice.Services.GetRequiredService<SealedCopies>().OnDirectoryLost();
            await Eventually.True(
                () => CopiesOf(alice).Single() is { State: CopyState.Waiting, Until: not null },
                PeerUnderTest.Soon,
                "it is to be uploaded again"
            );
            File.Delete(PathOf("report"));
            _ = Files(alice).Cancel(Bob, id);
        }

        await Directory.StartAsync();
        Assert.Single(Blobs);
        await using var again = await StartAsync("alice");

        await NothingIsStoredAsync();
    }

    [Fact]
    public async Task Restored_peer_does_not_upload_what_may_have_ended_since_the_backup()
    {
        await MeetAsync();
        Write("report", 1000);
        await using var alice = await StartAsync("alice", depositAfter: TimeSpan.FromHours(1));
        _ = await OfferAsync(alice, "report");
        var data = alice.Services.GetRequiredService<DataDirectory>();
        RestoredMarker.Write(data, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow);
        var ledger = ActivatorUtilities.CreateInstance<CopyLedger>(alice.Services);
        var copies = ActivatorUtilities.CreateInstance<SealedCopies>(alice.Services, ledger, new RestoredMarker(data));

        copies.Load();

        Assert.Equal(CopyState.None, Assert.Single(ledger.Schedule.All).Stored.State);
        await Eventually.True(
            () => CopiesOf(alice) is [{ State: CopyState.None }],
            PeerUnderTest.Soon,
            "the next start does not upload it either"
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task File_that_is_ended_while_it_is_written_leaves_nothing(bool byItsSender)
    {
        await MeetAsync();
        Write("report", 1000);
        await using var alice = await StartAsync("alice");
        var id = await OfferAsync(alice, "report");
        _ = await StateAsync(alice, copy => copy.State == CopyState.Stored);
        await using var bob = await StartAsync("bob");
        _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Id == id);
        using var ended = new ManualResetEventSlim();
        SessionWithAlice(bob).Files.Post(() => ended.Wait(PeerUnderTest.Soon));
        _ = Files(bob).Accept(Alice, id);
        await Eventually.True(() => Files(bob).All.Single().Done == 1000, PeerUnderTest.Soon, "it is fetched");

        if (byItsSender)
        {
            _ = await alice.Messages.RemoveForAllAsync(Bob, id);
            _ = await bob.Expect<PeerEvent.MessageChanged>(changed => changed.Message.IsRemoved);
        }
        else
        {
            _ = Files(bob).Cancel(Alice, id);
        }

        ended.Set();
        await NothingIsStoredAsync();
        await Eventually.True(() => CopiesOf(bob).Count == 0, PeerUnderTest.Soon, "the copy is forgotten");
        Assert.Empty(Downloads(bob));
    }

    [Fact]
    public async Task Link_that_comes_up_while_a_file_is_written_does_not_write_it_too()
    {
        await MeetAsync();
        var content = Write("report", 600_000);
        await using var alice = await StartAsync("alice");
        var id = await OfferAsync(alice, "report");
        _ = await StateAsync(alice, copy => copy.State == CopyState.Stored);
        await using var bob = await StartAsync("bob");
        _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Id == id);
        using var connected = new ManualResetEventSlim();
        SessionWithAlice(bob).Files.Post(() => connected.Wait(PeerUnderTest.Soon));
        _ = Files(bob).Accept(Alice, id);
        await Eventually.True(() => Files(bob).All.Single().Done == 600_000, PeerUnderTest.Soon, "it is fetched");

        await alice.ConnectAsync(bob);
        connected.Set();

        Assert.Equal(content, await File.ReadAllBytesAsync((await CompletedAsync(bob)).Path!));
        _ = await CompletedAsync(alice);
        await NothingIsStoredAsync();
        Assert.Single(Downloads(bob));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stored_file_that_its_sender_has_not_kept_is_fetched_over_a_link_too(bool isChanged)
    {
        await MeetAsync();
        var content = Write("report", 600_000);
        await using var alice = await StartAsync("alice");
        var id = await OfferAsync(alice, "report");
        _ = await StateAsync(alice, copy => copy.State == CopyState.Stored);
        await using var bob = await StartAsync("bob");
        _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Id == id);
        File.Delete(PathOf("report"));
        if (isChanged)
        {
            _ = Write("report", 600_000, seed: 2);
        }

        await alice.ConnectAsync(bob);
        _ = Files(bob).Accept(Alice, id);

        Assert.Equal(content, await File.ReadAllBytesAsync((await CompletedAsync(bob)).Path!));
        _ = await CompletedAsync(alice);
        await NothingIsStoredAsync();
    }

    [Fact]
    public async Task File_offered_over_a_link_is_stored_when_its_sender_stops()
    {
        await MeetAsync();
        var content = Write("report", 1000);
        await using var bob = await StartAsync("bob");
        Guid id;
        await using (var alice = await StartAsync("alice"))
        {
            await alice.ConnectAsync(bob);
            id = await OfferAsync(alice, "report");
            _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Id == id);
            Assert.Empty(Blobs);
        }

        Assert.Single(Blobs);
        _ = Files(bob).Accept(Alice, id);

        Assert.Equal(content, await File.ReadAllBytesAsync((await CompletedAsync(bob)).Path!));
        await NothingIsStoredAsync();
    }

    [Fact]
    public async Task File_offered_over_a_link_is_stored_when_its_receiver_leaves()
    {
        await MeetAsync();
        Write("report", 1000);
        await using var alice = await StartAsync("alice");
        await using (var bob = await StartAsync("bob"))
        {
            await alice.ConnectAsync(bob);
            var id = await OfferAsync(alice, "report");
            _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Id == id);
        }

        _ = await StateAsync(alice, copy => copy.State == CopyState.Stored);
        Assert.Single(Blobs);
    }

    [Fact]
    public async Task File_accepted_before_it_is_stored_arrives_once_there_is_room()
    {
        await RestartDirectoryAsync(
            $"Directory:Files:Folder={Folder}",
            "Directory:Files:FreeShare=0",
            "Directory:Files:CapabilityFiles=1",
            "Directory:Files:FullRetryAfter=00:00:01"
        );
        await MeetAsync();
        Write("first", 10);
        var content = Write("second", 20);
        await using var alice = await StartAsync("alice");
        var first = await OfferAsync(alice, "first");
        _ = await StateAsync(alice, copy => copy.State == CopyState.Stored);
        var second = await OfferAsync(alice, "second");
        _ = await StateAsync(alice, copy => copy.Problem == CopyProblem.MailboxFull);
        await using var bob = await StartAsync("bob");
        _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Id == second);

        _ = Files(bob).Accept(Alice, second);
        _ = await StateAsync(bob, copy => copy.Problem == CopyProblem.NotThereYet);
        _ = Files(bob).Cancel(Alice, first);

        Assert.Equal(content, await File.ReadAllBytesAsync((await CompletedAsync(bob)).Path!));
    }

    [Fact]
    public async Task File_that_cannot_be_read_is_reported_as_unreadable()
    {
        await MeetAsync();
        Write("report", 1000);
        await using var alice = await StartAsync("alice", depositAfter: TimeSpan.FromMilliseconds(500));
        _ = await OfferAsync(alice, "report");
        File.Move(PathOf("report"), PathOf("moved"));
        _ = await StateAsync(alice, copy => copy.Problem == CopyProblem.Unreadable);

        File.Move(PathOf("moved"), PathOf("report"));

        _ = await StateAsync(alice, copy => copy.State == CopyState.Stored);
    }

    [Fact]
    public async Task Offer_that_its_sender_deletes_causes_no_call_of_its_receiver()
    {
        await MeetAsync();
        Write("report", 1000);
        await using var alice = await StartAsync("alice");
        var id = await OfferAsync(alice, "report");
        await using var bob = await StartAsync("bob");
        _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Id == id);
        await Eventually.True(() => CopiesOf(bob).Count == 1, PeerUnderTest.Soon, "it may have to be deleted");
        await Directory.StopAsync();

        SessionWithAlice(bob).Files.Changes.OnRemoved(id, isOurs: false);

        await Eventually.True(() => CopiesOf(bob).Count == 0, PeerUnderTest.Soon, "the copy is forgotten");
    }

    [Fact]
    public async Task Abandoned_offer_withdraws_its_file()
    {
        await MeetAsync();
        Write("report", 1000);
        await using var alice = await StartAsync("alice");
        var id = await OfferAsync(alice, "report");
        _ = await StateAsync(alice, copy => copy.State == CopyState.Stored);

        SessionWith(alice, Bob).Files.Changes.OnAbandoned(id, AbandonReason.Unconfirmed);
        Assert.Single(CopiesOf(alice));
        SessionWith(alice, Bob).Files.Changes.OnAbandoned(id, AbandonReason.Expired);

        await NothingIsStoredAsync();
        Assert.NotEmpty(MailPeers.StoreOf(alice).Copies.Needed());
        await RunAsync(alice, "UPDATE messages SET state = 4");
        Assert.Empty(MailPeers.StoreOf(alice).Copies.Needed());
    }

    [Fact]
    public async Task Fetched_file_that_has_its_name_is_not_written_again()
    {
        await MeetAsync();
        var content = Write("report", 1000);
        string path;
        await using (var alice = await StartAsync("alice"))
        {
            var id = await OfferAsync(alice, "report");
            _ = await StateAsync(alice, copy => copy.State == CopyState.Stored);
            await using var before = await StartAsync("bob");
            _ = await before.Expect<PeerEvent.MessageReceived>(received => received.Message.Id == id);
            path = System.IO.Directory.CreateDirectory(Files(before).DownloadFolder!).FullName + "/report";
            await File.WriteAllBytesAsync(path, content);
            // As it is when the process ends before the end is saved.
            await RunAsync(before, "UPDATE transfers SET state = 1, path = $path", ("$path", path));
        }

        await using var bob = await StartAsync("bob");

        Assert.Equal(path, (await CompletedAsync(bob)).Path);
        Assert.Equal([path], Downloads(bob));
        await NothingIsStoredAsync();
    }

    [Fact]
    public async Task Copy_that_its_receiver_would_refuse_is_not_uploaded()
    {
        await using var alice = await OfferAwayAsync();
        // As if another version had sealed it differently.
        UploadNow(alice, job =>
        {
            var offer = job.Transfer!.Offer;
            var other = offer with { Copy = offer.Copy! with { Digest = new byte[32] } };
            job.Transfer = job.Transfer with { Offer = other };
        });

        _ = await StateAsync(alice, copy => copy is { State: CopyState.None, Problem: CopyProblem.Changed });
        Assert.Empty(Blobs);
    }

    [Fact]
    public async Task File_for_a_contact_with_a_new_name_is_uploaded_under_it()
    {
        await using var alice = await OfferAwayAsync();
        // As if bob had another name when the file was offered.
        UploadNow(alice, job => job.Stored = job.Stored with { With = Username.Parse("old-bob") });

        _ = await StateAsync(alice, copy => copy.State == CopyState.Stored);
        Assert.Single(Blobs);
    }

    [Fact]
    public async Task Ephemeral_peer_has_no_work_with_copies()
    {
        Write("report", 1000);
        await using var eve = await PeerUnderTest.StartAsync(Directory, "eve");
        var hashed = await OfferReader.ReadAsync(PathOf("report"), null, null, CancellationToken.None);
        var transfer = new StoredTransfer(
            PeerId.FromPublicKey("bob"u8),
            Bob,
            IsOurs: true,
            Guid.CreateVersion7(),
            hashed.Offer with
            {
                Copy = SealedCopy.New(),
            },
            TransferState.Offered,
            TransferProblem.None,
            "report"
        );

        eve.Services.GetRequiredService<SealedCopies>().Begin(transfer);

        Assert.Empty(eve.Services.GetRequiredService<CopyLedger>().OpenKeys());
    }

    private static string[] Downloads(PeerUnderTest peer) =>
        System.IO.Directory.Exists(Files(peer).DownloadFolder)
            ? System.IO.Directory.GetFiles(Files(peer).DownloadFolder!, "*", SearchOption.AllDirectories)
            : [];

    // Offers a file to bob, who is away, and does not upload it yet.
    private async Task<PeerUnderTest> OfferAwayAsync()
    {
        await MeetAsync();
        Write("report", 1000);
        var alice = await StartAsync("alice", depositAfter: TimeSpan.FromHours(1));
        _ = await OfferAsync(alice, "report");
        return alice;
    }

    private static void UploadNow(PeerUnderTest alice, Action<SealedCopyJob> change)
    {
        var ledger = alice.Services.GetRequiredService<CopyLedger>();
        lock (ledger.Gate)
        {
            var job = ledger.Schedule.All.Single();
            change(job);
            job.Due = default;
        }

        ledger.Signal();
    }

    private static Task RunAsync(PeerUnderTest peer, string sql, params (string, object?)[] parameters) =>
        MailPeers.StoreOf(peer).Writer.CallAsync(connection => connection.Run(sql, parameters));

    private static IReadOnlyList<StoredCopy> CopiesOf(PeerUnderTest peer) => MailPeers.StoreOf(peer).Copies.All();

    // Key and digest are those of the offer.
    private async Task<Guid> OfferOtherContentAsync(PeerUnderTest alice, bool isSealed)
    {
        var hashed = await OfferReader.ReadAsync(PathOf("offered"), null, null, CancellationToken.None);
        var copy = SealedCopy.New();
        using var bytes = new MemoryStream();
        var info = await SealedFile.SealAsync(
            new MemoryStream(new byte[1000]),
            bytes,
            isSealed ? copy.Key.ToArray() : SealedFile.NewKey(),
            CancellationToken.None
        );
        var capability = MailPeers.StoreOf(alice).Conversations.Load(SessionWith(alice, Bob).Remote)!.TheirCapability;
        _ = await alice
            .Services.GetRequiredService<FileStoreClient>()
            .UploadAsync(Bob, capability, copy.IdAtDirectory, bytes, info, progress: null, CancellationToken.None);
        var id = Guid.CreateVersion7();
        _ = await alice.Messages.SendFileAsync(
            Bob,
            id,
            hashed.Offer with
            {
                Copy = copy with { Digest = info.Digest },
            }
        );
        return id;
    }
}
