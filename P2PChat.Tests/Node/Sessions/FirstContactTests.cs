using P2PChat.Node.Model;
using P2PChat.Peer.Api;
using P2PChat.Peer.Cli;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Node.Sessions;

/// <summary>
/// At a first contact no program can detect a directory that inserts an attacker, so the interface must not claim to.
/// </summary>
public sealed class FirstContactTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Attacker_at_a_first_contact_is_shown_as_not_verified()
    {
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        using var attacker = new RawPeer("bob");
        await attacker.RegisterAsync(directory);

        await alice.Connections.ConnectAsync(attacker.Name, CancellationToken.None);
        using var link = await attacker.AcceptCallAsync();
        await link.SendHelloAsync(attacker.Name);
        _ = await link.ExpectAsync(Frame.BodyOneofCase.Request);
        await link.SendAsync(new Frame { Accept = new Accept() });
        _ = await alice.Expect<PeerEvent.Connected>();

        var view = Assert.Single(await alice.Connections.ListPeersAsync(CancellationToken.None), peer =>
            peer.Name == attacker.Name
        );
        Assert.Equal((attacker.Id, false), (view.PeerId, view.Verified));
        Assert.Equal(["bob  online   connected (direct), not verified"], CommandText.Peers([view.ToContract()]));
    }

    [Fact]
    public async Task Request_shows_the_short_form_of_the_key_that_asks()
    {
        await using var carol = await PeerUnderTest.StartAsync(directory, "carol");
        using var attacker = new RawPeer("dave");
        await attacker.RegisterAsync(directory);

        using var link = await attacker.AskAsync(carol);

        var request = await carol.Expect<PeerEvent.Request>();
        Assert.Equal(
            $"* dave asks to connect (key {attacker.Id.Short}). Use 'accept dave' or 'reject dave'",
            EventText.Show(request.ToContract())
        );
        Assert.Equal(
            [$"dave asks to connect (key {attacker.Id.Short}). Use 'accept dave' or 'reject dave'"],
            CommandText.Requests([.. carol.Connections.Requests.Select(open => open.ToContract())])
        );
    }

    [Fact]
    public async Task Comparing_removes_the_mark_and_a_new_key_restores_it()
    {
        using var data = new TempDirectory();
        await using var erin = await PeerUnderTest.StartAsync(directory, "erin");
        await using var frank = await PeerUnderTest.StartAsync(directory, "frank", options =>
            (options.Ephemeral, options.Data) = (false, data.Path)
        );
        await erin.ConnectAsync(frank);
        Assert.Equal(["frank  not verified"], Contacts(erin));

        Assert.True(erin.Contacts.Verify(frank.Name, erin.Contacts.Safety(frank.Name).Digits));
        Assert.Equal(["frank  verified"], Contacts(erin));
        using var other = new RawPeer("frank");
        erin.StoredContacts.NoteOtherKey(frank.Name, other.Id);
        Assert.Equal([$"frank  verified  refused another key: {other.Id.Short}"], Contacts(erin));
        _ = erin.Contacts.Trust(frank.Name, other.Id.Short);
        Assert.Equal(["frank  not verified"], Contacts(erin));
    }

    private static IEnumerable<string> Contacts(PeerUnderTest peer) =>
        CommandText.Contacts([.. peer.Contacts.All.Select(contact => contact.ToContract())]);
}
