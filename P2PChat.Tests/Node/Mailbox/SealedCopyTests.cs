using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Sessions;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.Node.Mailbox;

/// <summary>Files for a contact that is away, by way of the directory.</summary>
public sealed class SealedCopyTests : SealedCopyFixture
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3_000_000)]
    [InlineData(8 * 1024 * 1024)]
    public async Task File_reaches_a_peer_that_is_never_online_with_its_sender(int size)
    {
        await MeetAsync();
        var content = Write("report.pdf", size);
        Guid id;
        await using (var alice = await StartAsync("alice"))
        {
            id = await OfferAsync(alice, "report.pdf");
            var stored = await StateAsync(alice, copy => copy.State == CopyState.Stored);
            Assert.InRange(
                stored.Copy!.Until!.Value,
                DateTimeOffset.UtcNow.AddDays(13),
                DateTimeOffset.UtcNow.AddDays(15)
            );
            await SentAsync(alice);
        }

        Assert.Single(Blobs);
        await using (var bob = await StartAsync("bob"))
        {
            _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Id == id);
            Assert.Equal(TransferState.Offered, Assert.Single(Files(bob).All).State);
            _ = Files(bob).Accept(Alice, id);

            var completed = await CompletedAsync(bob);
            Assert.Equal(content, await File.ReadAllBytesAsync(completed.Path!));
            await NothingIsStoredAsync();
        }

        // The sender hears of it when the two meet again, although bob's process is another one.
        await using var sender = await StartAsync("alice");
        Assert.Equal(TransferState.Offered, Assert.Single(Files(sender).All).State);
        await using var receiver = await StartAsync("bob");
        await sender.ConnectAsync(receiver);
        _ = await CompletedAsync(sender);
    }

    [Fact]
    public async Task File_reaches_a_contact_that_is_known_by_mail_only()
    {
        var content = Write("report", 1000);
        string link;
        await using (var alice = await StartAsync("alice"))
        {
            link = (await InvitesOf(alice).CreateAsync(uses: 1, days: 7)).Link!.ToString();
        }

        await using (var bob = await StartAsync("bob"))
        {
            _ = await InvitesOf(bob).JoinAsync(link, CancellationToken.None);
            _ = bob.Messages.Send(Alice, "hello");
            await SentAsync(bob);
        }

        Guid id;
        await using (var alice = await StartAsync("alice"))
        {
            _ = await alice.Expect<PeerEvent.MessageReceived>();
            id = await OfferAsync(alice, "report");
            _ = await StateAsync(alice, copy => copy.State == CopyState.Stored);
            await SentAsync(alice);
        }

        await using (var bob = await StartAsync("bob"))
        {
            _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Id == id);
            _ = Files(bob).Accept(Alice, id);

            Assert.Equal(content, await File.ReadAllBytesAsync((await CompletedAsync(bob)).Path!));
        }
    }

    [Fact]
    public async Task File_accepted_before_its_offer_is_handled_is_fetched()
    {
        await MeetAsync();
        var content = Write("report", 1000);
        await using var bob = await StartAsync("bob");
        using var accepted = new ManualResetEventSlim();
        SessionWithAlice(bob).Files.Post(() => accepted.Wait(PeerUnderTest.Soon));
        await using var alice = await StartAsync("alice");
        var id = await OfferAsync(alice, "report");
        _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Id == id);

        _ = Files(bob).Accept(Alice, id);
        accepted.Set();

        Assert.Equal(content, await File.ReadAllBytesAsync((await CompletedAsync(bob)).Path!));
    }

    [Fact]
    public async Task File_accepted_while_its_copy_is_registered_is_fetched()
    {
        await MeetAsync();
        Write("report", 1000);
        Guid id;
        await using (var alice = await StartAsync("alice"))
        {
            id = await OfferAsync(alice, "report");
            await SentAsync(alice);
        }

        await using var bob = await StartAsync("bob");
        _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Id == id);
        var session = SessionWithAlice(bob);
        var before = session.Context.Store.Transfers.Find(session.Remote, isOurs: false, id)!;
        using var asserted = new ManualResetEventSlim();
        session.Files.Post(() => asserted.Wait(PeerUnderTest.Soon));
        _ = Files(bob).Accept(Alice, id);
        var ledger = ActivatorUtilities.CreateInstance<CopyLedger>(bob.Services);
        var copies = ActivatorUtilities.CreateInstance<SealedCopies>(bob.Services, ledger);
        var tasks = ActivatorUtilities.CreateInstance<CopyTasks>(bob.Services, ledger);

        copies.Begin(before);

        tasks.SetLinks(_ => false);
        Assert.Equal(CopyWork.Fetch, tasks.Take(CopyLane.Downloads)?.Work);
        asserted.Set();
    }

    [Fact]
    public async Task Settings_of_the_receiver_apply_to_stored_files()
    {
        await MeetAsync();
        await SetAcceptedAsync("bob");
        Write("small", 1000);
        Write("large", 2_000_000);
        await using (var alice = await StartAsync("alice"))
        {
            _ = await OfferAsync(alice, "large");
            _ = await OfferAsync(alice, "small");
            await Eventually.True(() => Blobs.Length == 2, PeerUnderTest.Soon, "both are stored");
            await SentAsync(alice, 2);
        }

        await using var bob = await StartAsync("bob");

        Assert.Equal("small", (await CompletedAsync(bob)).Name);
        await Eventually.True(() => Blobs.Length == 1, PeerUnderTest.Soon, "the small one is deleted");
        var large = Files(bob).All.Single(file => file.Name == "large");
        Assert.Equal(TransferState.Offered, large.State);
        // One that is not wanted is deleted unread.
        _ = Files(bob).Cancel(Alice, large.Id);
        await NothingIsStoredAsync();
    }

    [Fact]
    public async Task Sender_that_cancels_withdraws_the_file()
    {
        await MeetAsync();
        Write("secret", 1000);
        await using var alice = await StartAsync("alice");
        var id = await OfferAsync(alice, "secret");
        _ = await StateAsync(alice, copy => copy.State == CopyState.Stored);

        _ = Files(alice).Cancel(Bob, id);

        await NothingIsStoredAsync();
    }

    [Fact]
    public async Task Deleted_offer_withdraws_the_file_also_after_a_restart()
    {
        await MeetAsync();
        await SetAcceptedAsync("bob");
        Write("secret", 1000);
        await using (var alice = await StartAsync("alice"))
        {
            var id = await OfferAsync(alice, "secret");
            _ = await StateAsync(alice, copy => copy.State == CopyState.Stored);
            await SentAsync(alice);
            await Directory.StopAsync();

            _ = await alice.Messages.RemoveForAllAsync(Bob, id);
        }

        Assert.Single(Blobs);
        await Directory.StartAsync();
        await using var again = await StartAsync("alice");
        await NothingIsStoredAsync();
        await Eventually.True(
            () => MailPeers.StoreOf(again).Copies.All().Count == 0,
            PeerUnderTest.Soon,
            "nothing is left to do"
        );
        await using var bob = await StartAsync("bob");
        await Eventually.True(
            () => bob.Messages.Page(Alice, null, null, 10).Messages.Any(message => message.IsRemoved),
            PeerUnderTest.Soon,
            "bob has the message and its deletion"
        );
        Assert.DoesNotContain(Files(bob).All, file => file.State == TransferState.Completed);
    }

    [Fact]
    public async Task Directory_that_lost_its_files_gets_them_again()
    {
        await MeetAsync();
        var content = Write("report", 1000);
        await using var alice = await StartAsync("alice");
        var id = await OfferAsync(alice, "report");
        _ = await StateAsync(alice, copy => copy.State == CopyState.Stored);
        await Directory.StopAsync();
        System.IO.Directory.Delete(Path.Combine(Temp, "directory"), recursive: true);
        System.IO.Directory.Delete(Folder, recursive: true);
        await Directory.StartAsync();
        await using var bob = await StartAsync("bob");

        // Its capabilities are granted again, too.
        _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Id == id);
        _ = Files(bob).Accept(Alice, id);
        Assert.Equal(content, await File.ReadAllBytesAsync((await CompletedAsync(bob)).Path!));
    }

    [Fact]
    public async Task File_waits_at_its_sender_if_the_directory_stores_none()
    {
        await RestartDirectoryAsync();
        await MeetAsync();
        var content = Write("report", 100_000);
        await using var alice = await StartAsync("alice");
        var id = await OfferAsync(alice, "report");

        var waiting = await StateAsync(alice, copy => copy.Problem == CopyProblem.NotStored);
        Assert.Equal((CopyState.Waiting, TransferState.Offered), (waiting.Copy!.State, waiting.State));
        await using var bob = await StartAsync("bob");
        await alice.ConnectAsync(bob);
        _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Id == id);
        _ = Files(bob).Accept(Alice, id);

        Assert.Equal(content, await File.ReadAllBytesAsync((await CompletedAsync(bob)).Path!));
        _ = await CompletedAsync(alice);
    }

    [Fact]
    public async Task Quota_and_size_make_a_file_wait_and_the_sender_sees_why()
    {
        await RestartDirectoryAsync(
            $"Directory:Files:Folder={Folder}",
            "Directory:Files:FreeShare=0",
            "Directory:Files:CapabilityFiles=1"
        );
        await MeetAsync();
        Write("first", 10);
        Write("second", 10);
        Write("large", (8 * 1024 * 1024) + 1);
        await using var alice = await StartAsync("alice");

        _ = await OfferAsync(alice, "first");
        _ = await StateAsync(alice, copy => copy.State == CopyState.Stored);
        _ = await OfferAsync(alice, "second");
        _ = await StateAsync(alice, copy => copy.Problem == CopyProblem.MailboxFull);
        _ = await OfferAsync(alice, "large");
        var large = await StateAsync(alice, copy => copy.Problem == CopyProblem.TooLarge);
        Assert.Equal("large", large.Name);
        Assert.Single(Blobs);
    }

    [Fact]
    public async Task Changed_file_is_not_sealed_under_the_same_key()
    {
        await MeetAsync();
        Write("notes", 1000);
        await using var alice = await StartAsync("alice", depositAfter: TimeSpan.FromSeconds(2));
        _ = await OfferAsync(alice, "notes");
        Write("notes", 1000, seed: 2);

        _ = await StateAsync(alice, copy => copy is { State: CopyState.None, Problem: CopyProblem.Changed });

        Assert.Empty(Blobs);
    }

    [Fact]
    public async Task Damaged_copy_is_deleted_and_the_file_comes_over_a_connection()
    {
        await MeetAsync();
        var content = Write("report", 100_000);
        await using var alice = await StartAsync("alice");
        var id = await OfferAsync(alice, "report");
        _ = await StateAsync(alice, copy => copy.State == CopyState.Stored);
        await SentAsync(alice);
        var blob = Assert.Single(Blobs);
        var path = Path.Combine(Folder, "files", blob[2..4], blob);
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[70_000] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);

        await using var bob = await StartAsync("bob");
        _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Id == id);
        _ = Files(bob).Accept(Alice, id);
        await NothingIsStoredAsync();
        Assert.Equal(TransferState.Active, Assert.Single(Files(bob).All).State);

        await alice.ConnectAsync(bob);
        Assert.Equal(content, await File.ReadAllBytesAsync((await CompletedAsync(bob)).Path!));
    }

    private static InviteService InvitesOf(PeerUnderTest peer) => peer.Services.GetRequiredService<InviteService>();
}
