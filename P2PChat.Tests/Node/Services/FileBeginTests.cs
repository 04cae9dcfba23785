using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Wire;
using P2PChat.Tests.Infrastructure;
using static P2PChat.Tests.Node.Services.FilePeers;

namespace P2PChat.Tests.Node.Services;

/// <summary>Files of which the store, the disk and the session know different things.</summary>
public sealed class FileBeginTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>, IDisposable
{
    private readonly FilePeers _peers = new(directory);

    public void Dispose() => _peers.Dispose();

    [Fact]
    public async Task File_whose_acceptance_is_not_saved_begins_with_the_link()
    {
        await using var alice = await _peers.StartAsync("begina", WithoutReconnect);
        var bob = await _peers.StartAsync("beginb", WithoutReconnect);
        await alice.ConnectAsync(bob);
        _ = _peers.Write("a", 300_000);
        var id = await _peers.OfferAsync(alice, bob, "a");
        await bob.DisposeAsync();
        await using var again = await _peers.StartAsync("beginb", WithoutReconnect);
        _ = Files(again).Accept(alice.Name, id);
        // As the row is before that is saved.
        await RunAsync(again, "UPDATE transfers SET state = 0");

        await alice.ConnectAsync(again);

        _ = await ExpectAsync(again, id, TransferState.Completed);
    }

    [Fact]
    public async Task File_whose_part_is_lost_starts_again()
    {
        await using var alice = await _peers.StartAsync("beginc", WithoutReconnect);
        await using var bob = await _peers.StartAsync("begind", WithoutReconnect);
        await alice.ConnectAsync(bob);
        var content = _peers.Write("long", 5_000_000);
        var id = await _peers.OfferAsync(alice, bob, "long");
        var transfer = bob.Services.GetRequiredService<TransferBook>().Open(alice.Id, isOurs: false, id)!;
        var sender = SessionOf(alice, bob).Files;
        using var reached = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        sender.Post(StopInTheMiddle);
        _ = Files(bob).Accept(alice.Name, id);
        Assert.True(await Task.Run(() => reached.Wait(PeerUnderTest.Soon)));
        await DisconnectAsync(alice, bob);
        File.Delete(_peers.Parts().Single());
        release.Set();

        await alice.ConnectAsync(bob);

        var path = (await ExpectAsync(bob, id, TransferState.Completed)).Path!;
        Assert.Equal(content, await File.ReadAllBytesAsync(path));

        // Between two leaves that the sender reads.
        void StopInTheMiddle()
        {
            if (transfer.Done < 1_000_000)
            {
                sender.Post(StopInTheMiddle);
                return;
            }

            reached.Set();
            _ = release.Wait(PeerUnderTest.Soon);
        }
    }

