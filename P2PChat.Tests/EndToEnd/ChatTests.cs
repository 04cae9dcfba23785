using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using P2PChat.Client;
using P2PChat.Protocol.DirectoryApi;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.EndToEnd;

/// <summary>Connecting and chatting between processes.</summary>
[Collection(Topology.Name)]
public sealed class ChatTests(AppHostFixture app)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Message_to_the_echo_comes_back()
    {
        using var alice = await PeerClient.OpenAsync(await app.CreatePeerClientAsync("alice"));
        await alice.Api.ConnectAsync("echo");
        _ = await alice.NextAsync<ApiEvent.Connected>();

        _ = await alice.Api.SendAsync("echo", "hello");

        await alice.IsDeliveredAsync();
        var reply = (await alice.NextAsync<ApiEvent.MessageReceived>()).Message;
        Assert.Equal(("echo", "hello"), (reply.From, reply.Text));
    }

    [Fact]
    public async Task Request_and_message_are_one_trace_each()
    {
        const string Text = "a text that no telemetry may hold";
        using var alice = await PeerClient.OpenAsync(await app.CreatePeerClientAsync("alice"));
        using var bob = await PeerClient.OpenAsync(await app.CreatePeerClientAsync("bob"));
        await alice.Api.ConnectAsync("bob");
        Assert.Equal("alice", (await bob.NextAsync<ApiEvent.RequestReceived>()).Username);
        await AssertNotConnectedAsync(alice, "bob");
        await AssertNotConnectedAsync(bob, "alice");
        await bob.Api.AcceptAsync("alice");
        _ = await alice.NextAsync<ApiEvent.Connected>();
        _ = await bob.NextAsync<ApiEvent.Connected>();

        _ = await alice.Api.SendAsync("bob", Text);
        Assert.Equal(Text, (await bob.NextAsync<ApiEvent.MessageReceived>()).Message.Text);
        await alice.IsDeliveredAsync();

        var accept = await SpanAsync("bob", "peer.accept", _ => true);
        await AssertAncestryAsync(accept, "bob: peer.request.received", "alice: peer.request", "alice: peer.connect");
        var store = await SpanAsync("discovery", "store.find", span => span.TraceId == accept.TraceId);
        await AssertAncestryAsync(store, "discovery: directory.lookup");
        _ = await SpanAsync("alice", "peer.path", span => span.TraceId == accept.TraceId);
        _ = await SpanAsync("alice", "peer.tls", span => span.TraceId == accept.TraceId);

        var ack = await SpanAsync("bob", "message.ack", _ => true);
        await AssertAncestryAsync(ack, "bob: message.receive", "alice: message.send");
        _ = await SpanAsync("alice", "message.delivered", span => span.TraceId == ack.TraceId);
        var send = await SpanAsync("alice", "message.send", span => span.TraceId == ack.TraceId);
        Assert.Contains(send.Links, link => link.TraceId == accept.TraceId);

        string[] secrets =
        [
            Text,
            (await alice.Api.GetStatusAsync()).PeerId,
            (await bob.Api.GetStatusAsync()).PeerId[..7],
        ];
        Assert.All(secrets, secret => Assert.False(app.Telemetry.WasSent(secret), secret));
    }

    [Fact]
    public async Task Registration_is_one_trace_from_the_peer_to_the_store()
    {
        var store = await SpanAsync("discovery", "store.register", _ => true);

        Assert.Equal("redis", store.Attributes["db.system.name"]);
        var registered = await AssertAncestryAsync(store, "discovery: directory.register");
        // The span belongs to another process, which exports it later.
        _ = await app.Telemetry.WaitForSpansAsync(
            spans =>
                spans.Any(span =>
                    span.Name == "peer.register" && span.TraceId == registered.TraceId && span.Service != "discovery"
                ),
            Soon
        );
    }

    [Fact]
    public async Task Killed_peer_is_noticed_at_once_and_its_lease_expires()
    {
        await app.EnsureStartedAsync("carol");
        using var echo = await PeerClient.OpenAsync(await app.CreatePeerClientAsync("echo"));
        using var discovery = app.CreateClient("discovery");
        // They may have reconnected automatically.
        var connected = await app.RunCommandAsync("carol", "connect", ("to", "echo"));
        Assert.Contains("connected", connected.Message, StringComparison.Ordinal);

        using (var carol = Process.GetProcessById(app.Processes("carol").Single()))
        {
            carol.Kill();
        }

        var killed = Stopwatch.StartNew();
        var ended = await echo.NextAsync<ApiEvent.Disconnected>();

        Assert.Equal(("carol", DisconnectReason.ConnectionLost), (ended.Username, ended.Reason));
        // The ping timeout alone would take 45 s.
        Assert.InRange(killed.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(15));
        Assert.True(await IsOnlineAsync());
        await Eventually.True(
            async () => !await IsOnlineAsync(),
            AppHostFixture.Lease + TimeSpan.FromSeconds(5),
            "the directory shows carol as offline"
        );

        async Task<bool> IsOnlineAsync() =>
            (await discovery.GetFromJsonAsync<JsonElement>("/peers/carol")).GetProperty("online").GetBoolean();
    }

    private static async Task AssertNotConnectedAsync(PeerClient peer, string to)
    {
        var refusal = await Assert.ThrowsAsync<PeerApiException>(() => peer.Api.SendAsync(to, "too early"));
        Assert.Equal(ProblemTypes.NotConnected, refusal.Type);
    }

    private async Task<ReceivedSpan> SpanAsync(string service, string name, Func<ReceivedSpan, bool> matches)
    {
        bool Is(ReceivedSpan span) => span.Service == service && span.Name == name && matches(span);
        return (await app.Telemetry.WaitForSpansAsync(spans => spans.Any(Is), Soon)).First(Is);
    }

    /// <summary>Checks that a span has these ancestors, in this order.</summary>
    private async Task<ReceivedSpan> AssertAncestryAsync(ReceivedSpan span, params string[] ancestors)
    {
        foreach (var ancestor in ancestors)
        {
            do
            {
                var child = span;
                Assert.NotEqual("", child.ParentSpanId);
                bool IsParent(ReceivedSpan other) =>
                    other.TraceId == child.TraceId && other.SpanId == child.ParentSpanId;
                span = (await app.Telemetry.WaitForSpansAsync(spans => spans.Any(IsParent), Soon)).First(IsParent);
            } while ($"{span.Service}: {span.Name}" != ancestor);
        }

        return span;
    }
}
