using P2PChat.Peer.Chat;
using P2PChat.Peer.Identity;

namespace P2PChat.Tests.Peer.Chat;

/// <summary>What a person can do about a contact whose key has changed.</summary>
public sealed class TrustTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task A_contacts_new_key_is_taken_when_the_person_trusts_it_and_no_sooner()
    {
        using var data = new TempDirectory();
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob", options => (options.Ephemeral, options.Data) = (false, data.Path));
        using var before = new RawPeer("before");
        Assert.Equal(PeerError.NothingToTrust, Assert.Throws<PeerException>(() => alice.Node.Trust(bob.Name)).Error);
        alice.Contacts.Remember(bob.Name, before.Id);
        Assert.Equal(PeerError.NothingToTrust, Assert.Throws<PeerException>(() => alice.Node.Trust(bob.Name)).Error);

        var refusal = await Assert.ThrowsAsync<PeerException>(() => alice.Node.ConnectAsync(bob.Name, CancellationToken.None));
        Assert.Contains("'trust bob', then connect again", refusal.Message, StringComparison.Ordinal);
        alice.Node.Trust(bob.Name);
        await alice.ConnectAsync(bob);
        Assert.Equal((PinCheck.Same, PinCheck.Changed), (alice.Contacts.Check(bob.Name, bob.Id), alice.Contacts.Check(bob.Name, before.Id)));
    }

    [Fact]
    public async Task A_contact_that_a_crash_kept_out_of_its_file_is_pinned_again_by_the_conversation_with_it()
    {
        using var data = new TempDirectory();
        await using var bill = await PeerUnderTest.StartAsync(directory, "bill");
        await using (var anna = await StartAsync("anna", data.Path))
            await anna.ConnectAsync(bill);
        File.Delete(Path.Combine(data.Path, ContactsFile.FileName));

        await using var again = await StartAsync("anna", data.Path);

        Assert.Equal(bill.Id, again.Contacts.Find(bill.Name)?.PeerId);
    }

    private Task<PeerUnderTest> StartAsync(string name, string data) =>
        PeerUnderTest.StartAsync(directory, name, options => (options.Ephemeral, options.Data) = (false, data));
}
