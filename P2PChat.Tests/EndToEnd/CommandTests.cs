using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Aspire.Hosting.ApplicationModel;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.EndToEnd;

/// <summary>Dashboard commands, executed as the dashboard does. Most belong to carol, the late joiner.</summary>
[Collection(Topology.Name)]
public sealed partial class CommandTests(AppHostFixture app) : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    public Task InitializeAsync() => app.EnsureStartedAsync("carol");

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Late_joiner_started_by_hand_connects_and_chats()
    {
        Assert.Contains(
            "connected",
            (await RunAsync("carol", "connect", ("to", "echo"))).Message,
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            "Delivered to echo",
            await DoneAsync("carol", "send", ("to", "echo"), ("text", "hello | [there](http://localhost)")),
            StringComparison.Ordinal
        );

        var shown = await ShownAsync("carol", "conversation", ("with", "echo"));

        Assert.Equal(CommandResultFormat.Markdown, shown.Format);
        // Messages come from other people and must not become cells or links.
        Assert.Matches(@"\| carol \| hello &#124; &#91;there&#93;.*\| delivered \|", shown.Value);
        Assert.DoesNotContain("[there]", shown.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_page_gives_a_link_that_signs_in()
    {
        var shown = await ShownAsync("carol", "open-page");

        var link = new Uri(
            Regex
                .Match(
                    shown.Value,
                    @"^\[Open carol's page\]\((http://carol\.localhost:[0-9]+/login\?code=[A-Za-z0-9_-]+)\)$"
                )
                .Groups[1]
                .Value
        );
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{link.Port}{link.PathAndQuery}");
        request.Headers.Host = link.Authority;
        using var response = await http.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}");
        Assert.Contains("Signed in", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_waits_until_the_request_is_accepted()
    {
        var connecting = DoneAsync("carol", "connect", ("to", "alice"));
        await Eventually.True(
            async () => (await RunAsync("alice", "accept", ("from", "carol"))).Success,
            Soon,
            "alice accepts carol's request"
        );

        Assert.Equal("carol and alice are connected.", await connecting);
        Assert.Contains(
            "already",
            (await RunAsync("carol", "connect", ("to", "alice"))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Stopped_peer_goes_offline_at_once_but_a_crashed_one_does_not()
    {
        using var discovery = app.CreateClient("discovery");

        await DoneAsync("carol", KnownResourceCommands.StopCommand);
        // At most a third of the lease has passed, so it cannot have expired.
        await Eventually.True(
            async () => !await IsOnlineAsync(discovery),
            AppHostFixture.Lease / 2,
            "the directory shows carol as offline"
        );
        await GoneAsync();
        Assert.Contains(
            "is not running",
            (await RunAsync("carol", "send", ("to", "echo"), ("text", "hello"))).Message,
            StringComparison.Ordinal
        );

        await app.StartAsync("carol");
        Assert.True(await IsOnlineAsync(discovery));

        await DoneAsync("carol", "crash");
        await GoneAsync();
        Assert.True(await IsOnlineAsync(discovery));

        await app.StartAsync("carol");
        // They may have reconnected automatically.
        Assert.Contains(
            "connected",
            (await RunAsync("carol", "connect", ("to", "echo"))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task List_peers_shows_every_peer()
    {
        // Each replica has the command, and knows all peers.
        var shown = await ShownAsync("discovery", "list-peers");

        Assert.Matches(@"\| alice \| online \|", shown.Value);
        Assert.Matches(@"\| echo \| online \|", shown.Value);
    }

    [Fact]
    public async Task Unknown_name_is_refused_with_the_sentence_of_the_peer()
    {
        var result = await RunAsync("carol", "connect", ("to", "nobody-at-all"));

        Assert.False(result.Success);
        Assert.StartsWith("There is no peer named nobody-at-all", result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Traced_conversation_is_one_trace()
    {
        const string with = "echo";
        string[] expected =
        [
            "carol: conversation.trace",
            "carol: peer.register",
            "discovery: directory.register",
            "discovery: store.register",
            "carol: peer.connect",
            "carol: peer.lookup",
            "discovery: directory.lookup",
            "carol: peer.path",
            "carol: peer.tls",
            "carol: peer.request",
            $"{with}: peer.request.received",
            $"{with}: peer.accept",
            "carol: message.send",
            $"{with}: message.receive",
            $"{with}: message.ack",
            "carol: message.delivered",
        ];
        var trace = "";
        // After a crash of carol, the echo may reconnect first, and then the trace has no dial by carol.
        await Eventually.True(TracedAsync, 2 * Soon, "a conversation is traced from its connection");
        // A span is exported before its parent.
        await Eventually.True(IsWhole, Soon, "the spans form one tree");

        async Task<bool> TracedAsync()
        {
            trace = TraceId()
                .Match((await ShownAsync("carol", "trace-conversation", ("with", with), ("text", "hello"))).Value)
                .Value;
            await Eventually.True(HasAll, Soon / 2, "the trace has every span");
            return true;
        }

        bool HasAll()
        {
            Assert.Empty(expected.Except(Of(app.Telemetry.Spans).Select(Name)));
            return true;
        }

        bool IsWhole()
        {
            var conversation = Of(app.Telemetry.Spans).ToList();
            var root = Assert.Single(conversation, span => span.ParentSpanId.Length == 0);
            Assert.Equal("carol: conversation.trace", Name(root));
            var known = conversation.Select(span => span.SpanId).ToHashSet();
            Assert.All(conversation, span =>
                Assert.True(span == root || known.Contains(span.ParentSpanId), $"{Name(span)} has no parent.")
            );
            return true;
        }

        IEnumerable<ReceivedSpan> Of(IEnumerable<ReceivedSpan> all) => all.Where(span => span.TraceId == trace);
        static string Name(ReceivedSpan span) => $"{span.Service}: {span.Name}";
    }

    private Task GoneAsync() =>
        Eventually.True(() => app.Processes("carol").Count == 0, Soon, "carol's process has ended");

    private static async Task<bool> IsOnlineAsync(HttpClient discovery) =>
        (await discovery.GetFromJsonAsync<JsonElement>("/peers/carol")).GetProperty("online").GetBoolean();

    private async Task<string> DoneAsync(
        string resource,
        string command,
        params (string Name, string Value)[] arguments
    )
    {
        var result = await RunAsync(resource, command, arguments);
        Assert.True(result.Success, result.Message);
        return result.Message ?? "";
    }

    private async Task<CommandResultData> ShownAsync(
        string resource,
        string command,
        params (string Name, string Value)[] arguments
    )
    {
        var result = await RunAsync(resource, command, arguments);
        Assert.True(result.Success, result.Message);
        return result.Data!;
    }

    private Task<ExecuteCommandResult> RunAsync(
        string resource,
        string command,
        params (string Name, string Value)[] arguments
    ) => app.RunCommandAsync(resource, command, arguments);

    [GeneratedRegex("[0-9a-f]{32}")]
    private static partial Regex TraceId();
}
