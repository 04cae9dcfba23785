using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Protocol.Identity;
using static P2PChat.Tests.Node.Services.FilePeers;

namespace P2PChat.Tests.Node.Services;

/// <summary>Files whose sender is no longer a contact, or has another key now.</summary>
public sealed class FormerContactFileTests(RestartableDirectory directory)
    : IClassFixture<RestartableDirectory>,
        IDisposable
{
    private readonly FilePeers _peers = new(directory);

    public void Dispose() => _peers.Dispose();

    [Fact]
    public async Task Received_file_of_a_former_contact_is_opened_saved_and_listed()
    {
        await using var alice = await _peers.StartAsync("forma");
        var bob = await _peers.StartAsync("formb");
        var (id, content) = await ReceiveAsync(alice, bob);

        await bob.Contacts.BlockAsync(alice.Name, CancellationToken.None);
        await bob.DisposeAsync();
        await using var again = await _peers.StartAsync("formb");

        await AssertReadableAsync(again, alice.Name, id, content);
        var refusal = Assert.Throws<PeerException>(() => Files(again).Cancel(alice.Name, id));
        Assert.Equal(PeerError.FileRefused, refusal.Error);
    }

    [Fact]
    public async Task Received_file_of_an_earlier_key_is_opened_saved_and_listed()
    {
        await using var alice = await _peers.StartAsync("formc");
        await using var bob = await _peers.StartAsync("formd");
        var (id, content) = await ReceiveAsync(alice, bob);
        // As after the user has accepted another key of alice.
        await RunAsync(
            bob,
            "INSERT INTO peers (peer_id, username, epoch) SELECT randomblob(32), username, 1 FROM peers"
        );
        await RunAsync(bob, "UPDATE transfers SET peer = (SELECT max(id) FROM peers)");
        await RunAsync(bob, "UPDATE messages SET peer = (SELECT max(id) FROM peers)");

        await AssertReadableAsync(bob, alice.Name, id, content);
    }

    [Fact]
    public async Task Stranger_has_no_files()
    {
        await using var bob = await _peers.StartAsync("forme");
        var stranger = Username.Parse("stranger");

        Assert.Empty(Files(bob).With(stranger));
        Assert.Equal(
            PeerError.UnknownPeer,
            Assert.Throws<PeerException>(() => Files(bob).Find(stranger, Guid.NewGuid())).Error
        );
    }

    private async Task<(Guid Id, byte[] Content)> ReceiveAsync(PeerUnderTest alice, PeerUnderTest bob)
    {
        await alice.ConnectAsync(bob);
        var content = _peers.Write("a", 1000);
        var id = await _peers.OfferAsync(alice, bob, "a");
        _ = Files(bob).Accept(alice.Name, id);
        _ = await ExpectAsync(bob, id, TransferState.Completed);
        return (id, content);
    }

    private async Task AssertReadableAsync(PeerUnderTest bob, Username from, Guid id, byte[] content)
    {
        Assert.Equal(id, Assert.Single(Files(bob).With(from)).Id);
        var contents = bob.Services.GetRequiredService<FileContentService>();
        var saved = await contents.SaveAsync(from, id, Path.Combine(_peers.Folder, "saved"), CancellationToken.None);
        Assert.Equal(content, await File.ReadAllBytesAsync(saved));
        contents.OpenMedia(from, id, isOurs: null).Content.Dispose();
        Assert.Null(contents.PreviewOf(from, id, isOurs: false));
    }
}
