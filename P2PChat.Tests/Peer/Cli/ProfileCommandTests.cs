using P2PChat.Client;
using P2PChat.Peer.Cli;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Web;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>The command <c>name</c>, and how contacts are shown.</summary>
public sealed class ProfileCommandTests
{
    [Fact]
    public async Task Name_is_changed_shown_to_contacts_and_removed()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var (alice, bob) = (peers.Alice, peers.Bob);
        Assert.Equal(
            (0, "You have no display name. Your contacts see you as alice.\n", ""),
            await Ctl.RunAsync(alice, "name")
        );
        Assert.Equal(
            (0, "Your contacts see you as Alice Liddell (alice).\n", ""),
            await Ctl.RunAsync(alice, "name  Alice Liddell ")
        );
        var (_, json, _) = await Ctl.RunAsync(alice, "name --json");
        Assert.StartsWith(
            "{\"username\":\"alice\",\"displayName\":\"Alice Liddell\",\"hasPicture\":false,\"version\":",
            json,
            StringComparison.Ordinal
        );
        await ShowsAsync(bob, "contacts", "alice  shown as Alice Liddell (alice)  not verified  connected (direct)\n");

        await Ctl.RunAsync(alice, "name none");
        await ShowsAsync(bob, "contacts", "alice  not verified  connected (direct)\n");
        var (code, _, error) = await Ctl.RunAsync(alice, "name a\u202eb");
        Assert.Equal(
            (1, "That display name is not valid. Use 1 to 64 printable characters on one line.\n"),
            (code, error)
        );
    }

    [Fact]
    public void New_name_is_announced_with_the_username()
    {
        Assert.Equal("* ann is now shown as Bob (ann)", EventText.Show(Renamed("Bob")));
        Assert.Equal("* ann is now shown as B<U+202E> (ann)", EventText.Show(Renamed("B\u202e")));
        Assert.Equal("* ann no longer has a display name", EventText.Show(Renamed(null)));
        Assert.Null(EventText.Show(new ApiEvent.ProfileChanged("ann", "Bob", HasPicture: true, Renamed: false)));

        static ApiEvent Renamed(string? name) =>
            new ApiEvent.ProfileChanged("ann", name, HasPicture: false, Renamed: true);
    }

    private static Task ShowsAsync(TestPeer peer, string command, string expected) =>
        Eventually.True(
            async () => (await Ctl.RunAsync(peer, command)).Output == expected,
            PeerUnderTest.Soon,
            $"'{command}' shows {expected}"
        );
}
