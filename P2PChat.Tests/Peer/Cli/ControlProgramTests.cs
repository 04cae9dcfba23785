using P2PChat.Peer.Cli;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Cli;

public sealed class ControlProgramTests(ConsolePeers peers) : IClassFixture<ConsolePeers>
{
    [Fact]
    public async Task A_running_peer_does_what_its_console_would_and_prints_the_same()
    {
        await using var bob = await TestPeer.StartAsync("bob", peers.Directory.Url);
        await bob.RegisteredAsync();

        Assert.Equal((0, "* connected to echo\n", ""), await RunAsync(bob.Data, "connect echo"));
        Assert.Equal((1, "", "You are already connected to echo.\n"), await RunAsync(bob.Data, "connect echo"));
        Assert.Equal((0, "", ""), await RunAsync(bob.Data, "send echo hello,  you"));
        var list = CommandText.List(await bob.Connections.ListPeersAsync(CancellationToken.None)).ToList();
        Assert.Contains(list, line =>
            line.StartsWith("echo ", StringComparison.Ordinal)
            && line.EndsWith("online   connected, not verified", StringComparison.Ordinal)
        );
        Assert.Equal((0, string.Concat(list.Select(line => line + "\n")), ""), await RunAsync(bob.Data, "list"));
        await Eventually.True(
            async () =>
            {
                var (_, history, _) = await RunAsync(bob.Data, "history echo");
                return System.Text.RegularExpressions.Regex.IsMatch(
                    history,
                    @"^[0-9: -]{16} bob: hello,  you\n[0-9: -]{16} echo: hello,  you\n$"
                );
            },
            within: PeerUnderTest.Soon,
            "the echo is in the history"
        );
        Assert.Equal((0, "Nobody waits for an answer.\n", ""), await RunAsync(bob.Data, "requests"));
        Assert.Equal((0, "* disconnected from echo\n", ""), await RunAsync(bob.Data, "disconnect echo"));
        // To a contact, it connects again by itself.
        var (sent, _, complaints) = await RunAsync(bob.Data, "send echo hello");
        Assert.Equal((0, ""), (sent, complaints));
        await Eventually.True(() => bob.Status.Links == 1, PeerUnderTest.Soon, "the link from before has ended");
        var (exitCode, status, _) = await RunAsync(bob.Data, "status");
        Assert.Equal(0, exitCode);
        Assert.Equal(string.Concat(CommandText.Status(bob.Status).Select(line => line + "\n")), status);
    }

    [Fact]
    public async Task Requests_are_answered_by_it()
    {
        await using var carol = await TestPeer.StartAsync("carol", peers.Directory.Url);
        await using var dave = await TestPeer.StartAsync("dave", peers.Directory.Url);
        await carol.RegisteredAsync();
        await dave.RegisteredAsync();

        var asking = RunAsync(carol.Data, "connect dave");
        await Eventually.True(() => dave.OpenRequests.Count == 1, PeerUnderTest.Soon, "the request is there");
        Assert.Equal(
            (0, $"carol asks to connect (key {carol.Status.PeerId.Short}): accept carol, or reject carol\n", ""),
            await RunAsync(dave.Data, "requests")
        );
        Assert.Equal((0, "", ""), await RunAsync(dave.Data, "reject carol"));
        Assert.Equal((1, "* dave has rejected your request\n", ""), await asking);

        // The other way round: who was rejected is not told of again so soon.
        asking = RunAsync(dave.Data, "connect carol");
        await Eventually.True(() => carol.OpenRequests.Count == 1, PeerUnderTest.Soon, "the second request is there");
        Assert.Equal((0, "* connected to dave\n", ""), await RunAsync(carol.Data, "accept dave"));
        Assert.Equal((0, "* connected to carol\n", ""), await asking);
    }

    [Theory]
    [InlineData("dance", "'dance' is not a command: 'help' shows them all.\n")]
    [InlineData("send echo", "'send' needs a message after the username: send <username> <message>\n")]
    [InlineData(" ", "'ctl' needs a console command, for instance 'list'.\n")]
    [InlineData("exit", "'exit' ends a console: to end a peer that has none, end its process, which 'status' names.\n")]
    public async Task What_is_no_command_is_a_usage_error(string command, string sentence) =>
        Assert.Equal((2, "", sentence), await RunAsync(peers.Echo.Data, command));

    [Fact]
    public async Task A_peer_that_does_not_run_is_told()
    {
        var nowhere = Path.Combine(Path.GetTempPath(), "p2pchat-nowhere");

        Assert.Equal(
            (
                1,
                "",
                $"The peer on {nowhere} is not running: start it first; if it runs with another data directory, name that with --data.\n"
            ),
            await RunAsync(nowhere, "list")
        );
    }

    [Fact]
    public async Task What_a_killed_peer_left_behind_is_not_taken_for_a_running_one()
    {
        await using var killed = PeerProgram.Start(peers.Arguments("killed"));
        await killed.PrintsAsync("* 'help'");
        killed.Signal("KILL");
        _ = await killed.ExitCodeAsync();
        Assert.True(File.Exists(Path.Combine(peers.DataOf("killed"), "api-address")));

        var (exitCode, _, errors) = await RunAsync(peers.DataOf("killed"), "list");

        Assert.Equal(1, exitCode);
        Assert.Contains("is not running", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_program_does_it_under_its_own_name()
    {
        var (exitCode, output, errors) = await PeerProgram.RunAsync(
            "",
            "ctl",
            "--data",
            peers.Echo.Data,
            "help",
            "list"
        );
        var (badCode, _, badErrors) = await PeerProgram.RunAsync("", "ctl", "b!", "list");

        Assert.Equal(
            (
                0,
                "list: who is in the directory\nShows each peer, whether it is online, and what you are to each other.\nWith --json it answers one line of JSON, as the local API does.\nExample: list --json\n",
                ""
            ),
            (exitCode, output, errors)
        );
        Assert.Equal(2, badCode);
        Assert.StartsWith("'b!' is not a username.", badErrors, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string data, string command)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var exitCode = await ControlProgram
            .RunAsync(new CommandLine.Control(null, data, command), output, errors, CancellationToken.None)
            .WaitAsync(TimeSpan.FromSeconds(60));
        return (exitCode, output.ToString(), errors.ToString());
    }
}
