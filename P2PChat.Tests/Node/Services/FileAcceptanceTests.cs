using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Identity;
using P2PChat.Node.Model;
using P2PChat.Node.Services;
using P2PChat.Node.Sessions;
using P2PChat.Node.Storage;
using P2PChat.Protocol.Files;
using P2PChat.Protocol.Identity;
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
        await JudgedAsync(bob, alice);
        Assert.True(bob.Contacts.Verify(alice.Name, bob.Contacts.Safety(alice.Name).Digits));
        var after = await OfferAsync(alice, bob, "after.png");
        _ = await ExpectAsync(bob, after, TransferState.Completed);

        // Offers are handled in their order.
        Assert.Equal(TransferState.Offered, Files(bob).All.Single(file => file.Id == before).State);
    }

    [Fact]
    public async Task Choice_for_a_contact_comes_before_the_setting()
    {
        await using var alice = await _peers.StartAsync("accc");
        await using var bob = await _peers.StartAsync("accd");
        await alice.ConnectAsync(bob);
        var marks = bob.Services.GetRequiredService<ChatMarkService>();
        marks.SetAcceptFiles(alice.Name, AutoAccept.On);

        var accepted = await OfferAsync(alice, bob, "on");
        _ = await ExpectAsync(bob, accepted, TransferState.Completed);
        bob.Settings.Set("accept-files", "contacts");
        marks.SetAcceptFiles(alice.Name, AutoAccept.Off);
        var asked = await OfferAsync(alice, bob, "off");
        _ = await ExpectAsync(bob, asked, TransferState.Offered);
        await JudgedAsync(bob, alice);
        marks.SetAcceptFiles(alice.Name, AutoAccept.Default);
        var last = await OfferAsync(alice, bob, "default");

        // Offers are handled in their order.
        _ = await ExpectAsync(bob, last, TransferState.Completed);
        Assert.Equal(TransferState.Offered, Files(bob).Find(alice.Name, asked).State);
    }

    [Fact]
    public async Task Choice_for_a_contact_keeps_the_limits_of_size_type_and_space()
    {
        await using var alice = await _peers.StartAsync("acce");
        await using var bob = await _peers.StartAsync("accf", options => options.FilesPerContact = 1_500_000);
        await alice.ConnectAsync(bob);
        bob.Services.GetRequiredService<ChatMarkService>().SetAcceptFiles(alice.Name, AutoAccept.On);
        bob.Settings.Set("accept-files-up-to", "1MiB");
        bob.Settings.Set("accept-file-types", "media");
        Guid[] asking =
        [
            await OfferAsync(alice, bob, "large.png", (1 << 20) + 1),
            await OfferAsync(alice, bob, "setup.exe", 10),
        ];
        var first = await OfferAsync(alice, bob, "first.png", 1_000_000);
        _ = await ExpectAsync(bob, first, TransferState.Completed);
        asking = [.. asking, await OfferAsync(alice, bob, "second.png", 1_000_000)];
        var last = await OfferAsync(alice, bob, "last.png");

        _ = await ExpectAsync(bob, last, TransferState.Completed);

        Assert.All(asking, id => Assert.Equal(TransferState.Offered, Files(bob).Find(alice.Name, id).State));
    }

    [Fact]
    public async Task Choice_for_a_contact_does_not_count_for_another_key()
    {
        await using var alice = await _peers.StartAsync("accg");
        await using var bob = await _peers.StartAsync("acch");
        await alice.ConnectAsync(bob);
        bob.Services.GetRequiredService<ChatMarkService>().SetAcceptFiles(alice.Name, AutoAccept.On);
        var policy = bob.Services.GetRequiredService<TransferPolicy>();
        var accepted = new List<PeerId>();

        foreach (var key in new[] { PeerId.FromPublicKey("other"u8), alice.Id })
        {
            var offered = new StoredTransfer(
                key,
                alice.Name,
                IsOurs: false,
                Guid.NewGuid(),
                new FileOffer("a", 10, new byte[32], FileOffer.UnknownType),
                TransferState.Offered,
                TransferProblem.None,
                Path: null
            );
            policy.AcceptIfAutomatic(offered, () => accepted.Add(key));
        }

        Assert.Equal([alice.Id], accepted);
    }

    [Fact]
    public async Task Choice_to_accept_ends_when_another_key_is_trusted()
    {
        await using var bob = await _peers.StartAsync("acci");
        var (marks, contacts) = (bob.ChatMarks, bob.StoredContacts);
        var (old, other) = (PeerId.FromPublicKey("old"u8), PeerId.FromPublicKey("other"u8));
        foreach (var (name, choice) in new[] { ("ona", AutoAccept.On), ("olaf", AutoAccept.Off) })
        {
            contacts.Remember(Username.Parse(name), old);
            marks.SetAcceptFiles(Username.Parse(name), choice);
            // Saved again with the same key.
            contacts.Remember(Username.Parse(name), old, VerifiedBy.Invite);
            contacts.Flush();
            Assert.Equal(choice, marks.Of(Username.Parse(name)).AcceptFiles);
            contacts.NoteOtherKey(Username.Parse(name), other);
            Assert.True(contacts.Trust(Username.Parse(name), other));
        }

        Assert.Equal(AutoAccept.Default, marks.Of(Username.Parse("ona")).AcceptFiles);
        Assert.Equal(AutoAccept.Off, marks.Of(Username.Parse("olaf")).AcceptFiles);
    }

    // An offer is shown before the settings are applied to it.
    private static Task JudgedAsync(PeerUnderTest peer, PeerUnderTest from)
    {
        var done = new TaskCompletionSource();
        SessionOf(peer, from).Files.Post(done.SetResult);
        return done.Task.WaitAsync(PeerUnderTest.Soon);
    }

    private async Task<Guid> OfferAsync(PeerUnderTest alice, PeerUnderTest bob, string name, int size = 10)
    {
        _ = _peers.Write(name, size);
        var path = Path.Combine(_peers.Folder, name);
        return (await Files(alice).OfferAsync(bob.Name, path, "image/png", CancellationToken.None)).Id;
    }
}
