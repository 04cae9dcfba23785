using P2PChat.Node.Model;
using P2PChat.Tests.Infrastructure;
using static P2PChat.Tests.Node.Services.FilePeers;

namespace P2PChat.Tests.Node.Services;

/// <summary>Files whose message is deleted on this side before they have arrived.</summary>
public sealed class HiddenFileTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>, IDisposable
{
    private readonly FilePeers _peers = new(directory);

    public void Dispose() => _peers.Dispose();

    [Fact]
    public async Task Paused_file_is_cancelled_when_its_message_is_deleted()
    {
        await using var alice = await _peers.StartAsync("hida");
        await using var bob = await _peers.StartAsync("hidb");
        var id = await PauseAsync(alice, bob);

        Assert.Equal(1, await bob.Messages.DeleteAsync(alice.Name, id));

        _ = await ExpectAsync(alice, id, TransferState.Cancelled);
        await Eventually.True(() => _peers.Parts().Length == 0, PeerUnderTest.Soon, "what has arrived is deleted");
        await Eventually.True(
            () => Files(bob).All.Count == 0 && Store(bob).Received.Bytes(alice.Id, Guid.NewGuid(), 0) == (0, 0),
            PeerUnderTest.Soon,
            "nothing of it counts"
        );
    }

    [Fact]
    public async Task Paused_file_that_an_earlier_version_has_left_is_cancelled_at_the_start()
    {
        await using var alice = await _peers.StartAsync("hidc");
        var bob = await _peers.StartAsync("hidd");
        var id = await PauseAsync(alice, bob);
        await RunAsync(bob, "UPDATE messages SET hidden = 1");
        await bob.DisposeAsync();

        await using var again = await _peers.StartAsync("hidd");

        Assert.Empty(_peers.Parts());
        Assert.Empty(Files(again).All);
        await again.ConnectAsync(alice);
        _ = await ExpectAsync(alice, id, TransferState.Cancelled);
    }

    private async Task<Guid> PauseAsync(PeerUnderTest alice, PeerUnderTest bob)
    {
        await alice.ConnectAsync(bob);
        _ = _peers.Write("long", 100_000_000);
        var id = await _peers.OfferAsync(alice, bob, "long");
        _ = Files(bob).Accept(alice.Name, id);
        await ArrivingAsync(_peers.Folder);
        Assert.Equal(TransferState.Paused, Files(bob).Pause(alice.Name, id).State);
        _ = await alice.Expect<PeerEvent.TransferChanged>(changed => changed.Transfer.IsPausedByThem);
        return id;
    }
}
