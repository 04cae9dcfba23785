using P2PChat.Peer.Chat;
using P2PChat.Peer.Storage;
using P2PChat.Tests.Peer;

namespace P2PChat.Tests.Hostile;

/// <summary>One who has the data directory.</summary>
public sealed class ThiefTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task Texts_are_in_the_store_alone_and_all_files_are_for_their_owners_eyes()
    {
        const string Text = "nobody shall find this";
        using var data = new TempDirectory();
        await using (var alice = await PeerUnderTest.StartAsync(directory, "alice", options => (options.Ephemeral, options.Data) = (false, data.Path)))
        await using (var bob = await PeerUnderTest.StartAsync(directory, "bob"))
        {
            await alice.ConnectAsync(bob);
            _ = alice.Node.Send(bob.Name, Text);
            _ = await alice.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Delivered);
            _ = bob.Node.Send(alice.Name, Text);
            _ = await alice.Expect<PeerEvent.MessageReceived>();
        }

        var files = Directory.GetFiles(data.Path, "*", SearchOption.AllDirectories);
        Assert.Contains(StoreFile.FileName, files.Select(Path.GetFileName));
        foreach (var file in files)
        {
            if (Path.GetFileName(file) != StoreFile.FileName)
                Assert.DoesNotContain(Text, await File.ReadAllTextAsync(file), StringComparison.Ordinal);
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }
}
