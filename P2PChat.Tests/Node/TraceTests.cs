using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using P2PChat.Node.Model;
using P2PChat.Node.Sessions;
using P2PChat.Protocol.Diagnostics;
using P2PChat.Protocol.Envelopes;
using P2PChat.Protocol.Wire;

namespace P2PChat.Tests.Node;

/// <summary>The traces that an operator sees: each step is a child of the one that caused it.</summary>
public sealed class TraceTests(RestartableDirectory directory) : IClassFixture<RestartableDirectory>
{
    private const string HttpOut = "System.Net.Http.HttpRequestOut";
    private const string HttpIn = "Microsoft.AspNetCore.Hosting.HttpRequestIn";

    [Fact]
    public async Task Registration_is_one_trace_down_to_the_store()
    {
        using var spans = new RecordedSpans();
        // Peers of other tests register at the same time, so the search starts at the request to this directory.
        Telemetry.Source.StartActivity("peer.register")!.Dispose();
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");

        var port = new Uri(directory.Address).Port;
        var put = await spans.Expect(
            HttpOut,
            span =>
                Equals(span.GetTagItem("http.request.method"), "PUT") && Equals(span.GetTagItem("server.port"), port),
            "to this directory"
        );
        var register = await spans.Expect(
            "peer.register",
            span => span.SpanId == put.ParentSpanId && span.Status == ActivityStatusCode.Unset,
            "that is its parent"
        );
        Assert.Equal(default, register.ParentSpanId);
        var served = await spans.ChildOf(put, HttpIn);
        var directorys = await spans.ChildOf(served, "directory.register");
        _ = await spans.Expect(
            "store.register",
            span => span.ParentSpanId == directorys.SpanId,
            "below the directory's span"
        );
    }

    [Fact]
    public async Task Connection_is_one_trace_on_both_peers()
    {
        using var spans = new RecordedSpans();
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice", acrossPeers: true);
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob", acrossPeers: true);
        using var root = new Activity("test").Start();
        await alice.ConnectAsync(bob);
        root.Stop();

        var connect = await spans.ChildOf(root, "peer.connect");
        var lookup = await spans.ChildOf(connect, "peer.lookup");
        _ = await spans.ChildOf(await spans.ChildOf(lookup, HttpOut), HttpIn);
        var dial = await spans.ChildOf(connect, "peer.path");
        _ = await spans.ChildOf(dial, "peer.tls");
        var request = await spans.ChildOf(connect, "peer.request");
        var received = await spans.ChildOf(request, "peer.request.received");
        Assert.True(received.HasRemoteParent);
        _ = await spans.ChildOf(received, "peer.accept");
    }

