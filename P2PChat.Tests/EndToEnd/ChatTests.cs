using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.EndToEnd;

/// <summary>The main job, between processes.</summary>
[Collection(Topology.Name)]
public sealed class ChatTests(AppHostFixture app)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Message_to_the_echo_comes_back()
    {
        using var alice = await PeerClient.OpenAsync(await app.CreatePeerClientAsync("alice"));
        await alice.ConnectAsync("echo");
        _ = await alice.NextAsync("connected");

        Assert.Equal(HttpStatusCode.Accepted, await alice.SendAsync("echo", "hello"));

        await alice.IsDeliveredAsync();
        var reply = await alice.NextAsync("message");
        Assert.Equal(("echo", "hello"), (reply.GetProperty("from").GetString(), reply.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task Request_and_message_are_one_trace_each()
    {
        const string Text = "a text that no telemetry may hold";
        using var alice = await PeerClient.OpenAsync(await app.CreatePeerClientAsync("alice"));
        using var bob = await PeerClient.OpenAsync(await app.CreatePeerClientAsync("bob"));
        await alice.ConnectAsync("bob");
        Assert.Equal("alice", (await bob.NextAsync("request")).GetProperty("username").GetString());
        Assert.Equal(HttpStatusCode.Conflict, await alice.SendAsync("bob", "too early"));
        Assert.Equal(HttpStatusCode.Conflict, await bob.SendAsync("alice", "too early"));
        await bob.AcceptAsync("alice");
        _ = await alice.NextAsync("connected");
        _ = await bob.NextAsync("connected");

        Assert.Equal(HttpStatusCode.Accepted, await alice.SendAsync("bob", Text));
        Assert.Equal(Text, (await bob.NextAsync("message")).GetProperty("text").GetString());
        await alice.IsDeliveredAsync();

        var accept = await SpanAsync("bob", "peer.accept", _ => true);
        await AssertAncestryAsync(accept, "bob: peer.request.received", "alice: peer.request", "alice: peer.connect");
        var store = await SpanAsync("discovery", "store.find", span => span.TraceId == accept.TraceId);
        await AssertAncestryAsync(store, "discovery: directory.lookup");
        _ = await SpanAsync("alice", "peer.dial", span => span.TraceId == accept.TraceId);
        _ = await SpanAsync("alice", "peer.tls", span => span.TraceId == accept.TraceId);

        var ack = await SpanAsync("bob", "message.ack", _ => true);
        await AssertAncestryAsync(ack, "bob: message.receive", "alice: message.send");
        _ = await SpanAsync("alice", "message.delivered", span => span.TraceId == ack.TraceId);
        var send = await SpanAsync("alice", "message.send", span => span.TraceId == ack.TraceId);
        Assert.Contains(send.Links, link => link.TraceId == accept.TraceId);

        string[] secrets = [Text, await alice.PeerIdAsync(), (await bob.PeerIdAsync())[..7]];
        Assert.All(secrets, secret => Assert.False(app.Telemetry.WasSent(secret), secret));
    }

    [Fact]
    public async Task Registration_is_one_trace_from_the_peer_to_the_store()
    {
        var store = await SpanAsync("discovery", "store.register", _ => true);

        Assert.Equal("redis", store.Attributes["db.system.name"]);
        var registered = await AssertAncestryAsync(store, "discovery: directory.register");
        // Another process's, which exports in its own time.
        _ = await app.Telemetry.WaitForSpansAsync(
            spans =>
                spans.Any(span =>
                    span.Name == "peer.register" && span.TraceId == registered.TraceId && span.Service != "discovery"
                ),
            Soon
        );
    }

    [Fact]
    public async Task Killed_peer_is_missed_at_once_and_expires_in_the_directory()
    {
        await app.EnsureStartedAsync("carol");
        using var echo = await PeerClient.OpenAsync(await app.CreatePeerClientAsync("echo"));
        using var discovery = app.CreateClient("discovery");
        // It may have connected by itself already.
        var connected = await app.RunCommandAsync("carol", "connect", ("to", "echo"));
        Assert.Contains("connected", connected.Message, StringComparison.Ordinal);

        using (var carol = Process.GetProcessById(app.Processes("carol").Single()))
        {
            carol.Kill();
        }

        var killed = Stopwatch.StartNew();
        var told = await echo.NextAsync("disconnected");

        Assert.Equal("carol", told.GetProperty("username").GetString());
        Assert.Equal("connection-lost", told.GetProperty("reason").GetString());
        // By its silence it would be missed after 45 s.
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

    private async Task<ReceivedSpan> SpanAsync(string service, string name, Func<ReceivedSpan, bool> matches)
    {
        bool Is(ReceivedSpan span) => span.Service == service && span.Name == name && matches(span);
        return (await app.Telemetry.WaitForSpansAsync(spans => spans.Any(Is), Soon)).First(Is);
    }

    /// <summary>Walks from a span to its root, and meets these on the way, in this order.</summary>
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
