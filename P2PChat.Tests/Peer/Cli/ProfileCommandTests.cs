using P2PChat.Client;
using P2PChat.Peer.Cli;
using P2PChat.Peer.Cli.Terminal;
using P2PChat.Protocol.Identity;
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
            (0, "Your contacts see you as alice (\"Alice Liddell\").\n", ""),
            await Ctl.RunAsync(alice, "name  Alice Liddell ")
        );
        var (_, json, _) = await Ctl.RunAsync(alice, "name --json");
        Assert.StartsWith(
            "{\"username\":\"alice\",\"displayName\":\"Alice Liddell\",\"hasPicture\":false,\"version\":",
            json,
            StringComparison.Ordinal
        );
        await ShowsAsync(bob, "contacts", "alice  shown as \"Alice Liddell\"  not verified  connected (direct)\n");

        await Ctl.RunAsync(alice, "name -");
        await ShowsAsync(bob, "contacts", "alice  not verified  connected (direct)\n");
        var (code, _, error) = await Ctl.RunAsync(alice, "name a\u202eb");
        Assert.Equal(
            (
                1,
                "That display name is not valid. Use 1 to 64 printable characters on one line, without double spaces, "
                    + "check marks and locks.\n"
            ),
            (code, error)
        );
    }

    [Fact]
    public async Task Picture_is_set_saved_by_a_contact_and_removed()
    {
        using var directory = new TempDirectory();
        var (file, copy) = (Path.Combine(directory.Path, "me.png"), Path.Combine(directory.Path, "copy.png"));
        await File.WriteAllBytesAsync(file, TestPictures.RealPng);
        await using var peers = await WebPeers.StartConnectedAsync();
        var (alice, bob) = (peers.Alice, peers.Bob);

        Assert.Equal(
            (0, "You have no display name. Your contacts see you as alice, with your picture.\n", ""),
            await Ctl.RunAsync(alice, $"picture {file}")
        );
        await ShowsAsync(bob, $"save-picture alice {copy}", $"alice's picture is saved as {copy}.\n");
        Assert.Equal(TestPictures.RealPng, await File.ReadAllBytesAsync(copy));
        Assert.Equal(
            (1, "", $"{copy} already exists. Choose a new file.\n"),
            await Ctl.RunAsync(bob, $"save-picture alice {copy}")
        );
        Assert.Equal((1, "", "bob has no picture.\n"), await Ctl.RunAsync(alice, "save-picture bob x.png"));
        Assert.Equal(
            (1, "", "zed is not a contact. 'contacts' lists yours.\n"),
            await Ctl.RunAsync(alice, "save-picture zed x.png")
        );
        Assert.Equal(
            (1, "", "/nowhere cannot be read. Choose a file that you can read.\n"),
            await Ctl.RunAsync(alice, "picture /nowhere")
        );
        Assert.Equal(
            (0, "You have no display name. Your contacts see you as alice.\n", ""),
            await Ctl.RunAsync(alice, "picture -")
        );
    }

    [Fact]
    public async Task Display_name_cannot_pose_as_another_person()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var (alice, bob) = (peers.Alice, peers.Bob);
        bob.Profiles.SetDisplayName("carol (carol): \"connected\", verified");
        await ShowsAsync(
            alice,
            "contacts",
            "bob  shown as \"carol (carol): 'connected', verified\"  not verified  connected (direct)\n"
        );
        await ShowsAsync(
            alice,
            "list",
            "alice  online   you\n"
                + "bob    online   connected (direct), not verified  "
                + "shown as \"carol (carol): 'connected', verified\"\n"
        );
    }

    [Fact]
    public void Long_display_name_wraps_in_its_own_column()
    {
        var lines = new MessageLines("alice", _ => 0, Ink.None, TimeProvider.System);
        var name = string.Concat(Enumerable.Repeat("山", 64));
        var contact = new ContactItem("mallory", PeerId.FromHash(new byte[32]).ToString(), null, false, false, [])
        {
            DisplayName = name,
        };

        var table = new TableAnswers(() => (80, 24), Ink.None, lines)
            .Contacts(new ContactsResponse([contact]))
            .ToList();

        Assert.Contains(table, line => line.StartsWith("mallory  ", StringComparison.Ordinal));
        Assert.Contains(table, line => line.Contains("not verified", StringComparison.Ordinal));
    }

    [Fact]
    public void New_name_is_announced_with_the_username()
    {
        Assert.Equal("* ann now has the display name \"Bob\"", EventText.Show(Renamed("Bob")));
        Assert.Equal("* ann now has the display name \"B<U+202E>\"", EventText.Show(Renamed("B\u202e")));
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
