using P2PChat.Protocol.Identity;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Api;

namespace P2PChat.Tests.Peer.Cli;

public sealed class PipedConsoleTests(ConsolePeers peers) : IClassFixture<ConsolePeers>
{
    [Theory]
    [InlineData("exit\nstatus\n")]
    [InlineData("")]
    public async Task Script_prints_only_the_answers(string end)
    {
        var name = $"script{end.Length}";
        var (port, api) = (LoopbackPort.Next(), LoopbackPort.Next());

        var (exitCode, output, errors) = await PeerProgram.RunAsync(
            $"""
            connect nobody
            connect echo

            dance
            send echo
            send {name} hi
            requests
            help send
            connect echo
            send echo hello
            send echo  größe, 日本,  👋🏽 
            {end}
            """,
            peers.Arguments(name, $"{port}", "--api", $"{api}", "--advertise", $"127.0.0.1:{port}")
        );

        var list = await peers.Echo.GetJsonAsync("/api/peers");
        var id = list.GetProperty("peers")
            .EnumerateArray()
            .Single(peer => peer.GetProperty("username").GetString() == name)
            .GetProperty("peerId")
            .GetString()!;
        Assert.Equal("", errors);
        Assert.Equal(
            $"""
            * you are {name}, id {id[..7]}, at 127.0.0.1:{port}
            * registered in the directory at {peers.Directory.Url}
            * the local API is at http://localhost:{api}
            * 'help' lists the commands, 'exit' ends the peer
            There is no peer named nobody. Check the spelling ('list' shows all peers).
            * connected to echo
            'dance' is not a command. 'help' lists the commands.
            'send' needs a message after the username. Usage: send <name|#room> <message>
            That is your own username. Name another peer.
            There are no open requests.
            send <name|#room> <message>: send a message
            The message is everything after the username or room, spaces included. A contact
            who is away gets it later.
            Example: send echo hello, how are you?
            You are already connected to echo.
            echo: hello
            echo: größe, 日本,  👋🏽

            """,
            output
        );
        Assert.Equal(0, exitCode);
    }

    [Fact]
    public async Task Request_is_shown_and_accepted_at_the_other_console()
    {
        await using var carol = PeerProgram.Start(peers.Arguments("carol"));
        await using var dave = PeerProgram.Start(peers.Arguments("dave"));
        await carol.PrintsAsync("* 'help'");
        await dave.PrintsAsync("* 'help'");

        await carol.TypeAsync("connect dave\nsend dave hello, dave\nhistory dave\nexit\n");
        await dave.PrintsAsync("* carol asks to connect (key ");
        await dave.TypeAsync("requests\naccept carol\n");

        await dave.PrintsAsync("'reject carol'\n* connected to carol\ncarol: hello, dave\n");
        Assert.Equal(0, await carol.ExitCodeAsync());
        Assert.Matches(@"\* connected to dave\n\d{4}-\d\d-\d\d \d\d:\d\d carol: hello, dave\n$", carol.Output);
        await dave.PrintsAsync("* carol went offline\n");
        dave.EndInput();
        Assert.Equal(0, await dave.ExitCodeAsync());
    }

    [Fact]
    public async Task Message_with_escape_sequences_is_shown_escaped()
    {
        await using var erin = PeerProgram.Start(peers.Arguments("erin"));
        await erin.TypeAsync("connect echo\n");
        await erin.PrintsAsync("* connected to echo\n");

        peers.Echo.Messages.Send(Username.Parse("erin"), "\u001b[2Jboo\n* connected to bank\u202e");

        await erin.PrintsAsync("echo: ␛[2Jboo␊* connected to bank<U+202E>\n");
    }

    [Fact]
    public async Task Closed_output_pipe_is_not_a_failure()
    {
        await using var cut = PeerProgram.StartByShell(
            $"($PEER {string.Join(' ', peers.Arguments("cut"))}; echo $? >&2) | head -n 1"
        );
        await cut.PrintsAsync("* you are cut");

        await cut.TypeAsync("list\nlist\nlist\nlist\n");
        cut.EndInput();

        Assert.Equal(0, await cut.ExitCodeAsync());
        Assert.Equal("0\n", cut.Errors);
    }

    [Theory]
    [InlineData("given", "URLS", null)]
    [InlineData("chosen", "URLS", "--api")]
    [InlineData("portless", "PORTS", null)]
    public async Task Local_api_listens_on_the_given_loopback_address(string name, string environment, string? option)
    {
        var (given, chosen) = (LoopbackPort.Next(), LoopbackPort.Next());
        var variables =
            environment == "URLS"
                ? new Dictionary<string, string> { ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{given}" }
                : new Dictionary<string, string> { ["ASPNETCORE_HTTP_PORTS"] = $"{given}" };
        await using var program = PeerProgram.Start(
            peers.Arguments(name, option is null ? [] : [option, $"{chosen}"]),
            variables
        );

        await program.PrintsAsync("* 'help'");

        var address = program
            .Output.Split('\n')
            .Single(line => line.StartsWith("* the local API is at ", StringComparison.Ordinal))[22..];
        Assert.Equal(
            option is not null ? $"http://localhost:{chosen}"
                : environment == "URLS" ? $"http://127.0.0.1:{given}"
                : address,
            address
        );
        Assert.True(new Uri(address).IsLoopback);
        Assert.Equal(environment == "URLS" && option is null, new Uri(address).Port == given);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Peer_without_a_console_runs_until_a_signal(bool byNullDevice)
    {
        var name = byNullDevice ? "daemon1" : "daemon2";
        await using var daemon = byNullDevice
            ? PeerProgram.StartByShell($"exec $PEER {string.Join(' ', peers.Arguments(name))} </dev/null")
            : PeerProgram.Start(peers.Arguments(name, "--no-console"));
        var address = Path.Combine(peers.DataOf(name), "api-address");
        await Eventually.True(
            async () =>
            {
                using var http = new HttpClient();
                using var health = await http.GetAsync(new Uri($"{await File.ReadAllTextAsync(address)}/health"));
                return health.IsSuccessStatusCode;
            },
            within: TimeSpan.FromSeconds(30),
            "it is healthy"
        );

        daemon.Signal("TERM");

        Assert.Equal(0, await daemon.ExitCodeAsync());
        Assert.False(File.Exists(address));
        Assert.DoesNotContain("* you are", daemon.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT", "sig1")]
    [InlineData("TERM", "sig2")]
    [InlineData("HUP", "sig3")]
    public async Task Signal_ends_the_peer_gracefully(string signal, string name)
    {
        await using var program = PeerProgram.Start(peers.Arguments(name));
        await program.PrintsAsync("* 'help'");

        program.Signal(signal);

        Assert.Equal(0, await program.ExitCodeAsync());
        var list = await peers.Echo.GetJsonAsync("/api/peers");
        Assert.False(
            list.GetProperty("peers")
                .EnumerateArray()
                .Single(peer => peer.GetProperty("username").GetString() == name)
                .GetProperty("online")
                .GetBoolean()
        );
    }
}