    [Fact]
    public async Task Message_is_one_trace_on_both_peers_linked_to_the_connection()
    {
        using var spans = new RecordedSpans();
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice", acrossPeers: true);
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob", acrossPeers: true);
        using var connecting = new Activity("test").Start();
        await alice.ConnectAsync(bob);
        connecting.Stop();
        var connect = await spans.ChildOf(connecting, "peer.connect");

        using var root = new Activity("test").Start();
        _ = alice.Messages.Send(bob.Name, "hello");
        root.Stop();

        var send = await spans.ChildOf(root, "message.send");
        Assert.Equal(connect.SpanId, Assert.Single(send.Links).Context.SpanId);
        var receive = await spans.ChildOf(send, "message.receive");
        Assert.True(receive.HasRemoteParent);
        Assert.Equal(connect.TraceId, Assert.Single(receive.Links).Context.TraceId);
        _ = await spans.ChildOf(receive, "message.ack");
        _ = await spans.ChildOf(send, "message.delivered");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Trace_context_goes_by_mail_only_if_enabled(bool wanted)
    {
        using var spans = new RecordedSpans();
        using var data = new TempDirectory();
        var name = wanted ? "marta" : "mara";
        await using var alice = await PeerUnderTest.StartAsync(
            directory,
            name,
            options => (options.Accept, options.Ephemeral, options.Data) = (AcceptMode.All, false, data.Path),
            acrossPeers: wanted,
            mail: false
        );
        using var raw = new RawPeer($"away-from-{name}");
        await raw.RegisterAsync(directory);
        using (await raw.AskAsync(alice))
        {
            _ = await alice.Expect<PeerEvent.Connected>();
        }

        _ = await alice.Expect<PeerEvent.Disconnected>();
        _ = alice.Messages.Send(raw.Name, "while you were away");

        var session = alice.Services.GetRequiredService<SessionTable>().Find(raw.Name)!;
        var mail = (await session.Mail.ComposeAsync(Envelope.MaxContentSize)!)!;

        var message = Assert.Single(mail.Frames, frame => frame.BodyCase == Frame.BodyOneofCase.Message);
        Assert.Equal(wanted, message.Traceparent.Length > 0);
    }

    [Fact]
    public async Task Trace_context_crosses_peers_only_if_enabled()
    {
        using var spans = new RecordedSpans();
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice", options =>
            options.Accept = AcceptMode.All
        );
        using var raw = new RawPeer("tracer");
        await raw.RegisterAsync(directory);
        using var foreign = new Activity("foreign").Start();
        foreign.Stop();

        using var link = await raw.DialAsync(alice.Listener.Port);
        await link.SendHelloAsync(raw.Name);
        await link.SendAsync(new Frame { Request = new Request(), Traceparent = foreign.Id });
        _ = await link.ResumeAsync();
        await link.SendMessageAsync(RawLink.Epoch, 1, "hello", foreign.Id!);
        _ = await alice.Expect<PeerEvent.MessageReceived>();
        _ = alice.Messages.Send(raw.Name, "hello yourself");

        Assert.Empty((await link.ExpectAsync(Frame.BodyOneofCase.Message)).Traceparent);
        Assert.DoesNotContain(spans.All, span => span.TraceId == foreign.TraceId && span != foreign);
    }

    [Fact]
    public async Task Later_message_is_not_a_child_of_the_connection_span()
    {
        using var spans = new RecordedSpans();
        await using var alice = await PeerUnderTest.StartAsync(directory, "alice");
        await using var bob = await PeerUnderTest.StartAsync(directory, "bob");
        using var root = new Activity("test").Start();
        await alice.ConnectAsync(bob);
        root.Stop();

        Activity.Current = null;
        _ = bob.Messages.Send(alice.Name, "hello");
        _ = await alice.Expect<PeerEvent.MessageReceived>();
        var connect = await spans.ChildOf(root, "peer.connect");
        var receive = await spans.Expect(
            "message.receive",
            span => span.Links.Any(link => link.Context.SpanId == connect.SpanId),
            "on that link"
        );
        Assert.NotEqual(root.TraceId, receive.TraceId);
    }

    [Fact]
    public async Task Spans_contain_no_name_text_or_key()
    {
        using var spans = new RecordedSpans();
        await using var alice = await PeerUnderTest.StartAsync(directory, "secret-alice", acrossPeers: true);
        await using var bob = await PeerUnderTest.StartAsync(directory, "secret-bob", acrossPeers: true);
        await alice.ConnectAsync(bob);
        _ = alice.Messages.Send(bob.Name, "secret-text");
        _ = await alice.Expect<PeerEvent.Receipt>(receipt => receipt.State == MessageState.Delivered);

        string[] secrets = ["secret-", alice.Id.Short, bob.Id.Short];
        var ours = spans.All.Where(span => span.Source.Name == Telemetry.Name).ToList();
        Assert.NotEmpty(ours);
        Assert.All(ours, span =>
        {
            var told = string.Join(
                '\n',
                span.TagObjects.Select(tag => $"{tag.Key}={tag.Value}")
                    .Append(span.DisplayName)
                    .Append(span.StatusDescription)
            );
            Assert.DoesNotContain(secrets, secret => told.Contains(secret, StringComparison.Ordinal));
        });
    }
}
