using System.Net;
using System.Net.Sockets;
using P2PChat.Client;
using P2PChat.Node.Identity;
using P2PChat.Peer.Api;
using P2PChat.Peer.Cli;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;

namespace P2PChat.Tests.Peer.Cli;

public sealed class ControlProgramTests(ConsolePeers peers) : IClassFixture<ConsolePeers>
{
    [Fact]
    public async Task Ctl_runs_commands_and_prints_what_the_console_prints()
    {
        await using var bob = await TestPeer.StartAsync("bob", peers.Directory.Url);
        await bob.RegisteredAsync();

        Assert.Equal((0, "* connected to echo\n", ""), await Ctl.RunAsync(bob.Data, "connect echo"));
        await Ctl.FailsAsync(bob.Data, "connect echo", 1, "already");
        Assert.Equal((0, "", ""), await Ctl.RunAsync(bob.Data, "send echo hello,  you"));
        var list = CommandText.Peers(await PeersAsync(bob)).ToList();
        Assert.Contains(list, line =>
            line.StartsWith("echo ", StringComparison.Ordinal)
            && line.EndsWith("online   connected (direct), not verified", StringComparison.Ordinal)
        );
        Assert.Equal((0, string.Concat(list.Select(line => line + "\n")), ""), await Ctl.RunAsync(bob.Data, "list"));
        await Eventually.True(
            async () =>
            {
                var (_, history, _) = await Ctl.RunAsync(bob.Data, "history echo");
                return System.Text.RegularExpressions.Regex.IsMatch(
                    history,
                    @"^[0-9: -]{16} bob: hello,  you\n[0-9: -]{16} echo: hello,  you\n$"
                );
            },
            within: PeerUnderTest.Soon,
            "the echo is in the history"
        );
        Assert.Equal(0, (await Ctl.RunAsync(bob.Data, "requests")).ExitCode);
        Assert.Equal((0, "* disconnected from echo\n", ""), await Ctl.RunAsync(bob.Data, "disconnect echo"));
        // A message to a contact reconnects.
        var (sent, _, complaints) = await Ctl.RunAsync(bob.Data, "send echo hello");
        Assert.Equal((0, ""), (sent, complaints));
        await Eventually.True(() => bob.Status.Links == 1, PeerUnderTest.Soon, "the previous link has ended");
        var (exitCode, status, _) = await Ctl.RunAsync(bob.Data, "status");
        Assert.Equal(0, exitCode);
        Assert.Equal(string.Concat(CommandText.Status(bob.Status.ToContract()).Select(line => line + "\n")), status);
    }

    [Fact]
    public async Task Ctl_accepts_and_rejects_requests()
    {
        await using var carol = await TestPeer.StartAsync("carol", peers.Directory.Url);
        await using var dave = await TestPeer.StartAsync("dave", peers.Directory.Url);
        await carol.RegisteredAsync();
        await dave.RegisteredAsync();

        var asking = Ctl.RunAsync(carol.Data, "connect dave");
        await Eventually.True(() => dave.OpenRequests.Count == 1, PeerUnderTest.Soon, "the request has arrived");
        Assert.Equal(
            (0, CommandText.Request("carol", carol.Status.PeerId.ToString()) + "\n", ""),
            await Ctl.RunAsync(dave.Data, "requests")
        );
        Assert.Equal((0, "", ""), await Ctl.RunAsync(dave.Data, "reject carol"));
        Assert.Equal((1, "* dave rejected your request\n", ""), await asking);

        // In the opposite direction, because a rejected peer is suppressed for a minute.
        asking = Ctl.RunAsync(dave.Data, "connect carol");
        await Eventually.True(
            () => carol.OpenRequests.Count == 1,
            PeerUnderTest.Soon,
            "the second request has arrived"
        );
        Assert.Equal((0, "* connected to dave\n", ""), await Ctl.RunAsync(carol.Data, "accept dave"));
        Assert.Equal((0, "* connected to carol\n", ""), await asking);
    }

    [Theory]
    [InlineData("dance", "'dance'")]
    [InlineData("send echo", "send <name|#room> <message>")]
    [InlineData(" ", "'list'")]
    [InlineData("exit", "'status'")]
    public Task Invalid_command_is_a_usage_error(string command, string fragment) =>
        Ctl.FailsAsync(peers.Echo.Data, command, 2, fragment);

    [Fact]
    public async Task Peer_that_does_not_run_is_reported()
    {
        var nowhere = Path.Combine(Path.GetTempPath(), "p2pchat-nowhere");

        await Ctl.FailsAsync(nowhere, "list", 1, $"The peer on {nowhere} is not running.");
    }

    [Fact]
    public async Task Killed_peer_is_not_running_although_its_address_file_exists()
    {
        await using var killed = PeerProgram.Start(peers.Arguments("killed"));
        await killed.PrintsAsync("* 'help'");
        killed.Signal("KILL");
        _ = await killed.ExitCodeAsync();
        Assert.True(File.Exists(Path.Combine(peers.DataOf("killed"), "api-address")));

        await Ctl.FailsAsync(peers.DataOf("killed"), "list", 1, "is not running");
    }

    [Fact]
    public async Task Peer_that_does_not_answer_is_reported_soon()
    {
        using var folder = new TempDirectory();
        using var suspended = new TcpListener(IPAddress.Loopback, 0);
        suspended.Start();
        var path = Path.Combine(folder.Path, "suspended");
        using var data = DataDirectory.Open(path);
        data.Write(ApiFileNames.Token, "token");
        data.Write(ApiFileNames.Address, $"http://{suspended.LocalEndpoint}");
        using var output = new StringWriter();
        using var errors = new StringWriter();

        var exitCode = await ControlProgram.RunAsync(
            new CommandLine.Control(null, path, "list"),
            output,
            errors,
            aliveTime: TimeSpan.FromMilliseconds(50),
            CancellationToken.None
        );

        Assert.Equal((1, ""), (exitCode, output.ToString()));
        Assert.StartsWith("The peer does not answer. If it is suspended,", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Call_that_is_not_answered_in_time_is_a_failed_request()
    {
        using var suspended = new TcpListener(IPAddress.Loopback, 0);
        suspended.Start();
        using var http = new HttpClient
        {
            BaseAddress = new Uri($"http://{suspended.LocalEndpoint}"),
            Timeout = TimeSpan.FromMilliseconds(50),
        };
        using var peer = new RemotePeer(http);

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => peer.ListContactsAsync());

        Assert.Equal("The peer does not answer. It may be suspended or very busy.", ControlProgram.Explain(failure));
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => peer.ListContactsAsync(cancelled.Token));
    }

    [Fact]
    public async Task Program_runs_ctl()
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

        Assert.Equal((0, ""), (exitCode, errors));
        Assert.EndsWith("Example: list --json\n", output, StringComparison.Ordinal);
        Assert.Equal(2, badCode);
        Assert.StartsWith("'b!'", badErrors, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<PeerItem>> PeersAsync(TestPeer peer) =>
        [.. (await peer.Connections.ListPeersAsync(CancellationToken.None)).Select(item => item.ToContract())];
}
