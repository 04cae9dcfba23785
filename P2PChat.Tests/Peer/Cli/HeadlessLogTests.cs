using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>Without a console, a peer logs the state of the directory.</summary>
public sealed class HeadlessLogTests
{
    private const string NotReached = "cannot be reached. Check that it is running";

    [Fact]
    public async Task Log_has_the_reason_once_per_change()
    {
        await using var directory = new RestartableDirectory { Settings = ["Directory:JoinToken=right"] };
        await using var peer = PeerProgram.Start(
            "alice",
            "--no-console",
            "--ephemeral",
            "--discovery",
            directory.Address
        );
        await peer.PrintsAsync(NotReached);

        await directory.StartAsync();
        await peer.PrintsAsync("The directory requires a join token");
        Assert.Equal(2, peer.Output.Split(NotReached).Length);
        Assert.DoesNotContain("alice", peer.Output, StringComparison.OrdinalIgnoreCase);
    }
}
