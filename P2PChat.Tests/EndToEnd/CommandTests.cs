using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Aspire.Hosting.ApplicationModel;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.EndToEnd;

/// <summary>The commands that the dashboard offers, carried out as it carries them out. Most are carol's, who is nobody else's.</summary>
[Collection(Topology.Name)]
public sealed partial class CommandTests(AppHostFixture app) : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    public async Task InitializeAsync()
    {
        if (app.Processes("carol").Count == 0) await ComeBackAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task The_late_joiner_starts_by_hand_connects_and_chats()
    {
        Assert.Contains("connected", (await RunAsync("carol", "connect", ("to", "echo"))).Message, StringComparison.Ordinal);
        Assert.StartsWith("echo has it", await DoneAsync("carol", "send", ("to", "echo"), ("text", "hello | [there](http://localhost)")), StringComparison.Ordinal);

        var shown = await ShownAsync("carol", "conversation", ("with", "echo"));

        Assert.Equal(CommandResultFormat.Markdown, shown.Format);
        // Texts are other people's: nothing of them may become a cell or a link.
        Assert.Matches(@"\| carol \| hello &#124; &#91;there&#93;.*\| delivered \|", shown.Value);
        Assert.DoesNotContain("[there]", shown.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_opens_the_peers_page()
    {
        var shown = await ShownAsync("carol", "open-page");

        var link = new Uri(Regex.Match(shown.Value, @"^\[Open carol's page\]\((http://carol\.localhost:[0-9]+/login\?code=[A-Za-z0-9_-]+)\)$").Groups[1].Value);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{link.Port}{link.PathAndQuery}");
        request.Headers.Host = link.Authority;
        using var response = await http.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}");
        Assert.Contains("Signed in", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_waits_until_it_is_accepted()
    {
        var connecting = DoneAsync("carol", "connect", ("to", "alice"));
        await Eventually.True(async () => (await RunAsync("alice", "accept", ("from", "carol"))).Success, Soon, "alice accepts carol's request");

        Assert.Equal("carol and alice are connected.", await connecting);
        Assert.Contains("already", (await RunAsync("carol", "connect", ("to", "alice"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_goes_offline_has_left_at_once_and_who_crashes_has_not()
    {
        using var discovery = app.CreateClient("discovery");

        await DoneAsync("carol", "go-offline");
        // The lease would last for half a minute.
        await Eventually.True(async () => !await IsOnlineAsync(discovery), TimeSpan.FromSeconds(10), "the directory shows carol as offline");
        await GoneAsync();
        Assert.Contains("does not run", (await RunAsync("carol", "send", ("to", "echo"), ("text", "hello"))).Message, StringComparison.Ordinal);

        await ComeBackAsync();
        Assert.True(await IsOnlineAsync(discovery));

        await DoneAsync("carol", "crash");
        await GoneAsync();
        Assert.True(await IsOnlineAsync(discovery));

        await ComeBackAsync();
        // It may have connected by itself already.
        Assert.Contains("connected", (await RunAsync("carol", "connect", ("to", "echo"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_runs_already_goes_on_running_and_does_not_come_back()
    {
        var processes = app.Processes("carol").Order().ToList();

        var result = await RunAsync("carol", "come-back");

        Assert.Equal((false, "carol runs already."), (result.Success, result.Message));
        Assert.Equal(processes, app.Processes("carol").Order());
    }

    [Fact]
    public async Task The_directory_lists_its_peers()
    {
        // Each replica has the command, and knows all peers.
        var shown = await ShownAsync("discovery", "list-peers");

        Assert.Matches(@"\| alice \| online \|", shown.Value);
        Assert.Matches(@"\| echo \| online \|", shown.Value);
    }

    [Fact]
    public async Task A_name_that_is_nobodys_is_refused_with_the_peers_own_sentence()
    {
        var result = await RunAsync("carol", "connect", ("to", "nobody-at-all"));

        Assert.False(result.Success);
        Assert.StartsWith("Nobody is called nobody-at-all", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_traced_conversation_is_one_trace_from_the_registration_to_the_acknowledgement()
    {
        const string with = "echo";
        var shown = await ShownAsync("carol", "trace-conversation", ("with", with), ("text", "hello"));

        var trace = TraceId().Match(shown.Value).Value;
        string[] expected =
        [
            "carol: conversation.trace", "carol: peer.register", "discovery: directory.register", "discovery: store.register",
            "carol: peer.connect", "carol: peer.lookup", "discovery: directory.lookup", "carol: peer.dial", "carol: peer.tls",
            "carol: peer.request", $"{with}: peer.request.received", $"{with}: peer.accept",
            "carol: message.send", $"{with}: message.receive", $"{with}: message.ack", "carol: message.delivered",
        ];
        _ = await app.Telemetry.WaitForSpansAsync(
            all => !expected.Except(Of(all).Select(Name)).Any(), Soon);
        // A span ends, and is exported, before the one that it hangs from.
        await Eventually.True(IsWhole, Soon, "it is one tree");

        bool IsWhole()
        {
            var conversation = Of(app.Telemetry.Spans).ToList();
            var root = Assert.Single(conversation, span => span.ParentSpanId.Length == 0);
            Assert.Equal("carol: conversation.trace", Name(root));
            var known = conversation.Select(span => span.SpanId).ToHashSet();
            Assert.All(conversation, span => Assert.True(span == root || known.Contains(span.ParentSpanId), $"{Name(span)} hangs in the air."));
            return true;
        }

        IEnumerable<ReceivedSpan> Of(IEnumerable<ReceivedSpan> all) => all.Where(span => span.TraceId == trace);
        static string Name(ReceivedSpan span) => $"{span.Service}: {span.Name}";
    }

    private async Task ComeBackAsync()
    {
        // At once, though the orchestrator may not have noticed yet that the process has gone.
        Assert.Equal("carol starts.", await DoneAsync("carol", "come-back"));
        using var timeout = new CancellationTokenSource(AppHostFixture.StartTimeout);
        await app.App.ResourceNotifications.WaitForResourceHealthyAsync("carol", WaitBehavior.WaitOnResourceUnavailable, timeout.Token);
    }

    private Task GoneAsync() => Eventually.True(() => app.Processes("carol").Count == 0, Soon, "carol's process has ended");

    private static async Task<bool> IsOnlineAsync(HttpClient discovery) =>
        (await discovery.GetFromJsonAsync<JsonElement>("/peers/carol")).GetProperty("online").GetBoolean();

    private async Task<string> DoneAsync(string resource, string command, params (string Name, string Value)[] arguments)
    {
        var result = await RunAsync(resource, command, arguments);
        Assert.True(result.Success, result.Message);
        return result.Message ?? "";
    }

    private async Task<CommandResultData> ShownAsync(string resource, string command, params (string Name, string Value)[] arguments)
    {
        var result = await RunAsync(resource, command, arguments);
        Assert.True(result.Success, result.Message);
        return result.Data!;
    }

    private Task<ExecuteCommandResult> RunAsync(string resource, string command, params (string Name, string Value)[] arguments) =>
        app.RunCommandAsync(resource, command, arguments);

    [GeneratedRegex("[0-9a-f]{32}")]
    private static partial Regex TraceId();
}
