using P2PChat.Node.Model;
using P2PChat.Node.Storage;
using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Cli;

namespace P2PChat.Tests.Hostile;

/// <summary>A thief with the data directory.</summary>
public sealed class ThiefTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Texts_are_only_in_the_store_and_files_are_private()
    {
        const string Text = "nobody shall find this";
        using var data = new TempDirectory();
        await using (
            var alice = await PeerUnderTest.StartAsync(directory, "alice", options =>
                (options.Ephemeral, options.Data) = (false, data.Path)
            )
        )
        await using (var bob = await PeerUnderTest.StartAsync(directory, "bob"))
        {
            await alice.ConnectAsync(bob);
            _ = alice.Messages.Send(bob.Name, Text);
            _ = await alice.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Delivered);
            _ = bob.Messages.Send(alice.Name, Text);
            _ = await alice.Expect<PeerEvent.MessageReceived>();
        }

        var files = Directory.GetFiles(data.Path, "*", SearchOption.AllDirectories);
        Assert.Contains(StoreFile.FileName, files.Select(Path.GetFileName));
        foreach (var file in files)
        {
            if (Path.GetFileName(file) != StoreFile.FileName)
            {
                Assert.DoesNotContain(Text, await File.ReadAllTextAsync(file), StringComparison.Ordinal);
            }

            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            }
        }
    }

    [Fact]
    public async Task Ephemeral_peer_leaves_neither_text_nor_key_on_disk()
    {
        const string Text = "this was never written down";
        using var home = new TempDirectory();
        await using var bob = await PeerUnderTest.StartAsync(directory, "witness", options =>
            options.Accept = AcceptMode.All
        );
        await using var alice = PeerProgram.Start(
            ["ghost", "--ephemeral", "--discovery", directory.Address],
            new Dictionary<string, string>
            {
                ["HOME"] = home.Path,
                ["TMPDIR"] = home.Path,
                ["XDG_DATA_HOME"] = home.Path,
            }
        );
        await alice.TypeAsync($"connect {bob.Name}\nsend {bob.Name} {Text}\n");
        _ = await bob.Expect<PeerEvent.MessageReceived>(received => received.Message.Text == Text);
        // Messages are shown only once they are stored.
        await alice.TypeAsync($"history {bob.Name}\n");
        await alice.PrintsAsync(Text);

        alice.Signal("KILL");
        _ = await alice.ExitCodeAsync();

        // The remaining files are for `ctl`; neither key nor store.
        var files = Directory
            .GetFiles(home.Path, "*", SearchOption.AllDirectories)
            .Where(path => new FileInfo(path).Length > 0)
            .ToList();
        Assert.Equal(
            [P2PChat.Client.ApiFileNames.Address, P2PChat.Client.ApiFileNames.Token],
            files.Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)
        );
        Assert.All(files, path => Assert.DoesNotContain(Text, File.ReadAllText(path), StringComparison.Ordinal));
    }
}
