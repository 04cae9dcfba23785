using System.Net.Http.Json;
using P2PChat.Peer.Cli;
using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Api;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>Settings through <c>ctl</c>, and so through the API.</summary>
public sealed class SettingCommandTests(ConsolePeers peers) : IClassFixture<ConsolePeers>
{
    [Fact]
    public async Task Settings_are_listed_chosen_and_taken_back()
    {
        await using var ann = await TestPeer.StartAsync("ann", peers.Directory.Url, settings: [("Accept", "contacts")]);

        Assert.Equal(
            (
                0,
                """
                accept         contacts  whose requests to connect are accepted unasked: ask, contacts, all, none
                read-receipts  on        whether others are told what you have read: on, off
                typing         on        whether others are told that you are writing to them: on, off
                presence       on        whether others are told that you have gone from the keyboard: on, off

                """,
                ""
            ),
            await RunAsync(ann, "settings")
        );
        Assert.Equal((0, "read-receipts is off from now on.\n", ""), await RunAsync(ann, "set read-receipts off"));
        Assert.Equal((0, "accept is none from now on.\n", ""), await RunAsync(ann, "set ACCEPT None"));
        var (_, listed, _) = await RunAsync(ann, "settings");
        Assert.Contains(
            "read-receipts  off   whether others are told what you have read: on, off (your choice)\n",
            listed,
            StringComparison.Ordinal
        );
        Assert.Equal(
            (0, "accept is as the peer was started from now on.\n", ""),
            await RunAsync(ann, "set accept default")
        );
        Assert.StartsWith(
            "accept         contacts  ",
            (await RunAsync(ann, "settings")).Output,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "\"name\":\"read-receipts\",\"value\":\"off\",\"chosen\":true",
            (await RunAsync(ann, "settings --json")).Output,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("set", 2, "'set' needs a setting and one value; 'settings' shows them: set <setting> <value>\n")]
    [InlineData("set typing", 2, "'set' needs a setting and one value; 'settings' shows them: set <setting> <value>\n")]
    [InlineData(
        "set typing off please",
        2,
        "'set' needs a setting and one value; 'settings' shows them: set <setting> <value>\n"
    )]
    [InlineData(
        "set sounds off",
        1,
        "There is no such setting: name one of accept, read-receipts, typing, presence.\n"
    )]
    [InlineData(
        "set a/../b off",
        1,
        "There is no such setting: name one of accept, read-receipts, typing, presence.\n"
    )]
    [InlineData("set typing maybe", 1, "The setting 'typing' is one of on, off: choose among them.\n")]
    public async Task What_cannot_be_set_is_said_in_a_sentence(string command, int exitCode, string sentence) =>
        Assert.Equal((exitCode, "", sentence), await RunAsync(peers.Echo, command));

    [Theory]
    [InlineData("typing", "maybe", 400, "bad-setting")]
    [InlineData("sounds", "on", 404, "unknown-setting")]
    public async Task The_api_refuses_by_problems(string name, string value, int status, string type)
    {
        using var response = await peers.Echo.Http.PutAsJsonAsync(
            new Uri($"/api/settings/{name}", UriKind.Relative),
            new { value }
        );

        await ApiRefusalTests.IsProblemAsync(response, status, type);
    }

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(TestPeer peer, string command)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var errors = new StringWriter { NewLine = "\n" };
        var exitCode = await ControlProgram.RunAsync(
            new CommandLine.Control(null, peer.Data, command),
            output,
            errors,
            CancellationToken.None
        );
        return (exitCode, output.ToString(), errors.ToString());
    }
}
