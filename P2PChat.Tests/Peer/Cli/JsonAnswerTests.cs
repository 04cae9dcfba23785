using System.Net.Http.Json;
using System.Text.Json;
using P2PChat.Peer.Cli;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Api;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>Each listing with <c>--json</c> is what the local API answers to the same question.</summary>
public sealed class JsonAnswerTests(ConsolePeers peers) : IClassFixture<ConsolePeers>
{
    [Fact]
    public async Task Each_listing_is_one_line_of_the_apis_own_json()
    {
        await using var ann = await TestPeer.StartAsync("ann", peers.Directory.Url);
        await ann.RegisteredAsync();
        Assert.Equal(
            """{"messages":[],"next":null,"indexing":false}""" + "\n",
            (await RunAsync(ann, "search --json nothing")).Output
        );
        Assert.Equal((0, "* connected to echo\n"), await RunAsync(ann, "connect echo"));
        Assert.Equal((0, ""), await RunAsync(ann, "send echo größe \u202e👋"));
        await Eventually.True(
            async () =>
                (await ann.GetJsonAsync("/api/conversations/echo/messages")).GetProperty("messages").GetArrayLength()
                == 2,
            PeerUnderTest.Soon,
            "the echo is there"
        );

        (string Command, string Path)[] listings =
        [
            ("list --json", "/api/peers"),
            ("requests --json", "/api/requests"),
            ("contacts --json", "/api/contacts"),
            ("status --json", "/api/status"),
            ("safety echo --json", "/api/contacts/echo/safety"),
            ("history --json echo", "/api/conversations/echo/messages"),
            ("history echo 1 --json", "/api/conversations/echo/messages?limit=1"),
            ("search größe --json", "/api/search?q=gr%C3%B6%C3%9Fe"),
            ("settings --json", "/api/settings"),
        ];
        Assert.Equal(
            CommandInfo.All.Where(command => command.Lists).Select(command => command.Name).Order(),
            listings.Select(listing => listing.Command.Split(' ')[0]).Distinct().Order()
        );
        foreach (var (command, path) in listings)
        {
            var (exitCode, output) = await RunAsync(ann, command);
            Assert.Equal(0, exitCode);
            Assert.Equal(output.Length - 1, output.IndexOf('\n', StringComparison.Ordinal));
            Assert.All(output[..^1], c => Assert.InRange(c, ' ', '~'));
            // A lease that is renewed in between moves lastSeen.
            await Eventually.True(
                async () =>
                    JsonElement.DeepEquals(
                        JsonDocument.Parse((await RunAsync(ann, command)).Output).RootElement,
                        await ann.Http.GetFromJsonAsync<JsonElement>(new Uri(path, UriKind.Relative))
                    ),
                PeerUnderTest.Soon,
                $"'{command}' is what {path} answers"
            );
        }
    }

    [Theory]
    [InlineData("send bob --json")]
    [InlineData("nickname bob --json")]
    public void Only_listings_take_the_option(string line) =>
        Assert.IsNotType<ConsoleCommand.Json>(CommandParser.Parse(line));

    [Fact]
    public void A_listing_that_is_no_command_is_refused_as_without_it() =>
        Assert.Equal(
            "'search' needs words: search <words>",
            Assert.IsType<ConsoleCommand.Invalid>(CommandParser.Parse("search --json")).Sentence
        );

    private static async Task<(int ExitCode, string Output)> RunAsync(TestPeer peer, string command)
    {
        using var output = new StringWriter();
        var exitCode = await ControlProgram
            .RunAsync(new CommandLine.Control(null, peer.Data, command), output, output, CancellationToken.None)
            .WaitAsync(TimeSpan.FromSeconds(60));
        return (exitCode, output.ToString());
    }
}
