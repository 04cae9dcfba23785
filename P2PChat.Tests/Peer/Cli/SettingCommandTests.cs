using System.Net.Http.Json;
using P2PChat.Tests.Node;
using P2PChat.Tests.Peer.Api;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>Settings through <c>ctl</c>, and so through the API.</summary>
public sealed class SettingCommandTests(ConsolePeers peers) : IClassFixture<ConsolePeers>
{
    private static readonly string[] Files =
    [
        "accept-files nobody",
        "accept-files-up-to 10MiB",
        "accept-file-types any",
    ];

    [Fact]
    public async Task Settings_are_listed_changed_and_restored()
    {
        await using var ann = await TestPeer.StartAsync("ann", peers.Directory.Url, settings: [("Accept", "contacts")]);

        Assert.Equal(
            [
                "accept contacts",
                "read-receipts on",
                "typing on",
                "presence on",
                "hide-address off",
                .. Files,
                "bell on",
            ],
            (await SettingsAsync(ann)).Select(words => $"{words[0]} {words[1]}")
        );
        Assert.Equal((0, ""), await SetAsync(ann, "read-receipts off"));
        Assert.Equal((0, ""), await SetAsync(ann, "ACCEPT None"));
        Assert.Equal(
            ["accept none", "read-receipts off", "typing on", "presence on", "hide-address off", .. Files, "bell on"],
            (await SettingsAsync(ann)).Select(words => $"{words[0]} {words[1]}")
        );
        Assert.Equal(
            (0, "accept-files-up-to is now 1MiB.\n", ""),
            await Ctl.RunAsync(ann, "set ACCEPT-files-up-to 1mib")
        );
        Assert.Equal((0, ""), await SetAsync(ann, "accept default"));
        Assert.Equal("contacts", (await SettingsAsync(ann))[0][1]);
        Assert.Contains(
            "\"name\":\"read-receipts\",\"value\":\"off\",\"chosen\":true",
            (await Ctl.RunAsync(ann, "settings --json")).Output,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("set", 2, "set <setting> <value>")]
    [InlineData("set typing", 2, "set <setting> <value>")]
    [InlineData("set typing off please", 2, "set <setting> <value>")]
    [InlineData(
        "set sounds off",
        1,
        "accept, read-receipts, typing, presence, hide-address, accept-files, accept-files-up-to"
    )]
    [InlineData(
        "set a/../b off",
        1,
        "accept, read-receipts, typing, presence, hide-address, accept-files, accept-files-up-to"
    )]
    [InlineData("set typing maybe", 1, "on, off")]
    public Task Invalid_setting_is_refused_with_the_valid_ones(string command, int exitCode, string fragment) =>
        Ctl.FailsAsync(peers.Echo.Data, command, exitCode, fragment);

    [Theory]
    [InlineData("typing", "maybe", 400, "bad-setting")]
    [InlineData("sounds", "on", 404, "unknown-setting")]
    public async Task Invalid_setting_is_a_problem_of_the_api(string name, string value, int status, string type)
    {
        using var response = await peers.Echo.Http.PutAsJsonAsync(
            new Uri($"/api/settings/{name}", UriKind.Relative),
            new { value }
        );

        await ApiRefusalTests.IsProblemAsync(response, status, type);
    }

    private static async Task<string[][]> SettingsAsync(TestPeer peer) =>
        [
            .. (await Ctl.RunAsync(peer, "settings"))
                .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
        ];

    private static async Task<(int ExitCode, string Errors)> SetAsync(TestPeer peer, string setting)
    {
        var (exitCode, _, errors) = await Ctl.RunAsync(peer, $"set {setting}");
        return (exitCode, errors);
    }
}
