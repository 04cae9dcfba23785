using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using P2PChat.Client;
using P2PChat.Peer.Cli;
using P2PChat.Tests.Peer.Api;
using P2PChat.Tests.Web;

namespace P2PChat.Tests.Peer.Cli;

/// <summary>Disappearing messages through ctl and the local API.</summary>
public sealed class TimerCommandTests
{
    [Fact]
    public async Task Timer_is_set_and_shown_by_ctl_and_the_api()
    {
        await using var peers = await WebPeers.StartConnectedAsync();
        var alice = peers.Alice;
        const string Unchanged = "* new messages with bob already stay, so nothing was changed.\n";
        Assert.Equal((0, "* new messages with bob stay until they are deleted.\n", ""), await RunAsync("timer bob"));
        Assert.Equal((0, Unchanged, ""), await RunAsync("timer bob off"));
        Assert.Equal(
            (0, "* new messages with bob disappear 1 day after reading. Screenshots, copies and backups remain.\n", ""),
            await RunAsync("timer bob 1d")
        );
        Assert.Equal(
            (0, """{"seconds":86400,"theyKeepMessages":false}""" + "\n", ""),
            await RunAsync("timer --json bob")
        );
        Assert.Equal(
            86_400,
            (await alice.GetJsonAsync("/api/conversations/bob/timer")).GetProperty("seconds").GetInt32()
        );
        Assert.Equal(
            86_400,
            (await alice.GetJsonAsync("/api/conversations"))
                .GetProperty("conversations")[0]
                .GetProperty("timer")
                .GetInt32()
        );
        Assert.Contains("messages disappear after 1 day", (await RunAsync("chats")).Output, StringComparison.Ordinal);

        Assert.Equal(3600, (await PutAsync(3600, HttpStatusCode.OK)).GetProperty("seconds").GetInt32());
        _ = await PutAsync(299, HttpStatusCode.BadRequest);
        Assert.Equal(
            (0, "* new messages with bob stay until they are deleted.\n", ""),
            await RunAsync("timer bob off")
        );
        Assert.False(
            (await alice.GetJsonAsync("/api/conversations"))
                .GetProperty("conversations")[0]
                .TryGetProperty("timer", out _)
        );

        Task<(int ExitCode, string Output, string Errors)> RunAsync(string command) => Ctl.RunAsync(alice, command);

        async Task<JsonElement> PutAsync(long seconds, HttpStatusCode expected)
        {
            using var answer = await alice.Http.PutAsJsonAsync(
                new Uri("/api/conversations/bob/timer", UriKind.Relative),
                new { seconds }
            );
            Assert.Equal(expected, answer.StatusCode);
            return await answer.Content.ReadFromJsonAsync<JsonElement>();
        }
    }

    [Theory]
    [InlineData("5m", 300)]
    [InlineData("90D", 7_776_000)]
    [InlineData("4w", 2_419_200)]
    [InlineData("Off", 0)]
    [InlineData("", null)]
    public void Time_is_parsed(string time, int? seconds) =>
        Assert.Equal(seconds, Assert.IsType<ConsoleCommand.Timer>(CommandParser.Parse($"timer bob {time}")).Seconds);

    [Theory]
    [InlineData("4m")]
    [InlineData("91d")]
    [InlineData("0m")]
    [InlineData("-1d")]
    [InlineData("1.5h")]
    [InlineData("h")]
    [InlineData("65535w")]
    [InlineData("1 h")]
    [InlineData("٣h")]
    [InlineData("now")]
    public void Time_that_is_not_allowed_is_a_usage_error(string time) =>
        Assert.IsNotType<ConsoleCommand.Timer>(CommandParser.Parse($"timer bob {time}"));

    [Theory]
    [InlineData(true, "* bob's version of P2PChat does not support this. Messages stay there.")]
    [InlineData(null, "* bob's version of P2PChat may not support this. If so, messages stay there.")]
    public void Version_that_keeps_messages_is_told(bool? keeps, string expected) =>
        Assert.Equal(expected, TimerCommand.Lines("bob", new TimerResponse(3600, keeps)).Last());
}
