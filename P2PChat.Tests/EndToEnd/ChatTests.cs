using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using P2PChat.Tests.Infrastructure;

namespace P2PChat.Tests.EndToEnd;

/// <summary>The main job, between processes.</summary>
[Collection(Topology.Name)]
public sealed class ChatTests(AppHostFixture app)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task What_is_said_to_the_echo_comes_back()
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
    public async Task One_trace_runs_from_the_request_to_the_accept_and_another_from_the_message_to_its_acknowledgement()
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
    public async Task One_trace_runs_from_a_registration_through_the_directory_to_its_store()
    {
        var store = await SpanAsync("discovery", "store.register", _ => true);

        Assert.Equal("redis", store.Attributes["db.system.name"]);
        var registered = await AssertAncestryAsync(store, "discovery: directory.register");
        // Another process's, which exports in its own time.
        _ = await app.Telemetry.WaitForSpansAsync(
            spans => spans.Any(span => span.Name == "peer.register" && span.TraceId == registered.TraceId && span.Service != "discovery"), Soon);
    }

    [Fact]
    public async Task A_peer_that_is_killed_is_missed_at_once_by_whom_it_talked_to_and_expires_in_the_directory()
    {
        var run = Guid.NewGuid().ToString();
        var dataRoot = Directory.CreateTempSubdirectory("p2pchat-peers-").FullName;
        var variables = new Dictionary<string, string> { ["Directory__Lease"] = "00:00:06", ["Directory__RenewEvery"] = "00:00:02" };
        using var timeout = new CancellationTokenSource(AppHostFixture.StartTimeout);
        await using (var other = await AppHostFixture.BuildAsync(
            ["Redis:Mode=process", "Peers:Names=alice,echo", $"Peers:DataRoot={dataRoot}"], run, variables, timeout.Token))
        {
            await other.StartAsync(timeout.Token);
            foreach (var peer in (string[])["alice", "echo"])
                await other.ResourceNotifications.WaitForResourceHealthyAsync(peer, WaitBehavior.StopOnResourceUnavailable, timeout.Token);
            using var alice = await PeerClient.OpenAsync(await AppHostFixture.CreatePeerClientAsync(other, "alice", Path.Combine(dataRoot, "alice")));
            using var discovery = other.CreateHttpClient("discovery", "http");
            await alice.ConnectAsync("echo");
            _ = await alice.NextAsync("connected");

            foreach (var process in MarkedProcesses.With((AppHostFixture.Mark, run), ("OTEL_SERVICE_NAME", "echo")))
                Process.GetProcessById(process).Kill();
            var killed = Stopwatch.StartNew();
            var told = await alice.NextAsync("disconnected");

            Assert.Equal(("echo", "connection-lost"), (told.GetProperty("username").GetString(), told.GetProperty("reason").GetString()));
            // By its silence it would be missed after 45 s.
            Assert.InRange(killed.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(15));
            await Eventually.True(
                async () => !(await discovery.GetFromJsonAsync<JsonElement>("/peers/echo")).GetProperty("online").GetBoolean(),
                within: TimeSpan.FromSeconds(6 + 5), "the directory shows echo as offline");
            await other.StopAsync(timeout.Token);
        }

        Directory.Delete(dataRoot, recursive: true);
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
                bool IsParent(ReceivedSpan other) => other.TraceId == child.TraceId && other.SpanId == child.ParentSpanId;
                span = (await app.Telemetry.WaitForSpansAsync(spans => spans.Any(IsParent), Soon)).First(IsParent);
            }
            while ($"{span.Service}: {span.Name}" != ancestor);
        }

        return span;
    }
}
