using P2PChat.Node.Model;
using static P2PChat.Tests.Node.Services.FilePeers;

namespace P2PChat.Tests.Node.Services;

/// <summary>Which files are accepted without asking.</summary>
public sealed class FileAcceptanceTests(RestartableDirectory directory)
    : IClassFixture<RestartableDirectory>,
        IDisposable
{
    private readonly FilePeers _peers = new(directory);

    public void Dispose() => _peers.Dispose();

    [Fact]
    public async Task Program_that_is_declared_as_a_picture_is_not_accepted_without_asking()
    {
        await using var alice = await _peers.StartAsync("acca");
        await using var bob = await _peers.StartAsync("accb");
        await alice.ConnectAsync(bob);
        bob.Settings.Set("accept-files", "contacts");
        bob.Settings.Set("accept-file-types", "media");
        string[] asking = ["setup.exe", "picture.png.exe", "picture", "page.svg", "png"];
        foreach (var name in asking)
        {
            _ = await OfferAsync(alice, bob, name);
        }

        // Offers are handled in their order.
        var picture = await OfferAsync(alice, bob, "picture.PNG");
        _ = await ExpectAsync(bob, picture, TransferState.Completed);

        Assert.Equal(
            asking.Order(),
            Files(bob).All.Where(file => file.State == TransferState.Offered).Select(file => file.Name).Order()
        );
    }

    [Fact]
    public async Task Files_of_a_contact_are_accepted_once_its_key_is_verified()
    {
        await using var alice = await _peers.StartAsync("verify-a");
        await using var bob = await _peers.StartAsync("verify-b");
        await alice.ConnectAsync(bob);
        bob.Settings.Set("accept-files", "verified");

        var before = await OfferAsync(alice, bob, "before.png");
        _ = await ExpectAsync(bob, before, TransferState.Offered);
        Assert.True(bob.Contacts.Verify(alice.Name, bob.Contacts.Safety(alice.Name).Digits));
        var after = await OfferAsync(alice, bob, "after.png");
        _ = await ExpectAsync(bob, after, TransferState.Completed);

        // Offers are handled in their order.
        Assert.Equal(TransferState.Offered, Files(bob).All.Single(file => file.Id == before).State);
    }

    private async Task<Guid> OfferAsync(PeerUnderTest alice, PeerUnderTest bob, string name)
    {
        _ = _peers.Write(name, 10);
        var path = Path.Combine(_peers.Folder, name);
        return (await Files(alice).OfferAsync(bob.Name, path, "image/png", CancellationToken.None)).Id;
    }
}
