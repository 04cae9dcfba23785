using P2PChat.Peer.Chat;
using P2PChat.Tests.Peer;

namespace P2PChat.Tests.Hostile;

/// <summary>One who has the data directory.</summary>
public sealed class ThiefTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    [Fact]
    public async Task No_text_is_in_the_data_directory()
    {
        const string Text = "nobody shall find this";
        using var data = new TempDirectory();
        await using (var alice = await PeerUnderTest.StartAsync(directory, "alice", options => (options.Ephemeral, options.Data) = (false, data.Path)))
        await using (var bob = await PeerUnderTest.StartAsync(directory, "bob"))
        {
            await alice.ConnectAsync(bob);
            _ = alice.Node.Send(bob.Name, Text);
            _ = await alice.Expect<PeerEvent.Receipt>();
            _ = bob.Node.Send(alice.Name, Text);
            _ = await alice.Expect<PeerEvent.MessageReceived>();
        }

        var files = Directory.GetFiles(data.Path, "*", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (var file in files)
            Assert.DoesNotContain(Text, await File.ReadAllTextAsync(file), StringComparison.Ordinal);
    }
}
