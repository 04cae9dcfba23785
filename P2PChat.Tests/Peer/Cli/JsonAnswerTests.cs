using System.Text.Json;
using P2PChat.Peer.Cli;
using P2PChat.Tests.Infrastructure;
using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Api;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>Listings with <c>--json</c>, compared with the local API.</summary>
public sealed class JsonAnswerTests(ConsolePeers peers) : IClassFixture<ConsolePeers>
{
    [Fact]
    public async Task Json_listing_equals_the_answer_of_the_api()
    {
        await using var ann = await TestPeer.StartAsync("ann", peers.Directory.Url);
        await ann.RegisteredAsync();
        Assert.Equal(
            """{"messages":[],"next":null,"indexing":false,"rooms":{"messages":[],"next":null}}""" + "\n",
            (await Ctl.RunAsync(ann, "search --json nothing")).Output
        );
        Assert.Equal(0, (await Ctl.RunAsync(ann, "connect echo")).ExitCode);
        Assert.Equal((0, "", ""), await Ctl.RunAsync(ann, "send echo größe \u202e👋"));
        await Eventually.True(
            async () =>
                (await ann.GetJsonAsync("/api/conversations/echo/messages")).GetProperty("messages").GetArrayLength()
                == 2,
            PeerUnderTest.Soon,
            "the echo is there"
        );

        Assert.Equal((0, "echo  1 unread\n", ""), await Ctl.RunAsync(ann, "chats"));

        var id = (await ann.GetJsonAsync("/api/conversations/echo/messages"))
            .GetProperty("messages")[1]
            .GetProperty("id")
            .GetGuid();
        _ = await Ctl.RunAsync(ann, "room new crew");
        var room = (await ann.GetJsonAsync("/api/rooms")).GetProperty("rooms")[0].GetProperty("id").GetString();
        (string Command, string Path)[] listings =
        [
            ("list --json", "/api/peers"),
            ("requests --json", "/api/requests"),
            ("contacts --json", "/api/contacts"),
            ("status --json", "/api/status"),
            ("safety echo --json", "/api/contacts/echo/safety"),
            ("chats --json", "/api/conversations /api/rooms"),
            ("history --json echo", "/api/conversations/echo/messages"),
            ("history echo 1 --json", "/api/conversations/echo/messages?limit=1"),
            ("info echo 1 --json", $"/api/conversations/echo/messages/{id}"),
            ("search größe --json", "/api/search?q=gr%C3%B6%C3%9Fe"),
            ("timer echo --json", "/api/conversations/echo/timer"),
            ("settings --json", "/api/settings"),
            ("invites --json", "/api/invites"),
            ("name --json", "/api/profile"),
            ("picture --json", "/api/profile"),
            ("files --json", "/api/transfers"),
            ("rooms --json", "/api/rooms"),
            ("room members #crew --json", $"/api/rooms/{room}/members"),
        ];
        // Each 'invite' makes another invite, and each 'doctor' measures other times.
        Assert.Equal(
            CommandTable
                .All.Where(command => command is { SupportsJson: true, Name: not ("invite" or "doctor") })
                .Select(command => command.Name)
                .Order(),
            listings.Select(listing => listing.Command.Split(' ')[0]).Distinct().Order()
        );
        foreach (var (command, path) in listings)
        {
            var (exitCode, output, _) = await Ctl.RunAsync(ann, command);
            Assert.Equal(0, exitCode);
            Assert.Equal(output.Length - 1, output.IndexOf('\n', StringComparison.Ordinal));
            Assert.All(output[..^1], c => Assert.InRange(c, ' ', '~'));
            // The lease may be renewed in between, which changes lastSeen.
            await Eventually.True(
                async () =>
                    JsonElement.DeepEquals(
                        JsonDocument.Parse((await Ctl.RunAsync(ann, command)).Output).RootElement,
                        await AnswerAsync(ann, path.Split(' '))
                    ),
                PeerUnderTest.Soon,
                $"'{command}' is what {path} answers"
            );
        }
    }

    // The properties of the answers of all paths.
    private static async Task<JsonElement> AnswerAsync(TestPeer peer, string[] paths)
    {
        var all = new Dictionary<string, JsonElement>();
        foreach (var path in paths)
        {
            foreach (var property in (await peer.GetJsonAsync(path)).EnumerateObject())
            {
                all.Add(property.Name, property.Value);
            }
        }

        return JsonSerializer.SerializeToElement(all);
    }

    [Theory]
    [InlineData("send bob --json")]
    [InlineData("nickname bob --json")]
    public void Json_option_is_only_for_listings(string line) =>
        Assert.IsNotType<ConsoleCommand.Json>(CommandParser.Parse(line));

    [Fact]
    public void Invalid_listing_is_refused_with_and_without_the_option() =>
        Assert.Equal(
            CommandParser.Parse("search"),
            Assert.IsType<ConsoleCommand.Invalid>(CommandParser.Parse("search --json"))
        );
}