    [Fact]
    public async Task Cancel_of_an_offer_is_told_after_its_message_arrived()
    {
        await using var alice = await _peers.StartAsync("begine", WithoutReconnect);
        await using var bob = await _peers.StartAsync("beginf", WithoutReconnect);
        await alice.ConnectAsync(bob);
        await DisconnectAsync(alice, bob);
        _ = _peers.Write("a", 10);
        var path = Path.Combine(_peers.Folder, "a");
        var id = (await Files(alice).OfferAsync(bob.Name, path, mediaType: null, CancellationToken.None)).Id;
        _ = Files(alice).Cancel(bob.Name, id);
        var frames = new List<Frame>();
        await Store(alice).Transfers.AfterSavesAsync();
        _ = Assert.Single(Store(alice).Transfers.Untold(bob.Id));

        new TransferEnds(SessionOf(alice, bob), post: action => action(), frames.Add).Repeat();
        Assert.Empty(frames);
        await alice.ConnectAsync(bob);

        _ = await ExpectAsync(bob, id, TransferState.Cancelled);
        await Eventually.True(
            () => Store(alice).Transfers.Untold(bob.Id).Count == 0,
            PeerUnderTest.Soon,
            "the receiver has acknowledged the end"
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task End_is_told_after_it_is_saved(bool byReceiver)
    {
        await using var alice = await _peers.StartAsync(byReceiver ? "beging" : "begini");
        await using var bob = await _peers.StartAsync(byReceiver ? "beginh" : "beginj");
        await alice.ConnectAsync(bob);
        _ = _peers.Write("a", 10);
        var id = await _peers.OfferAsync(alice, bob, "a");
        var (ending, other) = byReceiver ? (bob, alice) : (alice, bob);
        var session = SessionOf(ending, other);
        var transfer = ending.Services.GetRequiredService<TransferBook>().Open(other.Id, !byReceiver, id)!;
        using var release = new ManualResetEventSlim();
        var blocked = Store(ending).Writer.CallAsync(_ => release.Wait(PeerUnderTest.Soon));

        Assert.True(session.Files.Cancel(transfer));
        session.SetTyping(true);

        _ = await other.Expect<PeerEvent.Typing>();
        Assert.Equal(TransferState.Offered, Files(other).Find(ending.Name, id).State);
        release.Set();
        await blocked;
        _ = await ExpectAsync(other, id, byReceiver ? TransferState.Declined : TransferState.Cancelled);
    }

    [Fact]
    public async Task File_that_is_completed_twice_is_kept()
    {
        await using var alice = await _peers.StartAsync("begink");
        await using var bob = await _peers.StartAsync("beginl");
        await alice.ConnectAsync(bob);
        _ = _peers.Write("a", 10);
        var id = await _peers.OfferAsync(alice, bob, "a");
        var transfer = bob.Services.GetRequiredService<TransferBook>().Open(alice.Id, isOurs: false, id)!;
        _ = Files(bob).Accept(alice.Name, id);
        var path = (await ExpectAsync(bob, id, TransferState.Completed)).Path!;

        SessionOf(bob, alice).Files.Incoming.SetCompleted(transfer, path);

        Assert.True(File.Exists(path));
    }

    [Fact]
    public async Task Part_of_a_deleted_message_is_deleted_before_a_link()
    {
        await using var alice = await _peers.StartAsync("beginm", WithoutReconnect);
        await using var bob = await _peers.StartAsync("beginn", WithoutReconnect);
        await alice.ConnectAsync(bob);
        _ = _peers.Write("a", 10);
        var id = await _peers.OfferAsync(alice, bob, "a");
        // As after a restart, when the sender's deletion comes by mail.
        bob.Services.GetRequiredService<DownloadFolder>().OpenPart(alice.Id, id).Dispose();
        await RunAsync(bob, "DELETE FROM transfers");

        SessionOf(bob, alice).Files.Changes.OnRemoved(id, isOurs: false);

        await Eventually.True(() => _peers.Parts().Length == 0, PeerUnderTest.Soon, "the part is deleted");
    }

    [Fact]
    public async Task Changes_are_saved_in_their_order()
    {
        await using var alice = await _peers.StartAsync("begino");
        await using var bob = await _peers.StartAsync("beginp");
        await alice.ConnectAsync(bob);
        _ = _peers.Write("a", 10);
        var id = await _peers.OfferAsync(alice, bob, "a");
        var book = bob.Services.GetRequiredService<TransferBook>();
        var transfer = book.Open(alice.Id, isOurs: false, id)!;
        book.Changed += stored =>
        {
            if (stored.State == TransferState.Paused)
            {
                _ = book.Change(transfer, TransferState.Cancelled);
            }
        };

        Assert.True(await book.Change(transfer, TransferState.Paused));

        await Store(bob).Transfers.AfterSavesAsync();
        Assert.Equal(TransferState.Cancelled, Store(bob).Transfers.Find(alice.Id, isOurs: false, id)!.State);
    }

    [Fact]
    public async Task File_that_cannot_be_read_for_now_is_paused()
    {
        await using var alice = await _peers.StartAsync("beginq");
        await using var bob = await _peers.StartAsync("beginr");
        await alice.ConnectAsync(bob);
        var content = _peers.Write("a", 300_000);
        var id = await _peers.OfferAsync(alice, bob, "a");
        var path = Path.Combine(_peers.Folder, "a");
        File.Delete(path);
        _ = Directory.CreateDirectory(path);

        _ = Files(bob).Accept(alice.Name, id);

        var paused = await ExpectAsync(alice, id, TransferState.Paused);
        Assert.Equal(TransferProblem.Unavailable, paused.Problem);
        _ = await bob.Expect<PeerEvent.TransferChanged>(changed => changed.Transfer.IsPausedByThem);
        Directory.Delete(path);
        await File.WriteAllBytesAsync(path, content);
        _ = Files(alice).Accept(bob.Name, id);
        _ = await ExpectAsync(bob, id, TransferState.Completed);
    }

    private static void WithoutReconnect(PeerOptions options) => options.Reconnect = false;

    private static async Task DisconnectAsync(PeerUnderTest one, PeerUnderTest other)
    {
        await one.CutLinksAsync();
        await Eventually.True(
            () => !one.IsConnectedTo(other) && !other.IsConnectedTo(one),
            PeerUnderTest.Soon,
            "the link is cut"
        );
    }
}
